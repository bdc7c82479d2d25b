/** An acknowledgement claims what is here and nothing else: what it claims is never sent again. */
import { describe, expect, test } from 'vitest';
import { introduced, taskOf, tellRoutes } from '../../../test/sim/introductions.ts';
import { FORGED_STREAM, type MessageKit } from '../../../test/sim/message-kit.ts';
import type { Range } from '../../core/projection/ranges.ts';
import type { Message } from '../../core/protocol/message.ts';
import type { BodyOf } from '../../core/protocol/table.ts';
import { createAcks, releases } from './acks.ts';
import { streamOf } from './send.ts';

const cancelled = async (kit: MessageKit, n: number) => {
  const body = { session: taskOf(n).session, reason: 'no' };
  expect(await kit.tell({ type: 'task.cancel', from: 'alice', to: 'node', n, body })).toBe('accepted');
};
/** What the runner acknowledges of Alice's stream to its node. */
const ackOf = (kit: MessageKit) => {
  const acks = createAcks(kit.homes.runner);
  for (const m of kit.posts.runner.settled) if (m.from === kit.who.alice.pubkey) acks.note(m);
  return acks.take();
};
const putRanges = (kit: MessageKit, ranges: Range[]) => {
  const [signer, me] = [kit.who.alice.pubkey, kit.who.node.pubkey];
  const row = { signer, me, stream: FORGED_STREAM, ranges, top: ranges.at(-1)![1] };
  kit.homes.runner.tables.put('streams', row);
};

describe('an acknowledgement', () => {
  test('names what is missing below the highest that is here', async () => {
    const kit = await introduced();
    for (const n of [1, 2, 5, 8]) await cancelled(kit, n);
    const [ack, ...others] = ackOf(kit);
    expect(others).toEqual([]);
    const missing = [
      [3, 4],
      [6, 7],
    ];
    expect(ack).toMatchObject({
      ...{ type: 'ack', from: kit.who.node.pubkey, to: kit.who.alice.pubkey },
      body: { stream: FORGED_STREAM, high: 2, top: 8, missing },
    });
  });
  test('with more gaps than fit ends before the first gap that it does not tell', async () => {
    const kit = await introduced();
    await cancelled(kit, 1);
    const every = (count: number): Range[] => Array.from({ length: count }, (_, i) => [2 * i + 1, 2 * i + 1]);
    putRanges(kit, every(257));
    expect(ackOf(kit)[0]!.body).toMatchObject({ high: 1, top: 513 });
    expect(ackOf(kit)[0]!.body.missing).toHaveLength(256);
    putRanges(kit, every(258));
    const { top, missing } = ackOf(kit)[0]!.body;
    expect([missing.length, missing.at(-1), top]).toEqual([256, [512, 512], 513]);
    putRanges(kit, every(400));
    expect(ackOf(kit)[0]!.body.top).toBe(513);
  });
  test('is said once, and again only after something came', async () => {
    const kit = await introduced();
    await cancelled(kit, 1);
    const acks = createAcks(kit.homes.runner);
    acks.note(kit.posts.runner.settled.at(-1)!);
    acks.note(kit.posts.runner.settled.at(-1)!);
    expect(acks.take()).toHaveLength(1);
    expect(acks.take()).toEqual([]);
  });
  test('is not said for a node that left this home, nor of a stream of which nothing is here', async () => {
    const kit = await introduced();
    await cancelled(kit, 1);
    const acks = createAcks(kit.homes.runner);
    const beat = {
      type: 'host.beat',
      from: 'host',
      to: 'runner',
      body: { revision: 1, digest: null },
    } as const;
    expect(await kit.tell(beat)).toBe('accepted');
    acks.note(kit.posts.runner.ephemeral[0]!);
    expect(acks.take()).toEqual([]);
    kit.homes.runner.tables.remove('streams', kit.who.alice.pubkey, kit.who.node.pubkey, FORGED_STREAM);
    expect(ackOf(kit)).toEqual([]);
    await cancelled(kit, 2);
    expect(ackOf(kit)).toHaveLength(1);
    kit.homes.runner.identities.delete(kit.who.node.pubkey);
    expect(ackOf(kit)).toEqual([]);
  });
});

describe('an acknowledgement releases', () => {
  const of = async (body: Partial<BodyOf<'ack'>>, from: 'node' | 'sibling' = 'node') => {
    const kit = await introduced();
    await tellRoutes(kit, 'alice', ['node', 'sibling'], 2);
    for (const n of [1, 2, 3])
      await kit.send({ type: 'task.request', from: 'alice', to: 'node', body: taskOf(n) });
    const stream = streamOf(kit.homes.alice, kit.who.alice.pubkey);
    const whole = { stream, high: 0, top: 0, missing: [], ...body };
    expect(await kit.tell({ type: 'ack', from, to: 'alice', body: whole })).toBe('accepted');
    return releases(kit.homes.alice, kit.posts.alice.ephemeral.at(-1) as Message<BodyOf<'ack'>>);
  };
  test.each([
    ['what is up to its top', true, { top: 1 }],
    ['nothing above its top', false, { top: 0 }],
    ['nothing that is missing', false, { top: 3, missing: [[1, 3]] as [number, number][] }],
    ['the last of what is missing but for it', true, { top: 3, missing: [[1, 2]] as [number, number][] }],
    ['the first of what is missing but for it', true, { top: 3, missing: [[2, 3]] as [number, number][] }],
    ['nothing of another stream', false, { top: 3, stream: FORGED_STREAM }],
  ])('%s', async (_what, expected, body) => {
    expect(await of(body)).toBe(expected);
  });
  test('nothing that went to somebody else', async () => {
    expect(await of({ top: 3 }, 'sibling')).toBe(false);
  });
});
