/** What a person's screen is drawn from, in one value of the read models, and when it is worth drawing again. */
import { isWord } from '../../core/encoding/grammar.ts';
import { RECORDS } from '../../core/protocol/messages/records.ts';
import { READ_STATES } from '../../core/vocabulary.ts';
import type { Home } from '../messaging/home.ts';
import { askedAgents } from './agents.ts';
import { alikeIds } from './alike.ts';
import { type GrantView, listGrants } from './grants.ts';
import { type Over, overOf } from './over.ts';
import { nameOf } from './peers.ts';
import { questionRow, questionsForMe } from './questions.ts';
import { reviewRow, reviewsForMe } from './reviews.ts';
import { rootSession } from './tree.ts';
import { type TroubleItem, troublesOf } from './troubles.ts';
import { areRelaysAsked, unsentRows } from './unsent.ts';
import { FOREVER, type User } from './user.ts';
import { approvalRow, approvalsForMe, inbox, sessionView } from './views.ts';

export type InboxItem = ReturnType<typeof inbox>['items'][number] | TroubleItem;
export type SessionItem = Extract<InboxItem, { what: 'session' }>;

/** A signed message that passed between this person and somebody else, or what a node tells of its running turn. */
export type TraceRow = {
  id: string;
  /** When it came here or left, in Unix milliseconds by this machine's clock. */
  at: number;
  signer: string;
  session: string | null;
} & ({ is: 'signed'; type: string } | { is: 'printed'; text: string } | { is: 'missed'; bytes: number });

export type Live = {
  /** Name of the graph, and of this person in it. */
  graph: string;
  me: string;
  /** Revision of the graph that this person's routes are of. */
  revision: number | null;
  relays: { open: number; all: number };
  /** As many as there are rows of it: what is asked for by itself, and what has just left, are none. */
  unsent: number;
  /** Whom this person may ask. */
  agents: string[];
  /** What is in the way, then what waits for this person, what is unsent, then what runs without asking them, then what was over last; each newest first. */
  items: InboxItem[];
  /** Ids of approvals among them that look alike, as they came. */
  alike: string[][];
  trace: TraceRow[];
  /** Open ones of this person, where there are any. */
  grants?: GrantView[];
};

const TRACE = 500;
const OVER = 20;

/** What says nothing about a session, however often it passes. */
const QUIET: ReadonlySet<string> = new Set(['blob.get', 'blob.part', 'routes']);

type NameOf = (pubkey: string) => string;
/** The same few keys stand in all rows. */
const namesOnce = (home: Home): NameOf => {
  const names = new Map<string, string>();
  return (pubkey) => {
    const name = names.get(pubkey) ?? nameOf(home, pubkey);
    names.set(pubkey, name);
    return name;
  };
};

/** The last that was signed, of one session or of all, in the order in which it came here. */
const signedRows = (home: Home, session: string | null, limit: number, name: NameOf): TraceRow[] =>
  home.tables
    .list('messages', session === null ? {} : { session }, { order: 'line', descending: true, limit })
    .filter(({ type }) => !QUIET.has(type) && !(type in RECORDS))
    .map(({ id, kept, sender, type, session: of }) => ({
      ...{ is: 'signed' as const, id, at: kept, signer: name(sender), type },
      session: of,
    }))
    .reverse();

/** What was signed and what was told, by when it came here. */
export const traceRows = (
  { home, traces }: User,
  session: string | null,
  { withOpen, limit = TRACE }: { withOpen: boolean; limit?: number },
): TraceRow[] => {
  const name = namesOnce(home);
  const told = traces
    .lines(session, { withOpen })
    .map(({ node, ...line }): TraceRow => ({ ...line, signer: name(node) }));
  return [...signedRows(home, session, limit, name), ...told].sort((a, b) => a.at - b.at);
};

/** `withOpen`: with what has begun of the last line that each node’s engine prints. */
export const liveView = (user: User, { withOpen = true } = {}): Live => {
  const { home, exchange } = user;
  const waiting = approvalsForMe(home).sort((a, b) => b.line - a.line);
  const questions = questionsForMe(home).sort((a, b) => b.line - a.line);
  const reviews = reviewsForMe(home).sort((a, b) => b.line - a.line);
  const asking = new Set([...waiting, ...questions, ...reviews].map(({ session }) => session));
  const over = home.tables.list('sessions', { open: 0 }, { order: 'line', descending: true, limit: OVER });
  const relays = exchange.relays();
  const grants = listGrants(user, false).items;
  // What only waits to be sent comes after what waits for this person
  const { unsent = [], urgent = [] } = Object.groupBy(troublesOf(user), ({ what }) =>
    what === 'unsent' ? what : 'urgent',
  );
  return {
    graph: home.graph.slice(home.graph.indexOf('/') + 1),
    me: nameOf(home, home.self.pubkey),
    revision: home.tables.get('routes', home.self.pubkey)?.revision ?? null,
    relays: {
      open: relays.filter(({ state }) => isWord(READ_STATES, state)).length,
      all: relays.length,
    },
    unsent: unsent.length,
    agents: askedAgents(home),
    items: [
      ...urgent,
      ...waiting.map((row) => ({ what: 'approval' as const, ...approvalRow(home, row) })),
      ...questions.map((row) => ({ what: 'question' as const, ...questionRow(home, row) })),
      ...reviews.map((row) => ({ what: 'review' as const, ...reviewRow(home, row) })),
      ...unsent,
      ...inbox(home, false).items.filter((one) => one.what === 'session' && !asking.has(one.id)),
      ...over.map((row) => ({ what: 'session' as const, ...sessionView(home, row) })),
    ],
    alike: alikeIds(waiting),
    trace: traceRows(user, null, { withOpen }),
    ...(grants.length > 0 && { grants }),
  };
};

/** Of the first page also what is in the way, and of one of open things what is over; so long it is waited for that a relay says whether it has what was signed. */
export const inboxPage = async (
  user: User,
  all: boolean,
  { cursor, waitMs }: { cursor?: number | undefined; waitMs: number },
): Promise<{ items: InboxItem[]; next: string | null; over?: Over }> => {
  if (cursor !== undefined) return inbox(user.home, all, { cursor });
  await user.until(() => areRelaysAsked(user), waitMs);
  const { items, next } = inbox(user.home, all);
  return { items: [...troublesOf(user), ...items], next, ...(all ? {} : { over: overOf(user.home) }) };
};

/** A session by id or that of what was given away in it, also one that is over: what a person looks at does not vanish. */
export const sessionById = ({ home }: User, id: string): SessionItem | null => {
  const row = rootSession(home, id);
  return row && { what: 'session', ...sessionView(home, row) };
};

/** Nothing is drawn more often than is told. */
const LEAST_MS = 100;

/** Tells whenever the read models or a relay's state changed, until it is called off; not when nothing did. */
export const subscribe = async (user: User, signal: AbortSignal, tell: () => void): Promise<void> => {
  const stand = () =>
    JSON.stringify([
      ...[user.home.tables.list('head'), user.exchange.relays(), user.home.tables.count('outbox')],
      ...[user.traces.version, user.totals.version],
      // These come with time alone
      ...unsentRows(user).map(({ id, state }) => [id, state]),
    ]);
  let told = '';
  while (!signal.aborted) {
    await user.until(() => stand() !== told, FOREVER, signal);
    if (signal.aborted) return;
    told = stand();
    tell();
    await user.home.clock.sleep(LEAST_MS, signal);
  }
};
