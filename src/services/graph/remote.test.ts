/** What a command asks of the Host before and after it changes the graph, over the real Host behind its API. */
import { describe, expect, test } from 'vitest';
import { graphOf } from '../../../test/sim/single-home.ts';
import { HOST_GRAPH, type SingleHost, startSingleHost, WITH_MANY } from '../../../test/sim/single-host.ts';
import type { Name } from '../../../test/support/world.ts';
import { EntangleError } from '../../core/errors.ts';
import { waitForDelivery } from './delivery.ts';
import { headAtHost, makeRevision, requireOwnName, requireSameBase, revisionGraph } from './remote.ts';

const graph = (one: SingleHost, text = HOST_GRAPH) => graphOf(one.world, text);

describe('a change', () => {
  test('is made against the head, also before the first revision', async () => {
    const one = await startSingleHost();
    const none = await headAtHost(one.client);
    expect(none).toEqual({ base: { n: 0, digest: null }, graph: null });
    expect(await makeRevision(one.client, graph(one), none.base)).toMatchObject({
      revision: 1,
      changed: true,
    });
    const head = await headAtHost(one.client);
    expect(head.base).toMatchObject({ n: 1, digest: expect.stringMatching(/^[0-9a-f]{64}$/) });
    expect([...head.graph!.nodes.keys()]).toEqual(['alice', 'bob', 'builder']);
    for (const n of [1, null]) expect(await revisionGraph(one.client, n)).toEqual(head.graph);
    await expect(makeRevision(one.client, graph(one), none.base)).rejects.toMatchObject({ code: 'conflict' });
    await expect(revisionGraph(one.client, 2)).rejects.toMatchObject({ code: 'not_found' });
  });
  test('is made without knowing the head only where there is none: other failures are told', async () => {
    const one = await startSingleHost();
    await one.apply();
    one.home.disk.blobs.clear();
    await expect(headAtHost(one.client)).rejects.toMatchObject({ code: 'invalid' });
    const nowhere = new EntangleError('not_found', 'no Host in /absent');
    await expect(headAtHost(() => Promise.reject(nowhere))).rejects.toBe(nowhere);
  });
  test('of a graph of another name was meant for another Host', async () => {
    const one = await startSingleHost();
    await requireOwnName(one.client, graph(one));
    const other = graph(one, HOST_GRAPH.replace('graph: acme', 'graph: other'));
    await expect(requireOwnName(one.client, other)).rejects.toMatchObject({
      code: 'invalid',
      hint: expect.stringContaining('graph: acme'),
    });
  });
  test('that was planned holds for its number and its digest only', () => {
    const base = { n: 2, digest: '22'.repeat(32) };
    requireSameBase(base, { ...base });
    for (const [head, words] of [
      [{ ...base, n: 3 }, 'revision 3 (sha256:222222222222…)'],
      [{ ...base, digest: '33'.repeat(32) }, 'revision 2 (sha256:333333333333…)'],
      [{ n: 0, digest: null }, 'no revision'],
    ] as const)
      expect(() => requireSameBase(base, head)).toThrow(
        expect.objectContaining({
          code: 'conflict',
          message: expect.stringContaining(`the head is ${words}`),
          hint: expect.stringContaining('graph plan'),
        }),
      );
  });
});

describe('delivery of a revision', () => {
  /** The person acknowledges all that the Host has said to them. */
  const acknowledge = async (one: SingleHost, key: Name, type: 'routes' | 'blob.part' = 'routes') => {
    const told = one.said(type).filter(({ to }) => to === one.actors[key].pubkey);
    const [, stream, n] = told.at(-1)!.event.tags.find(([tag]) => tag === 'seq')!;
    const body = { stream: stream!, high: Number(n), top: Number(n), missing: [] };
    await one.hear({ type: 'ack', from: key, to: 'host', body });
  };
  const wait = (one: SingleHost, who: 'online' | 'all', timeoutMs: number, revision = 1) =>
    one.time.finish(
      'delivery',
      waitForDelivery(one.client, one.time.clock, { revision, who, timeoutMs }).then(
        (delivered) => delivered,
        (error: { code: string; details?: unknown }) => {
          if (error.code === 'timed_out') timedOut = error.details;
          return error.code;
        },
      ),
    );
  let timedOut: unknown;
  const applied = async () => {
    const one = await startSingleHost();
    await one.apply();
    await one.time.pass(1000);
    return one;
  };

  test('is over when all have acknowledged', async () => {
    const one = await applied();
    await acknowledge(one, 'user');
    await acknowledge(one, 'bob');
    expect(await wait(one, 'all', 0)).toEqual({ acked: ['alice', 'bob'], away: [] });
  });
  test('of a list is over when its parts are acknowledged, not when it was announced', async () => {
    const one = await startSingleHost();
    await one.apply(WITH_MANY);
    await one.time.pass(1000);
    await acknowledge(one, 'bob');
    await acknowledge(one, 'user');
    expect(await wait(one, 'all', 0)).toBe('timed_out');
    const { sha256 } = one.said('routes').find(({ body }) => body.list)!.body.list!;
    await one.hear({ type: 'blob.get', from: 'user', to: 'host', body: { sha256 } });
    await one.time.pass(1000);
    expect(await wait(one, 'all', 0)).toBe('timed_out');
    await acknowledge(one, 'user', 'blob.part');
    expect(await wait(one, 'all', 0)).toEqual({ acked: ['alice', 'bob'], away: [] });
  });
  test('waits five seconds for people, who send no heartbeat; then they count as away', async () => {
    const one = await applied();
    await acknowledge(one, 'user');
    const before = one.time.elapsed();
    expect(await wait(one, 'online', 60_000)).toEqual({ acked: ['alice'], away: ['bob'] });
    expect(one.time.elapsed() - before).toBe(5000);
  });
  test('to all is waited for until the time is over', async () => {
    const one = await applied();
    await acknowledge(one, 'user');
    const before = one.time.elapsed();
    expect(await wait(one, 'all', 20_000)).toBe('timed_out');
    expect(one.time.elapsed() - before).toBe(20_000);
    expect(timedOut).toEqual([{ revision: 1, acked: ['alice'], away: ['bob'] }]);
  });
  test('does not wait for whom the revision does not concern: they have it', async () => {
    const one = await applied();
    await acknowledge(one, 'user');
    await acknowledge(one, 'bob');
    await one.apply(HOST_GRAPH.replace('bob delegates_to builder', 'bob approves builder'));
    await one.time.pass(1000);
    // Alice, whose routes are as they were, has them
    expect(await wait(one, 'all', 0, 2)).toBe('timed_out');
    expect(timedOut).toEqual([{ revision: 2, acked: ['alice'], away: ['bob'] }]);
    await acknowledge(one, 'bob');
    expect(await wait(one, 'all', 0, 2)).toEqual({ acked: ['alice', 'bob'], away: [] });
  });
  test('does not wait for whom it does not concern, who has not even what was told before', async () => {
    const one = await applied();
    await one.apply(HOST_GRAPH.replace('bob delegates_to builder', 'bob approves builder'));
    await one.time.pass(1000);
    await acknowledge(one, 'bob');
    expect(await wait(one, 'online', 0, 2)).toEqual({ acked: ['bob'], away: ['alice'] });
  });
  test('of a revision that another has replaced is a conflict', async () => {
    const one = await applied();
    await one.apply(HOST_GRAPH.replace('bob delegates_to builder', 'bob approves builder'));
    expect(await wait(one, 'all', 20_000)).toBe('conflict');
  });
});
