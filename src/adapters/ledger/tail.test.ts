import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startSingleUser } from '../../../test/sim/single-user.ts';
import { encodeLine } from '../../core/ledger/line.ts';
import { segmentPath } from './read.ts';
import { readAfter, readTail } from './tail.ts';

let directory: string;
let lines: Uint8Array[];
let home: Awaited<ReturnType<typeof startSingleUser>>['home'];
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'entangle-tail-'));
  const single = await startSingleUser();
  const { launch, askApproval } = single;
  home = single.home;
  await launch();
  await askApproval();
  lines = home.disk.lines.map((line) => encodeLine(line));
  expect(lines.length).toBeGreaterThan(3);
  await writeFile(segmentPath(directory, 1), Buffer.concat(lines.slice(0, 2)));
  await writeFile(segmentPath(directory, 2), Buffer.concat(lines.slice(2)));
});
afterEach(() => rm(directory, { recursive: true, force: true }));
const numbers = async (known: number, most = 1_000_000) =>
  (await readTail(directory, known, most)).map(({ n }) => n);
const from = (first: number) => lines.map((_, i) => i + 1).filter((n) => n >= first);

test('what comes after a line is read, over segments too', async () => {
  expect(await numbers(0)).toEqual(from(1));
  expect(await numbers(1)).toEqual(from(2));
  expect(await numbers(lines.length)).toEqual([]);
});

test('a line that begins before the bytes that are read is left out', async () => {
  const last = lines.at(-1)!.length;
  expect(await numbers(0, last + 10)).toEqual([lines.length]);
  const rest = lines.slice(2).reduce((sum, { length }) => sum + length, 0);
  expect(await numbers(0, rest)).toEqual(from(3));
});

test('a line that is being written is left out, and a ledger that is not there is empty', async () => {
  await writeFile(
    segmentPath(directory, 2),
    Buffer.concat([...lines.slice(2, -1), lines.at(-1)!.slice(0, -5)]),
  );
  expect(await numbers(0)).toEqual(from(1).slice(0, -1));
  expect(await readTail(join(directory, 'none'), 0, 100)).toEqual([]);
});

test('all that came after a line is read, however much it is, and a ledger that lacks it is no answer', async () => {
  const after = async (known: number) => (await readAfter(directory, known)).map(({ n }) => n);
  for (const known of [0, 1, 2, lines.length - 1, lines.length, lines.length + 5])
    expect(await after(known)).toEqual(from(known + 1));
  // More than the first step looks at
  const many: Uint8Array[] = [];
  let line = home.disk.lines.at(-1)!;
  for (let size = 0; size < 1_200_000; size += many.at(-1)!.length) {
    line = { ...line, n: line.n + 1 };
    many.push(encodeLine(line));
  }
  await writeFile(segmentPath(directory, 3), Buffer.concat(many));
  expect((await after(0)).length).toBe(lines.length + many.length);
  await writeFile(segmentPath(directory, 1), '');
  await expect(readAfter(directory, 0)).rejects.toMatchObject({ code: 'invalid' });
});

test('a last line that nobody can read is left out, and one before it is not', async () => {
  const garbled = (i: number) => Buffer.from(lines[i]!).fill('x', 5, 20);
  await writeFile(
    segmentPath(directory, 2),
    Buffer.concat([...lines.slice(2, -1), garbled(lines.length - 1)]),
  );
  expect(await numbers(0)).toEqual(from(1).slice(0, -1));
  await writeFile(
    segmentPath(directory, 2),
    Buffer.concat([...lines.slice(2, -2), garbled(lines.length - 2), lines.at(-1)!]),
  );
  await expect(readTail(directory, 0, 1_000_000)).rejects.toMatchObject({ code: 'invalid' });
});
