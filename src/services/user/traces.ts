/** What nodes told of their running turns, line by line, while this process lives: shown as claimed, never kept. */
import { cutText } from '../../core/encoding/cut.ts';
import type { Message } from '../../core/protocol/message.ts';
import type { BodyOf } from '../../core/protocol/table.ts';

type Told = Message<BodyOf<'turn.trace'>>;
type What = { is: 'printed'; text: string } | { is: 'missed'; bytes: number };
/** A line that a node said its engine printed, or how many bytes of it never came here. */
export type TracedLine = {
  id: string;
  /** In Unix milliseconds by this machine's clock. */
  at: number;
  session: string;
  /** Public key of the node that tells it. */
  node: string;
} & What;
export type ToldTurn = { attempt: number; turn: number };
/** One run of an engine: `open` is the line that has not ended, `n` its number; `end` the bytes told so far, `all` how many there are. */
type Run = {
  readonly session: string;
  readonly node: string;
  readonly order: readonly [attempt: number, turn: number];
  readonly run: string;
  end: number;
  all: number;
  open: string;
  n: number;
  at: number;
};

/** Lines of all sessions together: the oldest go first, many at once, as each time all others are moved. */
const MOST_LINES = 5_000;
const MOST_CHARACTERS = 4 * 1024 * 1024;
const DROPPED = 500;
/** A longer line is cut into several. */
const LONGEST_LINE = 2_000;
const MOST_RUNS = 64;
/** Words of a relay that held them back say nothing of what runs now; clocks differ by less. */
const OLDEST_SECONDS = 3_600;

export class Traces {
  readonly #runs = new Map<string, Run>();
  #lines: TracedLine[] = [];
  #characters = 0;
  #count = 0;
  /** Another one after each change. */
  version = 0;

  /** `now`: Unix milliseconds. */
  note({ from, body, createdAt }: Told, now: number): void {
    if (createdAt < now / 1000 - OLDEST_SECONDS) return;
    const run = this.#runOf(from, body);
    // Of a turn that is over, or told before
    if (!run || body.at < run.end) return;
    this.version += 1;
    // What was told before it may still come
    if (body.bytes === 0) {
      run.all = body.at;
      return;
    }
    run.at = now;
    if (body.at > run.end) {
      this.#endLine(run);
      this.#push(run, { is: 'missed', bytes: body.at - run.end });
    }
    run.end = body.at + body.bytes;
    const [first = '', ...rest] = body.text.split('\n');
    this.#print(run, first);
    for (const text of rest) {
      this.#push(run, { is: 'printed', text: run.open.replace(/\r$/, '') });
      run.open = '';
      this.#print(run, text);
    }
    this.#forget();
  }

  /** Of one session, or of all, in the order in which they ended; `withOpen`: with what has begun of the last lines. */
  lines(session: string | null, { withOpen = true } = {}): TracedLine[] {
    const isMeant = (one: { session: string }) => session === null || one.session === session;
    const open = withOpen ? [...this.#runs.values()].filter((run) => run.open !== '') : [];
    const begun = open.map((run) => lineOf(run, { is: 'printed', text: run.open }));
    return [...this.#lines, ...begun].filter(isMeant);
  }

  /** The newest turn that a node told of while this process lives. */
  turnOf(session: string, node: string): ToldTurn | null {
    const known = this.#runs.get(`${session} ${node}`);
    return known ? { attempt: known.order[0], turn: known.order[1] } : null;
  }

  /** Whether all that was told of a turn is here. */
  isWhole(session: string, node: string, { attempt, turn }: ToldTurn): boolean {
    const known = this.#runs.get(`${session} ${node}`);
    if (known === undefined) return false;
    const newer = known.order[0] - attempt || known.order[1] - turn;
    return newer > 0 || (newer === 0 && known.end >= known.all);
  }

  /** The newest attempt of a node counts, and its newest turn, of which another run begins anew. */
  #runOf(node: string, { session, attempt, turn, run }: Told['body']): Run | null {
    const key = `${session} ${node}`;
    const known = this.#runs.get(key);
    const newer = known ? attempt - known.order[0] || turn - known.order[1] : 1;
    if (newer < 0) return null;
    const isSame = known?.run === run && newer === 0;
    if (known && !isSame) this.#endLine(known);
    const of = { session, node, order: [attempt, turn] as const, run };
    const now = isSame
      ? known
      : { ...of, end: 0, all: Number.POSITIVE_INFINITY, open: '', n: this.#count++, at: 0 };
    this.#runs.delete(key);
    this.#runs.set(key, now);
    return now;
  }

  #push(run: Run, what: What): void {
    this.#lines.push(lineOf(run, what));
    this.#characters += sizeOf(what);
    run.n = this.#count++;
  }

  #endLine(run: Run): void {
    if (run.open !== '') this.#push(run, { is: 'printed', text: run.open });
    run.open = '';
  }

  #print(run: Run, text: string): void {
    run.open += text;
    while (run.open.length > LONGEST_LINE) {
      const part = cutText(run.open, LONGEST_LINE);
      this.#push(run, { is: 'printed', text: part });
      run.open = run.open.slice(part.length);
    }
  }

  #forget(): void {
    const [quietest] = this.#runs.keys();
    if (this.#runs.size > MOST_RUNS) this.#runs.delete(quietest!);
    while (this.#lines.length > MOST_LINES || this.#characters > MOST_CHARACTERS)
      for (const line of this.#lines.splice(0, DROPPED)) this.#characters -= sizeOf(line);
  }
}

const lineOf = ({ session, node, at, n }: Run, what: What): TracedLine => ({
  id: `${session}:${n}`,
  at,
  session,
  node,
  ...what,
});
const sizeOf = (what: What): number => (what.is === 'printed' ? what.text.length : 0);
