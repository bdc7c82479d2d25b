/** Whose keys somebody has stolen, and what they know of a federation. */
import type { Line } from '../../src/core/ledger/line.ts';
import type { RowOf } from '../../src/core/projection/rows.ts';
import type { MessageType } from '../../src/core/protocol/table.ts';
import { invite } from '../../src/services/host/invite.ts';
import { inviteProofOf, inviteSecret } from '../../src/services/messaging/admission.ts';
import { idealSuite } from '../support/ideal-suite.ts';
import type { Federation } from './federation.ts';
import { type Intruder, type Key, keyOf } from './intruder.ts';
import type { MemoryHome } from './memory-home.ts';
import { bodyOf, tagOf } from './model.ts';

export type Told = { fed: Federation; intruder: Intruder; session: string };
/** Resolves when it was published; undefined where there is nobody to lie to. */
export type TellLie = (told: Told) => Promise<void> | undefined;

export const newId = (session: string): string => `${session.slice(0, -6)}abcdef`;
export const ended = (session: string) => ({ session, attempt: 1, step: 9, state: 'completed' });
export const request = (session: string) => ({
  session,
  attempt: 1,
  task: 'write lies',
  budget: { hops: 8, turns: 50, path: ['bob'] },
});
export const observed = (fed: Federation, session: string) => ({
  ...ended(session),
  node: 'builder',
  requester: fed.people.alice!.home.self.pubkey,
  evidence: [],
});
export const turnObserved = (session: string) => ({
  session,
  attempt: 1,
  turn: 1,
  status: 'done',
  exitCode: 0,
  engine: 'exec',
  sandbox: 'none',
  output: 'ab'.repeat(32),
});

/** The runner where a node runs. */
export const runnerOf = (fed: Federation, node: string) =>
  Object.values(fed.runners).find(
    ({ home }) => home.tables.list('assignments', { node, state: 'active' }).length > 0,
  );
/** The key of a node where it runs; null while it runs nowhere. */
export const nodeKey = ({ fed, intruder }: Told, node: string): Key | null => {
  const runner = runnerOf(fed, node);
  return runner ? intruder.nodeKey(runner.name, node) : null;
};
export const person = ({ fed }: Told, name: string): Key => keyOf(fed.people[name]!.home);
export const hostKey = ({ fed }: Told): Key => keyOf(fed.host.home);

/** Runners as the Host trusts them now. */
export const runnersThatAre = (fed: Federation, state: 'trusted' | 'revoked') =>
  Object.values(fed.runners).filter(
    ({ home }) => fed.host.home.tables.get('trust', home.self.pubkey)?.state === state,
  );
export const assignmentsOf = ({ tables }: MemoryHome, runner: string): RowOf<'assignments'>[] =>
  tables.list('assignments', { runner });

/** A key that the operator has invited as a runner and does not trust; its proof is right, or a guess. `at`: its hello's time. */
export const newcomer = async (told: Told, isGenuine: boolean, at?: number): Promise<Key | null> => {
  const { fed, intruder } = told;
  const { running, home } = fed.host;
  if (!running) return null;
  const key = intruder.freshKey();
  const name = `guest-${key.pubkey.slice(0, 8)}`;
  const wanted = { role: 'runner', name, expiresMs: 3_600_000 } as const;
  const { id } = await fed.finish('an invite', invite(running.host, wanted));
  const facts = { host: home.host, self: key.pubkey, graph: home.graph, role: 'runner', name };
  const secret = isGenuine ? inviteSecret(home, id) : new Uint8Array(16);
  const proof = { id, hmac: inviteProofOf(idealSuite, secret, facts) };
  const about = { name, version: '0', platform: 'x', labels: {}, engines: ['exec'], sandbox: ['none'] };
  const body = { ...about, capacity: 1, invite: proof };
  await intruder.say(key, 'runner.hello', home.host, body, { role: 'runner', ...(at ? { at } : {}) });
  return key;
};
/** To the Host, as a runner. */
export const toHost = (
  { fed, intruder }: Told,
  key: Key,
  type: MessageType,
  body: object,
  re?: string,
): Promise<void> =>
  intruder.say(key, type, fed.host.home.host, body, { role: 'runner', ...(re ? { re } : {}) });

/** The last line of a home that fits. */
export const lastLine = (
  { disk }: MemoryHome,
  dir: Line['dir'],
  type: string,
  fits: (line: Line) => boolean = () => true,
): Line | undefined =>
  disk.lines.findLast((line) => line.dir === dir && tagOf(line, 'type') === type && fits(line));

/** A body as it was signed, to be changed and signed by somebody else. */
export const saidIn = <T>(line: Line): T => {
  const { nonce: _nonce, ...body } = bodyOf<Record<string, unknown>>(line);
  return body as T;
};
