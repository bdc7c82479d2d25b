/** What a Host that is served says of its federation: who comes, who is trusted, what runs where, how work goes. */
import { fingerprint } from '../../core/crypto/fingerprint.ts';
import { isLeaving, runnerHellos } from '../../core/projection/queries.ts';
import type { RowOf } from '../../core/projection/rows.ts';
import {
  changedAssignments,
  changedRows,
  changedStates,
  type LogLine,
  logChanges,
  standingText,
  type Teller,
  told,
  toldSessions,
  warned,
} from '../messaging/log-lines.ts';
import { type Host, headOf } from './host.ts';
import { trustOf } from './runners.ts';

export const logHost = (host: Host): (() => void) => {
  const { home } = host;
  return logChanges(host.tell, [
    ofRunners(host),
    ofUsers(host),
    quietAtStart(
      changedStates(
        () => [['graph', `${headOf(home)?.n ?? 0}`]],
        (_, n) => told(standingText('graph', 'revision', n)),
      ),
    ),
    changedAssignments(
      home,
      () => [],
      (row) => ofAssignment(host, row),
    ),
    changedRows(
      home,
      () => ({ begun: [], known: [] }),
      (after) => toldSessions(home, 'in', after),
      ofHeldSession,
    ),
  ]);
};

/** How all stood when it began is no news. */
const quietAtStart = (tell: Teller): Teller => {
  let isBegun = false;
  return () => {
    const lines = tell();
    if (isBegun) return lines;
    isBegun = true;
    return [];
  };
};

/** One that waits to be trusted is told at each start. */
const ofRunners = (host: Host): Teller => {
  const { home } = host;
  let isBegun = false;
  const keyed = () => runnerHellos(home.tables).map(({ pubkey, name }) => ({ pubkey, name }));
  const tell = changedStates(
    () =>
      keyed().map(({ pubkey, name }) => [
        `${pubkey} ${name}`,
        isLeaving(home.tables, pubkey) ? 'leaving' : trustOf(host, pubkey),
      ]),
    (key, state) => {
      const [pubkey = '', name = ''] = key.split(' ');
      if (state !== 'pending') return isBegun ? told(standingText('runner', name, state)) : null;
      const words = fingerprint(home.suite, 'runner', home.host, pubkey);
      return told(
        standingText(
          'runner',
          name,
          state,
          `its words are "${words}": \`entangle host runner trust ${name}\``,
        ),
      );
    },
  );
  return () => {
    const lines = tell();
    isBegun = true;
    return lines;
  };
};

/** There may be many: they are looked through when there is one more. */
const ofUsers = ({ home: { tables } }: Host): Teller => {
  let [count, all] = [-1, [] as (readonly [string, string])[]];
  return quietAtStart(
    changedStates(
      () => {
        if (tables.count('hellos') === count) return all;
        count = tables.count('hellos');
        all = tables.list('hellos', { role: 'user' }).map(({ pubkey, name }) => [pubkey, name]);
        return all;
      },
      (_, name) => told(standingText('user', name, 'joined')),
    ),
  );
};

const ofAssignment = ({ home }: Host, row: RowOf<'assignments'>): LogLine | null => {
  const { node, runner, state, fence, reason, detail } = row;
  if (state === 'offered' || state === 'accepted') return null;
  const on = `on ${home.tables.get('hellos', runner)?.name ?? 'a runner'}, fence ${fence}`;
  if (state === 'active') return told(standingText('node', node, state, on));
  const why = [reason, detail].filter((one) => one !== null && one !== '').join(': ');
  return why === ''
    ? told(standingText('node', node, state, on))
    : warned(standingText('node', node, state, `${on}: ${why}`));
};

const ofHeldSession = ({ id, node, state, attempt, reason }: RowOf<'sessions'>): LogLine | null => {
  const of = `${node}${attempt > 1 ? `, attempt ${attempt}` : ''}`;
  return reason === null
    ? told(standingText('session', id, state, of))
    : warned(standingText('session', id, state, `${of}: ${reason}`));
};
