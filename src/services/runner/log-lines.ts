/** What a runner that is served says of itself: whether it is trusted, what it runs, how that ends. */
import { fingerprint } from '../../core/crypto/fingerprint.ts';
import { runningAssignments } from '../../core/projection/queries.ts';
import type { RowOf } from '../../core/projection/rows.ts';
import type { RunnerTrust } from '../../core/vocabulary.ts';
import {
  changedAssignments,
  changedRows,
  changedStates,
  type LogLine,
  logChanges,
  standingText,
  told,
  toldSessions,
  warned,
} from '../messaging/log-lines.ts';
import { heldAssignments } from './assignments.ts';
import { holdUps, holdUpWords } from './held-up.ts';
import type { Runner } from './runner.ts';

export const logRunner = (runner: Runner): (() => void) => {
  const { home } = runner;
  const { tables } = home;
  return logChanges(runner.tell, [
    changedStates(
      () => [[home.self.name, tables.get('trust', home.self.pubkey)?.state ?? 'pending']],
      (name, state) => TRUST[state as RunnerTrust](runner, name),
    ),
    changedAssignments(home, () => runningAssignments(tables), ofNode),
    changedRows(
      home,
      () => ({ begun: tables.list('sessions', { open: 1 }, { order: 'line' }), known: [] }),
      (after) => toldSessions(home, 'out', after),
      (row) => ofSession(runner, row),
    ),
    changedStates(
      () => [['leaving', leavingOf(runner)]],
      (_, words) => (words === '' ? null : told(words)),
    ),
    changedStates(
      () => heldAssignments(runner).map(({ node, pubkey }) => [node, leaseOf(runner, pubkey)]),
      ofLease,
    ),
  ]);
};

const TRUST: Readonly<Record<RunnerTrust, (runner: Runner, name: string) => LogLine | null>> = {
  pending: ({ home }, name) =>
    told(
      `not trusted yet: the operator compares the words "${fingerprint(home.suite, 'runner', home.host, home.self.pubkey)}" and runs \`entangle host runner trust ${name}\``,
    ),
  trusted: () => told('the Host trusts this runner'),
  rejected: () => warned('the Host rejected this runner: it takes nothing from it'),
  revoked: () => warned('the Host revoked this runner: its nodes end, and what it says counts no more'),
  // Whoever serves it says that
  left: () => null,
};

const because = ({ reason, detail }: RowOf<'assignments'>): string =>
  [reason, detail].filter((one) => one !== null && one !== '').join(': ');

/** While it is offered or accepted nothing runs yet. */
const ofNode = (row: RowOf<'assignments'>): LogLine | null => {
  const { node, state, fence } = row;
  if (state === 'offered' || state === 'accepted') return null;
  if (state === 'active') return told(standingText('node', node, state, `fence ${fence}`));
  const why = because(row);
  return (why === '' ? told : warned)(standingText('node', node, state, why));
};

const ofSession = ({ home }: Runner, row: RowOf<'sessions'>): LogLine | null => {
  const { id, node, requester, state, attempt, reason } = row;
  const name =
    home.identities.get(node)?.name ?? home.tables.list('assignments', { pubkey: node })[0]?.node ?? '';
  const asker = home.tables.list('peers', { owner: node, pubkey: requester })[0]?.name;
  const of = `${name}${asker === undefined ? '' : `, for ${asker}`}${attempt > 1 ? `, attempt ${attempt}` : ''}`;
  if (reason === null) return told(standingText('session', id, state, of));
  return warned(standingText('session', id, state, `${of}: ${reason}`));
};

const leavingOf = ({ home, leaving }: Runner): string => {
  const { tables, self } = home;
  if (leaving === null || tables.get('goodbyes', self.pubkey)) return '';
  const waits = holdUps({ tables, self: self.pubkey, now: home.clock.now() }, leaving);
  return ['leaves its federation', ...waits.map(holdUpWords)].join('; ');
};

const leaseOf = ({ home }: Runner, pubkey: string): string =>
  home.leases.isLive(pubkey) ? 'live' : home.leases.endOf(pubkey) === undefined ? 'new' : 'over';

const ofLease = (node: string, state: string, before: string | undefined): LogLine | null => {
  if (state === 'over') return warned(`the Host is not heard: nothing of ${node} goes on until it is`);
  return before === 'over' ? told(`the Host is heard again: ${node} goes on`) : null;
};
