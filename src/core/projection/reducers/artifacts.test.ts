/** Artifacts at the Host: each by what one runner saw of it, in the order of its states. */
import { describe, expect, test } from 'vitest';
import { bothWays, fold, hex, key, linesOf, session } from '../../../../test/support/fold-kit.ts';
import type { Name, Said } from '../../../../test/support/world.ts';
import { uuidOf } from '../../../../test/support/world.ts';

const commit = hex('c0', 20);

describe('artifacts', () => {
  const seen = (from: Name, n: number, state: 'materialized' | 'published' | 'superseded'): Said => ({
    type: 'artifact.observed',
    from,
    to: 'host',
    body: {
      ...{ artifact: uuidOf(n), session, state, repository: from, branch: 'b', commit, approval: null },
    },
  });

  test('are each of its own states and its own owner', () => {
    for (const tables of bothWays('host', ({ say }) => {
      say(seen('runner', 4, 'published'));
      say(seen('runner2', 5, 'materialized'));
    })) {
      const rows = tables.list('artifacts').map(({ id, by, state }) => ({ id, by, state }));
      expect(rows).toEqual([
        { id: uuidOf(4), by: key('runner'), state: 'published' },
        { id: uuidOf(5), by: key('runner2'), state: 'materialized' },
      ]);
    }
  });

  test('go through their states in their order', () => {
    for (const tables of bothWays('host', ({ say }) => {
      for (const state of ['materialized', 'published', 'superseded'] as const) say(seen('runner', 4, state));
    }))
      expect(tables.list('artifacts')).toMatchObject([{ state: 'superseded' }]);
  });

  test('of whoever observes them are none at whom they were observed', () => {
    const lines = linesOf('runner', ({ say }) => void say(seen('runner', 4, 'published')));
    expect(fold(lines).list('artifacts')).toEqual([]);
  });
});
