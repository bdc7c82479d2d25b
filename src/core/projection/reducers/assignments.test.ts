/** An assignment: the offer that counts, the key that took it, and the reason that decided. */
import { describe, expect, test } from 'vitest';
import { bothWays, hex, key, request, world } from '../../../../test/support/fold-kit.ts';
import { memoryTables } from '../../../../test/support/memory-tables.ts';
import type { Said } from '../../../../test/support/world.ts';
import { uuidOf } from '../../../../test/support/world.ts';
import { ROWS } from '../rows.ts';
import { change } from './assignment.ts';

describe('assignments', () => {
  const assignment = uuidOf(10);
  const offer = (epoch: number, fence = 1): Said<'assignment.offer'> => ({
    type: 'assignment.offer',
    from: 'host',
    to: 'runner',
    epoch: { n: epoch, boot: hex('b0', 16) },
    body: {
      assignment,
      node: 'builder',
      fence,
      revision: 1,
      digest: hex('d1'),
      leaseMs: 30_000,
      challenge: hex('cc', 16),
      spec: '{}',
    },
  });
  const proof = () => {
    const event = world.compose({ ...request('node'), from: 'peer' });
    return { ...event, tags: event.tags.map((tag) => [...tag]) };
  };
  const accept = (pubkey: string): Said<'assignment.accept'> => ({
    type: 'assignment.accept',
    from: 'runner',
    to: 'host',
    body: { assignment, node: 'builder', fence: 1, pubkey, proof: proof() },
  });
  const receipt = (state: 'materialized' | 'started' | 'stopped'): Said<'assignment.receipt'> => ({
    type: 'assignment.receipt',
    from: 'runner',
    to: 'host',
    body: { assignment, fence: 1, state },
  });
  const reject = (detail?: string): Said<'assignment.reject'> => ({
    type: 'assignment.reject',
    from: 'runner',
    to: 'host',
    body: { assignment, fence: 1, reason: 'no_engine', ...(detail !== undefined && { detail }) },
  });
  const revoke = (reason: string): Said<'assignment.revoke'> => ({
    type: 'assignment.revoke',
    from: 'host',
    to: 'runner',
    body: { assignment, fence: 1, reason },
  });
  const told = (...said: Said[]) =>
    bothWays('host', ({ say }) => {
      for (const one of said) say(one);
    }).map((tables) => tables.get('assignments', assignment));

  test('the offer of the latest epoch is the one that is answered', () => {
    const ids: string[] = [];
    for (const tables of bothWays('runner', ({ say }) => {
      for (const epoch of [1, 3, 2]) ids.push(say(offer(epoch)));
    })) {
      expect(tables.get('assignments', assignment)).toMatchObject({
        offer: expect.stringContaining(ids[1]!),
      });
      expect(tables.get('assignments', assignment)).toMatchObject({ fence: 1, runner: key('runner') });
    }
  });

  test('of two acceptances the one with the smaller id introduces the key', () => {
    const ids: string[] = [];
    for (const tables of bothWays('host', ({ say }) => {
      say(offer(1));
      for (const name of ['node', 'peer'] as const) ids.push(say(accept(key(name))));
    })) {
      const first = ids[0]! < ids[1]! ? 0 : 1;
      expect(tables.get('assignments', assignment)).toMatchObject({
        accept: ids[first],
        pubkey: key(first === 0 ? 'node' : 'peer'),
        state: 'accepted',
      });
    }
  });

  test('what was made ready is no state, what was started is one', () => {
    for (const row of told(offer(1), accept(key('node')), receipt('materialized')))
      expect(row).toMatchObject({ state: 'accepted', pubkey: key('node') });
    for (const row of told(offer(1), accept(key('node')), receipt('started')))
      expect(row).toMatchObject({ state: 'active', reason: null });
  });

  test('a key that took an assignment is one of a node, under the name of that node', () => {
    for (const tables of bothWays('host', ({ say }) => {
      say(offer(1));
      say(accept(key('node')));
    }))
      expect(tables.get('keys', key('node'))).toMatchObject({ role: 'node', name: 'builder' });
  });

  test('what a runner says of its reason is kept, and of two words always the same', () => {
    const words = [undefined, 'no bash', 'no acp engine'];
    for (const said of [words, words.toReversed()])
      for (const row of told(offer(1), ...said.map(reject)))
        expect(row).toMatchObject({ state: 'rejected', reason: 'no_engine', detail: 'no acp engine' });
  });

  test('a reason is better than none, whichever was said first', () => {
    for (const reasons of [
      [null, 'operator'],
      ['operator', null],
    ]) {
      const tables = memoryTables(ROWS);
      for (const reason of reasons) change(tables, assignment, 1, {}, 'revoke', reason);
      expect(tables.get('assignments', assignment)).toMatchObject({ state: 'revoked', reason: 'operator' });
    }
  });

  test('the reason is that of the input that decided; of two reasons for one always the same', () => {
    for (const row of told(offer(1), accept(key('node')), receipt('stopped'), revoke('operator')))
      expect(row).toMatchObject({ state: 'stopped', reason: null });
    for (const row of told(offer(1), revoke('stale'), revoke('operator')))
      expect(row).toMatchObject({ state: 'revoked', reason: 'operator' });
  });
});
