/** What a Host answers who asks for a checkpoint: the next that leads on from theirs, or that it has theirs not. */
import { expect, test } from 'vitest';
import { startSingleHost } from '../../../test/sim/single-host.ts';
import { sha256 } from '../../../test/support/ledger-events.ts';
import { isContinued } from '../../core/ledger/host-checkpoint.ts';
import type { RecordBody } from '../../core/protocol/messages/records.ts';
import { record } from '../messaging/rejections.ts';
import { checkpointNow } from './checkpoints.ts';

const begin = async () => {
  const one = await startSingleHost();
  await one.apply();
  await one.addRunner('runner', 'r1');
  const sign = async () => (await one.time.finish('the checkpoint', checkpointNow(one.host)))!.event;
  const ask = async (held: string | null) => {
    const before = one.fleeting('checkpoint.proof').length;
    await one.hear({ type: 'checkpoint.request', from: 'runner', to: 'host', body: { held } });
    await one.time.pass(100);
    return one.fleeting('checkpoint.proof').slice(before).at(-1)?.body;
  };
  /** As many lines, at once. */
  const grow = (lines: number) =>
    one.home.ledger.append(() => Array.from({ length: lines }, () => ({ dir: 'local', event: filler })));
  await record(one.home, 'operator.revoked', { name: 'gone', by: 'x' });
  const filler = one.home.disk.lines.at(-1)!.event;
  return { ...one, sign, ask, grow };
};
type Answer = NonNullable<Awaited<ReturnType<Awaited<ReturnType<typeof begin>>['ask']>>>;
const headIn = ({ checkpoint }: Answer) => JSON.parse(checkpoint.content) as RecordBody<'checkpoint'>;

test('the newest one to who holds none; nothing where none was signed yet', async () => {
  const one = await begin();
  expect(await one.ask(null)).toBeUndefined();
  await one.time.pass(1_000);
  const event = await one.sign();
  expect(await one.ask(null)).toMatchObject({
    asked: null,
    checkpoint: { id: event },
    proof: [],
    restored: 0,
  });
});
test('the same again where nothing is new; who asks without rest is answered once a second', async () => {
  const one = await begin();
  const event = await one.sign();
  expect(await one.ask(event)).toMatchObject({ checkpoint: { id: event }, proof: [] });
  expect(await one.ask(event)).toBeUndefined();
  await one.time.pass(1_000);
  expect(await one.ask(event)).toMatchObject({ checkpoint: { id: event } });
});
test('who is far behind is led on in steps, each with its proof, and each of a bounded part of the ledger', async () => {
  const one = await begin();
  const first = await one.sign();
  for (let n = 0; n < 12; n++) {
    await one.grow(300);
    await one.sign();
  }
  let held = (await one.ask(first))!;
  expect(headIn(held).size).toBeLessThan(1_700);
  for (let steps = 1; held.asked !== held.checkpoint.id; steps++) {
    expect(steps).toBeLessThan(6);
    await one.time.pass(1_000);
    const next = (await one.ask(held.checkpoint.id))!;
    expect(isContinued(sha256, headIn(held), headIn(next), next.proof)).toBe(true);
    held = next;
  }
  expect(headIn(held).size).toBeGreaterThan(3_600);
});
test('T167 that it does not have the one that is held, and what it has', async () => {
  const one = await begin();
  const foreign = 'ab'.repeat(32);
  const answer = (await one.ask(foreign))!;
  expect(answer).toMatchObject({ asked: foreign, proof: null });
  expect(headIn(answer).size).toBeGreaterThan(0);
  await one.time.pass(1_000);
  // Another line of it is no checkpoint
  const { id } = one.home.disk.lines[0]!.event;
  expect(await one.ask(id)).toMatchObject({ asked: id, proof: null });
});
