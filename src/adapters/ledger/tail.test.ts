import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startSingleUser } from '../../../test/sim/single-user.ts';
import { encodeLine } from '../../core/ledger/line.ts';
import { segmentPath } from './read.ts';
import { readTail } from './tail.ts';

let directory: string;
let lines: Uint8Array[];
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'entangle-tail-'));
  const { home, launch, askApproval } = await startSingleUser();
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
