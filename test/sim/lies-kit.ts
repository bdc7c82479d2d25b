/** Whose keys somebody has stolen, and what they know of a federation. */
import type { Line } from '../../src/core/ledger/line.ts';
import type { RowOf } from '../../src/core/projection/rows.ts';
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
