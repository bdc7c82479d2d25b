/** What this person signed and nobody is known to have: it is in the outbox, and goes by itself. */
import { UNREACHED_MS, UNSENT_MS } from '../../core/bounds.ts';
import { shownTime } from '../../core/encoding/time.ts';
import { isQuestionOver, isReviewOver } from '../../core/projection/queries.ts';
import type { RowOf } from '../../core/projection/rows.ts';
import type { userRows } from '../../core/protocol/messages/a2a.ts';
import type { grantRows } from '../../core/protocol/messages/grants.ts';
import type { UnsentState } from '../../core/vocabulary.ts';
import type { Home } from '../messaging/home.ts';
import { nowSeconds } from '../messaging/home.ts';
import { relayTrouble } from '../messaging/relay-words.ts';
import { DECIDED } from './approvals.ts';
import { nameOf } from './peers.ts';
import { REVIEWED } from './reviewing.ts';
import type { User } from './user.ts';

/** Requests for bytes are signed too, and by nobody’s decision. */
type SignedType = keyof typeof userRows | keyof typeof grantRows | 'review.result';
/** What it says of what, as the read models have it, and whether that would count no more. */
type Signed = {
  session: string | null;
  title: string;
  words?: string | null;
  subjectDigest?: string;
  expires?: number;
  isLate?: boolean;
};

const titleIn = ({ tables }: Home, session: string): string => tables.get('sessions', session)?.title ?? '';

const grantWords = (home: Home, id: string, what: string): Signed => {
  const row = home.tables.get('grants', id);
  if (!row) return { session: null, title: '' };
  return {
    ...{ session: row.session, title: `${what}: ${row.title}`, expires: row.expires },
    isLate: row.expires <= nowSeconds(home),
  };
};

/** By the id that the key of its effect names. */
const SIGNED: Readonly<Record<SignedType, (home: Home, id: string) => Signed>> = {
  'user.hello': () => ({ session: null, title: 'that you are there' }),
  'task.request': (home, session) => ({ session, title: `task: ${titleIn(home, session)}` }),
  'task.cancel': (home, session) => ({
    ...{ session, title: `end of the task: ${titleIn(home, session)}` },
    isLate: home.tables.get('sessions', session)?.open === 0,
  }),
  reply: ({ tables }, id) => {
    const row = tables.get('questions', id);
    return {
      ...{ session: row?.session ?? null, title: `answer to: ${row?.words ?? ''}` },
      isLate: row !== undefined && isQuestionOver(tables, row),
    };
  },
  'approval.response': (home, id) => {
    const row = home.tables.get('approvals', id);
    const own = home.tables.get('decisions', id, home.self.pubkey);
    if (!row || !own) return { session: null, title: '' };
    return {
      ...{ session: row.session, title: `${DECIDED[own.decision]}: ${row.title}`, words: own.reason },
      ...{ subjectDigest: `sha256:${own.subject}`, expires: row.expires },
      isLate: row.open === 0 || row.expires <= nowSeconds(home),
    };
  },
  'publish.request': (home, session) => ({
    ...{ session, title: `once more to publish: ${titleIn(home, session)}` },
  }),
  grant: (home, id) => grantWords(home, id, 'grant of'),
  'grant.revoke': (home, id) => grantWords(home, id, 'end of the grant of'),
  'review.result': (home, id) => {
    const row = home.tables.get('reviews', id);
    const own = home.tables.get('verdicts', id, home.self.pubkey);
    if (!row || !own) return { session: null, title: '' };
    return {
      ...{ session: row.session, title: `${REVIEWED[own.verdict]}: ${row.title}`, words: own.reason },
      ...{ subjectDigest: `sha256:${own.subject}`, expires: row.expires },
      isLate: isReviewOver(home.tables, row, nowSeconds(home)),
    };
  },
};
export type Sender = Pick<User, 'home' | 'exchange'>;
type Outgoing = RowOf<'outbox'> & { type: SignedType };

/** In Unix milliseconds. */
const signedAt = ({ tables }: Home, { id }: Outgoing): number => tables.get('messages', id, 'out')?.kept ?? 0;
const isOlder = ({ home }: Sender, row: Outgoing, ms: number): boolean =>
  home.clock.now() - signedAt(home, row) >= ms;

/** Null while it may still be on its way. Whether a relay has it is not known at once; that nobody acknowledged it is. */
const stateOf = (sender: Sender, row: Outgoing): UnsentState | null => {
  const isUnrelayed = sender.exchange.isRelayed(row.id) === false;
  if (isUnrelayed && isOlder(sender, row, UNSENT_MS)) return 'unrelayed';
  return isOlder(sender, row, UNREACHED_MS) ? 'unacknowledged' : null;
};

const unsentRow = ({ home }: Sender, row: Outgoing, state: UnsentState) => {
  const {
    words = null,
    subjectDigest = null,
    expires,
    isLate = false,
    ...signed
  } = SIGNED[row.type](home, row.dedup.split(':')[1] ?? '');
  return {
    ...{ id: row.id, type: row.type, node: nameOf(home, row.recipient), state, ...signed },
    ...{ since: shownTime(signedAt(home, row) / 1000), words, subjectDigest },
    /** When what it decides expires, and whether it would count no more if it came now. */
    expires: expires === undefined ? null : shownTime(expires),
    isLate,
    /** What is wrong with relays, in their own words. */
    relays: state === 'unrelayed' ? relayTrouble(home) : [],
  };
};

const isSigned = (row: RowOf<'outbox'>): row is Outgoing => row.type in SIGNED;
const outgoing = ({ tables }: Home): Outgoing[] =>
  tables.list('outbox', {}, { order: 'line', descending: true }).filter(isSigned);

/** The newest first. */
export const unsentRows = (sender: Sender) =>
  outgoing(sender.home).flatMap((row) => {
    const state = stateOf(sender, row);
    return state === null ? [] : [unsentRow(sender, row, state)];
  });

/** Whether it is known of each that is not new if a relay has it; where none is met, it never is. */
export const areRelaysAsked = (sender: Sender): boolean =>
  sender.exchange.relays().length === 0 ||
  outgoing(sender.home).every(
    (row) => !isOlder(sender, row, UNSENT_MS) || sender.exchange.isRelayed(row.id) !== null,
  );
