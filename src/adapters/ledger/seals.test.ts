/** A closed segment is sealed: a start takes it by its seal, and whoever reads in it looks whether it is still that. */
import { createHash } from 'node:crypto';
import { copyFile, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { entry, nameOf, sha256 } from '../../../test/support/ledger-events.ts';
import { markSigner, ownEntry } from '../../../test/support/ledger-marks.ts';
import type { Suite } from '../../core/crypto/suite.ts';
import { GENESIS, type Head, type Line, nextLine, writeLine } from '../../core/ledger/line.ts';
import type { SegmentSeal } from '../../core/ledger/mark.ts';
import { suiteWasm } from '../crypto/suite-wasm.ts';
import { systemClock } from '../system/clock.ts';
import { discardLedger } from './discard.ts';
import { type OpenLedgerOptions, openLedger } from './ledger.ts';
import { removeMark } from './mark.ts';
import { readLedger, segmentPath } from './read.ts';
import { sealPath } from './seals.ts';
import { verifyLedger } from './verify.ts';

const LINES = 600;
const MINE = markSigner(7);
let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'entangle-seals-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

/** Opens the ledger; `hashed` says how many hashes the verification took, three a line. */
const start = async (options: Partial<OpenLedgerOptions> = {}) => {
  const told: string[] = [];
  let hashed = 0;
  const ledger = await openLedger({
    ...{ directory, mode: 'exclusive', from: 0, known: LINES, clock: systemClock },
    follow: () => {},
    sha256: (bytes) => {
      hashed += 1;
      return sha256(bytes);
    },
    ...{ marks: MINE, segmentBytes: 40_000 },
    onMark: (why) => told.push(why),
    ...options,
  });
  return { ledger, told, verified: hashed / 3 };
};
const restart = async (options: Partial<OpenLedgerOptions> = {}) => {
  const one = await start(options);
  await one.ledger.close();
  return { ...one, head: one.ledger.head };
};
const append = async (from: number, to: number, options: Partial<OpenLedgerOptions> = {}) => {
  const { ledger } = await start(options);
  for (let i = from; i < to; i += 50)
    await ledger.append(() => Array.from({ length: 50 }, (_, j) => entry(`e${i + j}`)));
  await ledger.close();
  return ledger.head;
};
const count = async (of: 'ndjson' | 'seal') =>
  (await readdir(directory)).filter((name) => name.endsWith(`.${of}`)).length;
const names = async (lines: AsyncIterable<Line>): Promise<string[]> => {
  const all: string[] = [];
  for await (const { event } of lines) all.push(nameOf(event));
  return all;
};
const sealOf = async (segment: number) => MINE.readSeal(await readFile(sealPath(directory, segment), 'utf8'));
const flip = async (segment: number, at: number) => {
  const bytes = await readFile(segmentPath(directory, segment));
  bytes[at]! ^= 1;
  await writeFile(segmentPath(directory, segment), bytes);
};
/** All lines anew with another one among them, each right in its chain: the files change, their number does not. */
const chainAnew = async (): Promise<void> => {
  let head: Head = GENESIS;
  for (let segment = 1; segment <= (await count('ndjson')); segment++) {
    const path = segmentPath(directory, segment);
    const old = (await readFile(path, 'utf8')).trimEnd().split('\n');
    const texts = old.map((text) => {
      const { at, dir, event, n }: Line = JSON.parse(text);
      const line = nextLine(sha256, head, at, n === 5 ? entry('forged') : { dir, event });
      head = line;
      return writeLine(line);
    });
    await writeFile(path, `${texts.join('\n')}\n`);
  }
};

describe('a closed segment', () => {
  test('has a seal of the home: what its chain was before and after, and the digest of its bytes', async () => {
    await append(0, LINES);
    const segments = await count('ndjson');
    expect(segments).toBeGreaterThan(4);
    expect(await count('seal')).toBe(segments - 1);
    let before: Head = GENESIS;
    for (let segment = 1; segment < segments; segment++) {
      const bytes = await readFile(segmentPath(directory, segment));
      const last: Line = JSON.parse(bytes.toString('utf8').trimEnd().split('\n').at(-1)!);
      expect(await sealOf(segment)).toEqual({
        ...{ segment, first: before.n + 1, before: before.chain, n: last.n, chain: last.chain },
        ...{ bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') },
      });
      before = last;
    }
  });

  test('is not looked at by a start; a line in it is read where it is unchanged, and named where it is not', async () => {
    await append(0, LINES);
    const whole = await names(readLedger(directory, 1));
    const one = await start();
    expect(one.verified).toBe(0);
    for (const from of [1, 60, 300, LINES])
      expect(await names(one.ledger.read(from))).toEqual(whole.slice(from - 1));
    await one.ledger.close();

    await flip(2, 20_000);
    const two = await start();
    expect([two.verified, two.told]).toEqual([0, []]);
    const { first, n } = (await sealOf(2))!;
    const refused = {
      code: 'invalid',
      message: expect.stringMatching(/000002\.ndjson is damaged at byte \d+, line \d+: /),
    };
    for (const from of [1, first]) await expect(names(two.ledger.read(from))).rejects.toMatchObject(refused);
    expect(await names(two.ledger.read(n + 1))).toEqual(whole.slice(n));
    await two.ledger.close();
    // Whoever folds all of it goes over that segment too
    await expect(start({ known: 0 })).rejects.toMatchObject(refused);
  });

  test('gives a line of it though others were changed, as long as few are asked for', async () => {
    await append(0, LINES);
    const { first, n } = (await sealOf(2))!;
    const { size } = await stat(segmentPath(directory, 2));
    await flip(2, size - 300);
    const { ledger } = await start();
    const lineAt = async (number: number) => {
      for await (const line of ledger.read(number)) return nameOf(line.event);
      return undefined;
    };
    for (let asked = 0; asked < 64; asked++) expect(await lineAt(first + 1)).toBe(`e${first}`);
    await expect(lineAt(n)).rejects.toThrow(/000002\.ndjson is damaged at byte \d+, line \d+: /);
    await expect(lineAt(first + 1)).rejects.toThrow(/000002\.ndjson is damaged/);
    await ledger.close();
  });

  test('is sealed by the next start, where a crash came first', async () => {
    await append(0, LINES, { marks: null });
    expect(await count('seal')).toBe(0);
    const one = await restart();
    expect([one.verified, one.told, await count('seal')]).toEqual([LINES, [], (await count('ndjson')) - 1]);
    expect((await restart()).verified).toBe(0);
  });

  test('that the disk does not give back as it was written is not sealed, and the process stops', async () => {
    const failed: Error[] = [];
    const { ledger } = await start({ onFatal: (error) => failed.push(error) });
    await ledger.append(() => Array.from({ length: 80 }, (_, i) => entry(`e${i}`)));
    await flip(1, 100);
    await ledger.append(() => [entry('next')]);
    await expect(ledger.append(() => [entry('more')])).rejects.toThrowError(
      /000001\.ndjson is damaged at byte 0/,
    );
    expect([failed.length, await count('seal')]).toEqual([1, 0]);
    await ledger.close();
  });

  test('goes with its seal when the ledger is discarded', async () => {
    await append(0, LINES);
    await discardLedger(directory, []);
    expect((await readdir(directory)).filter((name) => name !== 'lock')).toEqual([]);
  });
});

describe('all is verified once, and said why, where', () => {
  const UNSEALED = expect.stringContaining('a segment before it has no seal of this home that fits');
  test.each<[string, () => Promise<unknown>]>([
    ['a seal is missing', () => rm(sealPath(directory, 2))],
    ['a seal is cut off', () => truncate(sealPath(directory, 2), 50)],
    ['a seal is larger than any', () => writeFile(sealPath(directory, 2), ' '.repeat(5_000))],
    [
      'a seal is another segment’s',
      () => rm(sealPath(directory, 2)).then(() => copyFile(sealPath(directory, 3), sealPath(directory, 2))),
    ],
    [
      'a seal is of another key',
      async () => writeFile(sealPath(directory, 2), markSigner(8).signSeal((await sealOf(2))!)),
    ],
  ])('%s', async (_what, change) => {
    await append(0, LINES);
    await change();
    const one = await restart();
    expect([one.told, one.verified]).toEqual([[UNSEALED], LINES]);
    const two = await restart();
    expect([two.told, two.verified, await count('seal')]).toEqual([[], 0, (await count('ndjson')) - 1]);
  });

  test('segments at the end are gone: their seals go too, and other lines are sealed in their place', async () => {
    await append(0, LINES);
    for (const segment of [await count('ndjson'), (await count('ndjson')) - 1])
      await rm(segmentPath(directory, segment));
    const one = await restart();
    expect(one.told).toEqual([expect.stringContaining('the ledger is shorter than it was')]);
    expect(await count('seal')).toBe((await count('ndjson')) - 1);
    await append(1_000, 1_400);
    expect((await restart()).told).toEqual([]);
    expect(await count('seal')).toBe((await count('ndjson')) - 1);
  });

  test('the same without a mark: the seals alone tell that the ledger was longer', async () => {
    await append(0, LINES);
    await removeMark(directory);
    await rm(segmentPath(directory, await count('ndjson')));
    expect((await restart()).told).toEqual([expect.stringContaining('took away seals')]);
    expect((await restart()).told).toEqual([]);
  });
});

describe('a start stops', () => {
  test('where a sealed segment has another size', async () => {
    await append(0, LINES);
    await truncate(segmentPath(directory, 2), 30_000);
    await expect(start()).rejects.toMatchObject({
      code: 'invalid',
      message: expect.stringContaining('000002.ndjson'),
    });
  });

  test.each<[string, Partial<SegmentSeal>]>([
    ['follows another chain', { before: 'ab'.repeat(32) }],
    ['begins with another line', { first: 2 }],
  ])('T155 where a seal of this home %s: it is of another history', async (_what, changes) => {
    await append(0, LINES);
    await writeFile(sealPath(directory, 2), MINE.signSeal({ ...(await sealOf(2))!, ...changes }));
    const told: string[] = [];
    await expect(start({ onMark: (why) => told.push(why) })).rejects.toThrowError(
      /000002\.ndjson is not what was sealed: each/,
    );
    expect(told).toEqual([expect.stringContaining('no seal of this home that fits')]);
  });

  test('T155 where lines were chained anew, each of them right, whatever became of the mark', async () => {
    await append(0, LINES);
    await chainAnew();
    await removeMark(directory);
    await expect(start()).rejects.toThrowError(
      /000001\.ndjson is not what was sealed: each of its lines is right, and they are others/,
    );
  });
});

describe('the whole check', () => {
  /** Other lines of these ledgers have no real signatures: that is what `verify.test.ts` is about. */
  const suite: Suite = { ...suiteWasm, verify: () => true };
  const filled = async () => {
    const { ledger } = await start();
    await ledger.append(() => [ownEntry(7)]);
    await ledger.close();
    await append(0, LINES);
  };

  test('compares every closed segment with its seal, and counts those that have one', async () => {
    await filled();
    const segments = await count('ndjson');
    expect(await verifyLedger(directory, suite)).toMatchObject({
      n: LINES + 1,
      segments,
      sealed: segments - 1,
    });
    await rm(sealPath(directory, 2));
    expect(await verifyLedger(directory, suite)).toMatchObject({ segments, sealed: segments - 2 });
  });

  test('T155 names a segment that was chained anew', async () => {
    await filled();
    await chainAnew();
    await expect(verifyLedger(directory, suite)).rejects.toThrowError(
      /000001\.ndjson is not what was sealed/,
    );
  });

  test('T155 names a seal that no key of this home signed', async () => {
    await filled();
    await writeFile(sealPath(directory, 2), markSigner(8).signSeal((await sealOf(2))!));
    await expect(verifyLedger(directory, suite)).rejects.toThrowError(/000002\.seal is no seal of this home/);
  });
});
