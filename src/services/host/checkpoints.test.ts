/** Checkpoints of a Host: signed in time, one after the other, of exactly the lines before them. */
import { expect, test } from 'vitest';
import { startSingleHost } from '../../../test/sim/single-host.ts';
import { sha256 } from '../../../test/support/ledger-events.ts';
import { createCheckpointCheck } from '../../core/ledger/checkpoint-check.ts';
import { type Line, leafOf } from '../../core/ledger/line.ts';
import { merkleRoot } from '../../core/ledger/merkle.ts';
import { readNote } from '../../core/ledger/note.ts';
import { checkpointNow } from './checkpoints.ts';

const typeOf = ({ event }: Line) => event.tags.find(([tag]) => tag === 'type')?.[1];
const begin = async () => {
  const one = await startSingleHost();
  const signed = () => one.home.disk.lines.filter((line) => typeOf(line) === 'checkpoint');
  const invite = (name: string) =>
    one.client({ method: 'POST', path: '/v1/invites', body: { role: 'runner', name, expiresMs: 60_000 } });
  const check = (witness: string | null, lines: readonly Line[] = one.home.disk.lines) => {
    const checking = createCheckpointCheck(sha256, witness);
    for (const line of lines) checking.see(line);
    return checking.end();
  };
  const now = () => one.time.finish('the checkpoint', checkpointNow(one.host));
  return { ...one, signed, invite, check, now };
};

test('is of all lines before it, signed by the log, and goes on from the one before', async () => {
  const one = await begin();
  await one.invite('r1');
  const first = await one.now();
  await one.invite('r2');
  const second = await one.now();
  const leaves = one.home.disk.lines.map((line) => leafOf(sha256, line));
  for (const signed of [first!, second!]) {
    expect(readNote(sha256, signed.note.join('\n'), signed.log)).toMatchObject({
      size: signed.size,
      root: signed.root,
    });
    expect(signed.root).toBe(merkleRoot(sha256, leaves.slice(0, signed.size)));
  }
  expect(one.signed().map(({ n, event }) => [n, JSON.parse(event.content).size])).toEqual([
    [first!.size + 1, first!.size],
    [second!.size + 1, second!.size],
  ]);
  expect(one.check(null)).toBe(2);
});
test('of nothing new there is no other: it is given again', async () => {
  const one = await begin();
  const first = await one.now();
  expect(await one.now()).toEqual(first);
  expect(one.signed()).toHaveLength(1);
  const [a, b] = await Promise.all([one.now(), one.now()]);
  expect([a, b]).toEqual([first, first]);
});
test('is there ten minutes after a line, and at once after many', async () => {
  const one = await begin();
  await one.time.pass(9 * 60_000);
  expect(one.signed()).toHaveLength(0);
  await one.time.pass(3 * 60_000);
  expect(one.signed()).toHaveLength(1);
  // Nothing happens, so nothing is signed
  await one.time.pass(60 * 60_000);
  expect(one.signed()).toHaveLength(1);
  for (let n = 0; n < 130; n++) await one.invite(`r${n}`);
  await one.time.pass(2 * 60_000);
  expect(one.signed()).toHaveLength(2);
});

test('T163 a kept checkpoint is of this ledger, and of no other: rewritten, cut or another Host’s', async () => {
  const one = await begin();
  await one.invite('r1');
  const kept = (await one.now())!.note.join('\n');
  await one.invite('r2');
  await one.now();
  const { lines } = one.home.disk;
  expect(one.check(kept)).toBe(2);
  // The Host writes its history anew: other lines, all of them chained and signed
  const other = await begin();
  await other.invite('r9');
  await other.now();
  expect(() => one.check(kept, other.home.disk.lines)).toThrow(
    /are not those of the checkpoint that you kept|had \d+ when/,
  );
  const size = Number(kept.split('\n')[1]);
  // Cut before it, with a checkpoint of its own
  expect(() => one.check(kept, lines.slice(0, size - 1))).toThrow(/no log key|when you kept/);
  expect(() => one.check(kept.replace(/\n\d+\n/, `\n${size + 1}\n`))).toThrow(/no log key/);
});
test('T163 a checkpoint in the ledger that is not of the lines before it is a fault', async () => {
  const one = await begin();
  await one.invite('r1');
  await one.now();
  const changed = (change: (body: Record<string, unknown>) => object) =>
    one.home.disk.lines.map((line) => {
      if (typeOf(line) !== 'checkpoint') return line;
      const content = JSON.stringify({
        ...JSON.parse(line.event.content),
        ...change(JSON.parse(line.event.content)),
      });
      return { ...line, event: { ...line.event, content } };
    });
  const bad = '00'.repeat(32);
  expect(() =>
    one.check(
      null,
      changed(() => ({ root: bad })),
    ),
  ).toThrow(/not the one of the checkpoint/);
  expect(() =>
    one.check(
      null,
      changed(() => ({ chain: bad })),
    ),
  ).toThrow(/not the one of the checkpoint/);
  expect(() =>
    one.check(
      null,
      changed(() => ({ size: 9_999 })),
    ),
  ).toThrow(/out of place/);
  expect(() =>
    one.check(
      null,
      changed(() => ({ log: bad })),
    ),
  ).toThrow(/did not sign/);
  expect(() =>
    one.check(
      null,
      changed(() => ({ more: 1 })),
    ),
  ).toThrow(/cannot be read/);
});
