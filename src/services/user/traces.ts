/** What nodes told of their running turns, line by line, while this process lives: shown as claimed, never kept. */
import { cutText } from '../../core/encoding/cut.ts';
import type { Message } from '../../core/protocol/message.ts';
import type { BodyOf } from '../../core/protocol/table.ts';

type Told = Message<BodyOf<'turn.trace'>>;
/** A line that a node said its engine printed, or how many bytes of it never came here. */
export type TracedLine = {
  id: string;
  /** Rises with each line of the session. */
  n: number;
  /** In Unix milliseconds by this machine's clock. */
  at: number;
  session: string;
  /** Public key of the node that tells it. */
  node: string;
} & ({ is: 'printed'; text: string } | { is: 'missed'; bytes: number });
/** `open` is the line that has not ended; `end` the bytes told so far, `count` the lines. */
type Turn = {
  readonly session: string;
  readonly node: string;
  readonly attempt: number;
  readonly turn: number;
  lines: TracedLine[];
  count: number;
  end: number;
  open: string;
  at: number;
};

/** Lines of one session: the oldest go first, many at once, as each time all others are moved. */
const MOST_LINES = 5_000;
const DROPPED = 500;
/** A longer line is cut into several. */
const LONGEST_LINE = 2_000;
const MOST_SESSIONS = 16;

export class Traces {
  readonly #turns = new Map<string, Turn>();
  /** Another one after each change. */
  version = 0;

  note({ from, body }: Told, now: number): void {
    const turn = this.#turnOf(from, body);
    // Of a turn that is over, or told before
    if (!turn || body.at < turn.end) return;
    this.version += 1;
    turn.at = now;
    if (body.at > turn.end) {
      endLine(turn);
      push(turn, { is: 'missed', bytes: body.at - turn.end });
    }
    turn.end = body.at + body.bytes;
    const [first = '', ...rest] = body.text.split('\n');
    print(turn, first);
    for (const text of rest) {
      push(turn, { is: 'printed', text: turn.open.replace(/\r$/, '') });
      turn.open = '';
      print(turn, text);
    }
    if (turn.lines.length > MOST_LINES) turn.lines.splice(0, turn.lines.length - MOST_LINES + DROPPED);
  }

  /** Of one session, or of all; `withOpen`: with what has begun of the last line. */
  lines(session: string | null, { withOpen = true } = {}): TracedLine[] {
    const turns = session === null ? [...this.#turns.values()] : [this.#turns.get(session)];
    return turns.flatMap((turn) => {
      if (!turn) return [];
      return withOpen && turn.open !== ''
        ? [...turn.lines, lineOf(turn, { is: 'printed', text: turn.open })]
        : turn.lines;
    });
  }

  /** The newest attempt counts, and its newest turn; the sessions that were quiet longest are forgotten. */
  #turnOf(node: string, { session, attempt, turn: nth }: Told['body']): Turn | null {
    const known = this.#turns.get(session);
    const order = known ? attempt - known.attempt || nth - known.turn : 1;
    if (order < 0 || (known?.attempt === attempt && known.node !== node)) return null;
    const turn = known && order === 0 ? known : nextTurn(known, { session, node, attempt, turn: nth });
    this.#turns.delete(session);
    this.#turns.set(session, turn);
    const [quietest] = this.#turns.keys();
    if (this.#turns.size > MOST_SESSIONS) this.#turns.delete(quietest!);
    return turn;
  }
}

const nextTurn = (
  before: Turn | undefined,
  of: Pick<Turn, 'session' | 'node' | 'attempt' | 'turn'>,
): Turn => {
  if (before) endLine(before);
  return { ...of, lines: before?.lines ?? [], count: before?.count ?? 0, end: 0, open: '', at: 0 };
};

type What = { is: 'printed'; text: string } | { is: 'missed'; bytes: number };
const lineOf = ({ session, node, at, count }: Turn, what: What): TracedLine => ({
  id: `${session}:${count}`,
  n: count,
  at,
  session,
  node,
  ...what,
});
const push = (turn: Turn, what: What): void => {
  turn.lines.push(lineOf(turn, what));
  turn.count += 1;
};
const endLine = (turn: Turn): void => {
  if (turn.open !== '') push(turn, { is: 'printed', text: turn.open });
  turn.open = '';
};
const print = (turn: Turn, text: string): void => {
  turn.open += text;
  while (turn.open.length > LONGEST_LINE) {
    const part = cutText(turn.open, LONGEST_LINE);
    push(turn, { is: 'printed', text: part });
    turn.open = turn.open.slice(part.length);
  }
};
