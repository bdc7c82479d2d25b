/** What runners observed of sessions, as this Host has it: whose word it is, and who held the node by the Host's own record. */
import { isWord } from '../../core/encoding/grammar.ts';
import { isoTime } from '../../core/encoding/time.ts';
import { EntangleError } from '../../core/errors.ts';
import type { TraceEntry } from '../../core/host-api/shapes.ts';
import type { Line } from '../../core/ledger/line.ts';
import type { SignedEvent } from '../../core/nostr/event.ts';
import { isPruned } from '../../core/projection/fold.ts';
import type { RowOf } from '../../core/projection/rows.ts';
import { OBSERVED_SUBJECTS } from '../../core/vocabulary.ts';
import type { Home } from '../messaging/home.ts';
import { readLines } from '../messaging/read-event.ts';
import { OBSERVED_WORDS, type ObservedType, partyOf } from './observed-words.ts';
import type { Look } from './streams.ts';

const PAGE = 100;
const TYPES = OBSERVED_SUBJECTS.map((subject): ObservedType => `${subject}.observed`);

type Observation = { session: string; evidence?: SignedEvent[] };
type Wanted = { session?: string; cursor?: string };
type Told = RowOf<'messages'> & { type: ObservedType };
const cursorOf = ({ line }: Told): string => `${line}`;

/** One page behind the cursor; `next` is null where nothing follows now. */
export const listTrace = async (
  home: Home,
  { session, cursor = '0' }: Wanted,
): Promise<{ items: TraceEntry[]; next: string | null }> => {
  const of = session === undefined ? null : sessionMeant(home, session).id;
  const rows = toldAfter(home, of, cursor);
  const page = rows.slice(0, PAGE);
  return { items: await entriesOf(home, page), next: rows.length > PAGE ? cursorOf(page.at(-1)!) : null };
};

/** The same for a stream. What is refused is refused at once. */
export const traceBehind = (home: Home, { session, cursor = '0' }: Wanted): Look => {
  const of = session === undefined ? {} : { session: sessionMeant(home, session).id };
  lineOf(home, cursor);
  return async (behind) => {
    const { items } = await listTrace(home, { ...of, cursor: behind });
    return items.map((data) => ({ cursor: data.cursor, data }));
  };
};

/** One more than a page has: each type is read on from the line by its index, whatever came before. */
const toldAfter = (home: Home, session: string | null, cursor: string): Told[] => {
  const after = lineOf(home, cursor);
  return TYPES.flatMap((type) =>
    home.tables.list(
      'messages',
      { type, dir: 'in', ...(session !== null && { session }) },
      { order: 'line', after, limit: PAGE + 1 },
    ),
  )
    .filter(isTold)
    .sort((a, b) => a.line - b.line)
    .slice(0, PAGE + 1);
};

const isTold = (row: RowOf<'messages'>): row is Told => isWord(TYPES, row.type);

/** The newest of its states that were told of, in the order in which they came. */
export const statesTold = (home: Home, session: string, most: number): Promise<TraceEntry[]> => {
  const newest = { order: 'line', descending: true, limit: most } as const;
  const rows = home.tables.list('messages', { session, type: 'session.observed', dir: 'in' }, newest);
  return entriesOf(home, rows.filter(isTold).reverse());
};

/** Of a cursor. What comes up to a line that is not there yet would be left out. */
export const lineOf = ({ ledger }: Home, cursor: string): number => {
  const line = Number.parseInt(cursor, 10);
  if (line <= ledger.head.n) return line;
  throw new EntangleError('not_found', `no entry ${line}: the ledger has ${ledger.head.n} lines`, {
    hint: 'start without a cursor: this one is of another ledger, or of one before a restore',
  });
};

const entriesOf = async (home: Home, rows: readonly Told[]): Promise<TraceEntry[]> => {
  const lines = await readLines(home, rows);
  // What was pruned says nothing any more
  return rows.flatMap((row, i) => (isPruned(lines[i]!.event) ? [] : entryOf(home, row, lines[i]!)));
};

const entryOf = (home: Home, row: Told, { event }: Line): TraceEntry => {
  // Checked when it was accepted, and that its signer may speak of this session
  const body: Observation = JSON.parse(event.content);
  const { node = '' } = home.tables.get('sessions', body.session) ?? {};
  return {
    cursor: cursorOf(row),
    at: isoTime(row.kept),
    what: row.type.slice(0, -'.observed'.length) as TraceEntry['what'],
    session: body.session,
    node,
    ...OBSERVED_WORDS[row.type](body as never, home),
    signer: partyOf(home, row.sender),
    event: row.id,
    controller: controllerOf(home, node, row),
    evidence: (body.evidence ?? []).map((one) => ({
      type: one.tags.find(([tag]) => tag === 'type')?.[1] ?? '',
      event: one.id,
      signer: partyOf(home, one.pubkey),
    })),
  };
};

/**
 * Under which assignment a runner said it: of those that it had accepted by then the newest, since what it says under
 * one it says before it accepts the next; the first that it was offered where its acceptance came later.
 */
const controllerOf = ({ tables }: Home, node: string, { sender, line }: Told): TraceEntry['controller'] => {
  const held = tables
    .list('assignments', { node })
    .filter(({ runner, state }) => runner === sender && state !== 'rejected')
    .sort((a, b) => a.fence - b.fence);
  const isAccepted = ({ accept }: RowOf<'assignments'>): boolean =>
    (tables.get('messages', accept ?? '', 'in')?.line ?? Number.POSITIVE_INFINITY) < line;
  const row = held.findLast(isAccepted) ?? held[0];
  const runner = tables.get('hellos', sender)?.name;
  return row && runner !== undefined ? { runner, fence: row.fence, assignment: row.id } : null;
};

const hint = 'see `entangle host session list`';

/** The session whose id it is, or begins or ends so; of a whole id no other is looked at. */
export const sessionMeant = ({ tables }: Home, given: string): RowOf<'sessions'> => {
  const exact = tables.get('sessions', given);
  if (exact) return exact;
  const near = tables.list('sessions').filter(({ id }) => id.startsWith(given) || id.endsWith(given));
  const [one, ...others] = near;
  if (!one) throw new EntangleError('not_found', `this Host was told of no session "${given}"`, { hint });
  if (others.length > 0)
    throw new EntangleError('not_found', `"${given}" matches ${near.length} sessions`, {
      hint: `give more characters of the id: ${hint}`,
    });
  return one;
};
