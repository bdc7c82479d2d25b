/** Whatever happens to a line in any segment, the whole check names the file and the line. */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { entry, sha256, testEvent } from '../../../test/support/ledger-events.ts';
import type { Suite } from '../../core/crypto/suite.ts';
import { suiteWasm } from '../crypto/suite-wasm.ts';
import { systemClock } from '../system/clock.ts';
import { openLedger } from './ledger.ts';
import { segmentPath } from './read.ts';
import { verifyLedger } from './verify.ts';

/** Signatures have rows of their own in `verify.test.ts`; here each of them is right. */
const suite: Suite = { ...suiteWasm, verify: () => true };
const LINES = 120;
let directory: string;
let segments: string[][];

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'entangle-damage-'));
  const ledger = await openLedger({
    directory,
    mode: 'exclusive',
    from: 0,
    follow: () => {},
    clock: systemClock,
    sha256,
    segmentBytes: 12_000,
  });
  for (let i = 0; i < LINES; i += 3)
    await ledger.append(() => [
      entry(`a${i}`),
      entry(`b${i}`),
      { dir: 'out', event: testEvent(`c${i}`), seal: testEvent(`s${i}`, 'AgIC') },
    ]);
  await ledger.close();
  segments = [];
  for (const name of (await readdir(directory)).filter((file) => file.endsWith('.ndjson')).sort())
    segments.push((await readFile(join(directory, name), 'latin1')).split('\n').slice(0, -1));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

/** Numbers below `most` of a seed: the same ones in each run. */
const diceOf = (seed: string) => {
  let rolled = 0;
  return (most: number): number =>
    Buffer.from(sha256(Buffer.from(`${seed} ${rolled++}`))).readUInt32BE(0) % most;
};

type Dice = ReturnType<typeof diceOf>;
type Damage = (lines: string[], at: number, dice: Dice) => string[];
const replaced = (lines: string[], at: number, ...by: string[]): string[] => [
  ...lines.slice(0, at),
  ...by,
  ...lines.slice(at + 1),
];
const DAMAGE: Record<string, Damage> = {
  'one flipped bit': (lines, at, dice) => {
    const bytes = Buffer.from(lines[at] ?? '', 'latin1');
    const byte = dice(bytes.length);
    bytes.writeUInt8(bytes.readUInt8(byte) ^ (1 << dice(8)), byte);
    return replaced(lines, at, bytes.toString('latin1'));
  },
  deleted: (lines, at) => replaced(lines, at),
  swapped: (lines, at) => replaced(replaced(lines, at, lines[at + 1] ?? ''), at + 1, lines[at] ?? ''),
  // The first of the two is where it belongs
  doubled: (lines, at) => replaced(lines, at + 1, lines[at] ?? '', lines[at + 1] ?? ''),
  truncated: (lines, at, dice) =>
    replaced(lines, at, (lines[at] ?? '').slice(0, dice((lines[at] ?? '').length))),
};

test('every line of several segments is right', async () => {
  expect(segments.length).toBeGreaterThan(4);
  const told: number[] = [];
  expect(await verifyLedger(directory, suite, { verified: (line) => told.push(line) })).toMatchObject({
    n: LINES,
    segments: segments.length,
    torn: false,
  });
  expect(told).toEqual(Array.from({ length: LINES }, (_, i) => i + 1));
});

const CASES = Object.keys(DAMAGE).flatMap((what) => Array.from({ length: 8 }, (_, seed) => ({ what, seed })));
test.each(CASES)('names file and line: $what, $seed', async ({ what, seed }) => {
  const dice = diceOf(`${what} ${seed}`);
  const segment = dice(segments.length);
  const lines = segments[segment] ?? [];
  // What is wrong with the very last line may be what a crash left: it is told as that
  const at = dice(lines.length - 1);
  const path = segmentPath(directory, segment + 1);
  const damaged = DAMAGE[what]?.(lines, at, dice) ?? [];
  const line = what === 'doubled' ? at + 2 : at + 1;
  try {
    await writeFile(path, `${damaged.join('\n')}\n`, 'latin1');
    await expect(verifyLedger(directory, suite)).rejects.toMatchObject({
      code: 'invalid',
      message: expect.stringMatching(new RegExp(`^${path} is damaged at byte \\d+, line ${line}: `)),
    });
  } finally {
    await writeFile(path, `${lines.join('\n')}\n`, 'latin1');
  }
});

test('names the first file that is missing', async () => {
  const path = segmentPath(directory, 2);
  await rm(path);
  try {
    await expect(verifyLedger(directory, suite)).rejects.toMatchObject({
      code: 'invalid',
      message: `a ledger segment is missing: ${path}`,
    });
  } finally {
    await writeFile(path, `${segments[1]?.join('\n')}\n`, 'latin1');
  }
});
