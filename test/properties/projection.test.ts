/** State is a fold of signed events: whatever the order of their arrival, however often, the same state. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Line } from '../../src/core/ledger/line.ts';
import { dump, dumpDigest } from '../../src/core/projection/dump.ts';
import { foldLine } from '../../src/core/projection/fold.ts';
import type { TableName, Tables } from '../../src/core/projection/rows.ts';
import { ROWS } from '../../src/core/projection/rows.ts';
import type { TableShape } from '../../src/core/projection/tables.ts';
import type { HomeName } from '../support/chronicle.ts';
import { times } from '../support/counts.ts';
import { createHistory, IDS } from '../support/history.ts';
import { memoryTables } from '../support/memory-tables.ts';
import { createWorld } from '../support/world.ts';

const SHUFFLES = times(100, 3000);
const world = createWorld();
const history = createHistory(world);
const HOMES: HomeName[] = ['host', 'runner', 'user'];

const fold = (lines: readonly Line[]): Tables => {
  const tables = memoryTables(ROWS);
  for (const line of lines) foldLine(tables, line, world.suite.sha256);
  return tables;
};
const dumped = (lines: readonly Line[]): string[] => dump(fold(lines), ROWS);

describe('the history, in the order it happened', () => {
  const host = fold(history.host);
  const runner = fold(history.runner);
  const user = fold(history.user);

  test('the session that was approved is completed everywhere', () => {
    for (const tables of [host, runner, user]) {
      expect(tables.get('sessions', IDS.session)).toMatchObject({ state: 'completed', step: 4, open: 0 });
      expect(tables.get('approvals', IDS.approval)).toMatchObject({ state: 'approved', open: 0 });
    }
    for (const tables of [host, user])
      expect(tables.get('artifacts', IDS.artifact)).toMatchObject({ state: 'published' });
    expect(runner.list('decisions')).toHaveLength(2);
  });

  test('the session that moved failed in its second attempt, at the Host too', () => {
    const moved = { state: 'failed', attempt: 2, step: 3, requester: world.actors.user.pubkey };
    expect(user.get('sessions', IDS.moved)).toMatchObject(moved);
    expect(host.get('sessions', IDS.moved)).toMatchObject(moved);
  });

  test('the newest routes, trust, names and users stand', () => {
    const { user: me, peer, bob, runner: r1, node } = world.actors;
    expect(user.get('routes', me.pubkey)).toMatchObject({ epoch: 4, n: 2 });
    expect(user.get('peers', me.pubkey, 'builder')).toMatchObject({ pubkey: peer.pubkey });
    expect(user.get('keys', node.pubkey)).toMatchObject({ role: 'node', name: 'builder' });
    expect(host.get('trust', r1.pubkey)).toMatchObject({ state: 'revoked' });
    expect(host.get('keys', bob.pubkey)).toMatchObject({ role: 'user', name: 'robert' });
    expect(host.get('users', bob.pubkey)).toMatchObject({ name: 'robert', revision: 2 });
  });

  test('fills every table that is compared: what it leaves empty is shuffled by nobody', () => {
    // Parts of a list are let in after it was announced, and in no other order.
    const ordered: TableName[] = ['routes_parts'];
    const compared = (Object.keys(ROWS) as TableName[]).filter((table) => {
      const { arrival }: TableShape = ROWS[table];
      return !arrival?.includes('*');
    });
    const filled = compared.filter((table) => [host, runner, user].some((tables) => tables.count(table) > 0));
    expect(compared.filter((table) => !filled.includes(table))).toEqual(ordered);
    expect(user.list('announced_routes')).toMatchObject([{ epoch: 4, n: 3 }]);
  });

  test('of a refusal and a revoke the one that had an effect gives the reason', () => {
    const states = host.list('assignments', {}, { order: 'id' }).map((row) => [row.state, row.reason]);
    expect(states).toEqual([
      ['active', null],
      ['rejected', 'no_engine'],
      ['expired', null],
    ]);
  });
});

describe.each(HOMES)('the %s home', (home) => {
  const lines = history[home];
  const incoming = lines.filter((line) => line.dir === 'in');

  test('T25 has the same state for every order of what arrives, with duplicates', () => {
    const expected = dumped(lines);
    const rest = lines.filter((line) => line.dir !== 'in');
    fc.assert(
      fc.property(fc.shuffledSubarray(incoming, { minLength: incoming.length }), fc.nat(), (some, salt) => {
        const twice = some.filter((_, i) => (salt >> (i % 24)) & 1);
        expect(dumped([...rest, ...some, ...twice])).toEqual(expected);
        expect(dumped([...twice, ...some, ...rest])).toEqual(expected);
      }),
      { numRuns: SHUFFLES },
    );
  });

  test('T21 T25 has the same state for every order of every part of all its lines', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray(lines), (some) => {
        const inOrder = [...some].sort((a, b) => a.n - b.n);
        expect(dumped(some)).toEqual(dumped(inOrder));
      }),
      { numRuns: SHUFFLES },
    );
  });

  test('the digest leaves out how lines arrived', () => {
    const renumbered = [...lines].reverse().map((line, i) => ({ ...line, n: i + 1 }));
    const digest = (all: readonly Line[]): string => dumpDigest(fold(all), ROWS, world.suite.sha256);
    expect(digest(renumbered)).toBe(digest(lines));
    expect(digest(lines.slice(0, -1))).not.toBe(digest(lines));
    const text = dumped(lines).join('\n');
    for (const arrival of ['"outbox"', '"counters"', '"held"', '"seen"', '"parts"', '"line"'])
      expect(text).not.toContain(arrival);
  });
});
