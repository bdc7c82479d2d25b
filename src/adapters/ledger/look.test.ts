/** A line of a closed segment is found by its number, and given where its own bytes are right. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sha256, testEvent } from '../../../test/support/ledger-events.ts';
import { type Head, type Line, nextLine, writeLine } from '../../core/ledger/line.ts';
import type { SegmentSeal } from '../../core/ledger/mark.ts';
import { lookAt } from './look.ts';
import { segmentPath } from './read.ts';

const LINES = 1_500;
const BEFORE: Head = { n: 40, chain: 'ab'.repeat(32) };
let directory: string;
let lines: Line[];
let seal: SegmentSeal;

/** Most are short, some are longer than all that is looked at at once. */
const contentOf = (i: number): string =>
  JSON.stringify({ text: 'x'.repeat(i % 400 === 7 ? 100_000 : (i * 7_919) % 3_000) });
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'entangle-look-'));
  let head = BEFORE;
  lines = Array.from({ length: LINES }, (_, i) => {
    const line = nextLine(sha256, head, '2026-11-30T08:00:00.000Z', {
      dir: 'in',
      event: testEvent(`e${i}`, contentOf(i)),
    });
    head = line;
    return line;
  });
  await writeSegment(lines.map(writeLine));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

const writeSegment = async (texts: string[]): Promise<void> => {
  const text = `${texts.join('\n')}\n`;
  await writeFile(segmentPath(directory, 1), text);
  const { n, chain } = lines.at(-1)!;
  const bytes = Buffer.byteLength(text);
  seal = { n, chain, segment: 1, first: BEFORE.n + 1, before: BEFORE.chain, bytes, sha256: '' };
};
const lookedAt = async (n: number): Promise<Line[]> => {
  const found: Line[] = [];
  for await (const line of lookAt(directory, sha256, seal, n)) found.push(line);
  return found;
};

test('any line is found, with some after it, as it is', async () => {
  for (let i = 0; i < LINES; i += i < 3 || i > LINES - 4 ? 1 : 13) {
    const found = await lookedAt(lines[i]!.n);
    expect(found).toEqual(lines.slice(i, i + found.length));
    // Beside one that is longer than a look no other need be found
    if (Math.abs(((i + 200) % 400) - 207) > 60) expect(found.length).toBe(Math.min(65, LINES - i));
  }
});

const K = 611;
const forged = (line: Line, before: Head): Line => {
  const { n: _n, chain: _chain, at, ...entry } = line;
  return nextLine(sha256, before, at, { ...entry, event: testEvent('forged') });
};
describe('a line is not given', () => {
  test.each<[string, (line: Line) => Line]>([
    ['that says something else', (line) => ({ ...line, event: { ...line.event, content: '{}' } })],
    ['that came at another time', (line) => ({ ...line, at: '2026-11-30T09:00:00.000Z' })],
    ['of another place in the chain', (line) => ({ ...line, chain: 'cd'.repeat(32) })],
    ['of another number', (line) => ({ ...line, n: line.n + 1 })],
  ])('%s, nor those after it', async (_, change) => {
    const texts = lines.map((line, i) => writeLine(i === K ? change(line) : line));
    await writeSegment(texts);
    expect(await lookedAt(lines[K]!.n)).toEqual([]);
    expect((await lookedAt(lines[K - 5]!.n)).length).toBeLessThanOrEqual(5);
    await writeSegment(lines.map(writeLine));
  });

  test('that does not follow the one before it', async () => {
    const other = forged(lines[K - 1]!, lines[K - 2]!);
    await writeSegment(lines.map((line, i) => writeLine(i === K - 1 ? other : line)));
    expect(await lookedAt(lines[K]!.n)).toEqual([]);
    await writeSegment(lines.map(writeLine));
  });

  test('that ends the segment otherwise than the seal says, though all that is there follows', async () => {
    const from = LINES - 10;
    let head: Head = lines[from - 1]!;
    const others = lines.slice(from).map((line) => {
      const other = forged(line, head);
      head = other;
      return other;
    });
    await writeSegment([...lines.slice(0, from), ...others].map(writeLine));
    expect((await lookedAt(lines[from]!.n)).at(-1)!.n).toBe(lines.at(-2)!.n);
    await writeSegment(lines.map(writeLine));
  });

  test('where the file is no ledger', async () => {
    const before = await readFile(segmentPath(directory, 1));
    await writeFile(segmentPath(directory, 1), Buffer.alloc(before.length, '{"n":7,\n'));
    expect(await lookedAt(lines[K]!.n)).toEqual([]);
    await writeFile(segmentPath(directory, 1), before);
  });
});
