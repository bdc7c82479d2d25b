/** Ledger lines of what is said in a small federation, folded in either order. */

import type { Line } from '../../src/core/ledger/line.ts';
import { foldLine } from '../../src/core/projection/fold.ts';
import { routesDedup } from '../../src/core/projection/reducers/routes.ts';
import { ROWS, type Tables } from '../../src/core/projection/rows.ts';
import type { BodyOf } from '../../src/core/protocol/table.ts';
import type { Direction } from '../../src/core/vocabulary.ts';
import { type Chronicle, createChronicle, type HomeName } from './chronicle.ts';
import { memoryTables } from './memory-tables.ts';
import type { Name, Said } from './world.ts';
import { createWorld, EPOCH, NOW, uuidOf } from './world.ts';

export const world = createWorld();
export const key = (name: Name): string => world.actors[name].pubkey;
export const hex = (byte: string, bytes = 32): string => byte.repeat(bytes);
export const fold = (lines: readonly Line[]): Tables => {
  const tables = memoryTables(ROWS);
  for (const line of lines) foldLine(tables, line, world.suite.sha256);
  return tables;
};
export const linesOf = (home: HomeName, tell: (chronicle: Chronicle) => void): Line[] => {
  const chronicle = createChronicle(world);
  tell(chronicle);
  return chronicle.lines[home];
};
export const after = (home: HomeName, tell: (chronicle: Chronicle) => void): Tables =>
  fold(linesOf(home, tell));
/** One line of a home that holds whichever keys: a message that came in there or went out. */
export const lineOf = (dir: Direction, said: Said, n = 1): Line => ({
  ...{ n, at: '2026-11-23T10:00:00.000Z', chain: hex('00'), dir },
  event: world.compose(said),
});
/** The same lines first to last and last to first. */
export const bothWays = (home: HomeName, tell: (chronicle: Chronicle) => void): [Tables, Tables] => {
  const lines = linesOf(home, tell);
  return [fold(lines), fold([...lines].reverse())];
};

export const session = uuidOf(1);
export const request = (to: Name, attempt = 1): Said<'task.request'> => ({
  type: 'task.request',
  from: 'user',
  to,
  body: { session, attempt, task: 'mend it\nplease', budget: { hops: 1, turns: 1, path: [] } },
});
export const move = (
  type: 'task.accept' | 'task.update' | 'task.result',
  step: number,
  state: BodyOf<'task.result'>['state'],
  more: object = {},
): Said =>
  ({
    type,
    from: 'node',
    to: 'user',
    body: { session, attempt: 1, step, state, ...more },
  }) as Said;

export const approvalRequest = (): Said<'approval.request'> => ({
  type: 'approval.request',
  from: 'node',
  to: 'user',
  body: {
    approval: uuidOf(3),
    session,
    subject: {
      domain: 'entangle/subject/1',
      graph: world.graph,
      policy: hex('0c'),
      approval: uuidOf(3),
      session,
      attempt: 1,
      fence: 1,
      operation: 'source.publish',
      expiresAt: NOW + 3600,
      remote: 'https://example.org/app.git',
      ref: 'refs/heads/x',
      expectedHead: null,
      commit: hex('c0', 20),
      changes: hex('cd'),
      hunks: hex('df'),
    },
    subjectDigest: hex('5d'),
    diff: [hex('df')],
    size: 120,
    files: 1,
    task: 'mend it',
    path: ['builder'],
    launchedBy: key('user'),
  },
});

export const routesTo = (
  n: number,
  who: Name | null,
  name = 'builder',
  self: Name = 'user',
): Said<'routes'> => ({
  type: 'routes',
  from: 'host',
  to: 'user',
  dedup: routesDedup({ owner: key(self), epoch: EPOCH.n, n }),
  body: {
    n,
    revision: 1,
    digest: hex('d1'),
    self: { name: 'user', kind: 'user', pubkey: key(self) },
    peers: [{ name, kind: 'agent', pubkey: who && key(who), relays: [], relations: [] }],
    approval: {},
    policy: {},
  },
});
