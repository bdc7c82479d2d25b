/** A start goes on from the mark exactly where every byte before it is as it was; else it verifies all and says why. */
import { appendFile, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { entry, nameOf, sha256 as plainSha256 } from '../../../test/support/ledger-events.ts';
import { markSigner } from '../../../test/support/ledger-marks.ts';
import { GENESIS, type Head, type Line, nextLine, writeLine } from '../../core/ledger/line.ts';
import { systemClock } from '../system/clock.ts';
import { discardLedger } from './discard.ts';
import { type OpenLedgerOptions, openLedger } from './ledger.ts';

const LINES = 600;
let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'entangle-mark-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const MINE = markSigner(7);

/** Opens the ledger; `hashed` tells how many hashes the verification took, `told` what was said of the mark. */
const start = async (options: Partial<OpenLedgerOptions> = {}) => {
  const seen: Line[] = [];
  const told: string[] = [];
  let hashed = 0;
  const ledger = await openLedger({
    directory,
    mode: 'exclusive',
    from: 0,
    follow: (line) => seen.push(line),
    clock: systemClock,
    sha256: (bytes) => {
      hashed += 1;
      return plainSha256(bytes);
    },
    marks: MINE,
    onMark: (why) => told.push(why),
    segmentBytes: 40_000,
    ...options,
  });
  const verified = hashed;
  return { ledger, seen, told, verified, names: () => seen.map(({ event }) => nameOf(event)) };
};
const append = async (count: number, from = 0, options: Partial<OpenLedgerOptions> = {}) => {
  const one = await start(options);
  for (let i = 0; i < count; i += 50)
    await one.ledger.append(() => Array.from({ length: 50 }, (_, j) => entry(`e${from + i + j}`)));
  await one.ledger.close();
};
const restart = async (options: Partial<OpenLedgerOptions> = {}) => {
  const one = await start(options);
  await one.ledger.close();
  return { ...one, head: one.ledger.head };
};
async function* take(lines: AsyncIterable<Line>, count: number): AsyncGenerator<Line> {
  let left = count;
  for await (const line of lines) {
    yield line;
    if (--left === 0) return;
  }
}
const collect = async (lines: AsyncIterable<Line>): Promise<Line[]> => {
  const all: Line[] = [];
  for await (const line of lines) all.push(line);
  return all;
};
const markFile = () => join(directory, 'verified.json');
const segment = (n: number) => join(directory, `${String(n).padStart(6, '0')}.ndjson`);
/** Three hashes a line: its id, its leaf, the chain. */
const ALL = 3 * LINES;

describe('a ledger with its mark', () => {
  test('is gone on from without verifying a line again, and ends at the same head', async () => {
    await append(LINES);
    const whole = await restart({ marks: null });
    expect(whole.verified).toBe(ALL);
    const fast = await restart({ known: LINES - 1 });
    expect([fast.verified, fast.told, fast.names()]).toEqual([0, [], [`e${LINES - 1}`]]);
    expect(fast.head).toEqual(whole.head);
  });

  test('gives the follower every line that it does not know, as without a mark', async () => {
    await append(LINES);
    const { seen } = await restart({ marks: null });
    for (const known of [-1, 0, 1, 255, 256, 257, LINES - 1])
      expect((await restart({ known })).seen).toEqual(seen.slice(Math.max(0, known)));
    expect((await restart({ known: 10, from: 300 })).seen).toEqual(seen.slice(300));
  });

  test('verifies what came after it, and moves on', async () => {
    await append(LINES);
    await append(50, LINES);
    expect((await restart({ known: LINES + 49 })).verified).toBe(150);
    await append(200, LINES + 50);
    const last = await restart({ known: LINES + 249 });
    expect([last.verified, last.head.n]).toEqual([0, LINES + 250]);
  });

  test('is written while lines are appended: a process that is killed leaves it', async () => {
    const one = await start();
    for (let i = 0; i < 1_100; i += 100)
      await one.ledger.append(() => Array.from({ length: 100 }, (_, j) => entry(`e${i + j}`)));
    // Answered when what went before is done, the mark with it
    await one.ledger.append(() => []);
    const { n } = MINE.read(await readFile(markFile(), 'utf8'))!;
    expect(n).toBeGreaterThanOrEqual(1_024);
    await one.ledger.close();
  });

  test('reads lines from any number on, across segments', async () => {
    await append(LINES);
    expect((await readdir(directory)).length).toBeGreaterThan(4);
    const { ledger } = await start({ known: LINES });
    for (const from of [1, 255, 256, 257, 400, LINES]) {
      const [first] = await collect(ledger.read(from));
      expect(first?.n).toBe(from);
    }
    await ledger.append(() => [entry('more')]);
    expect((await collect(ledger.read(LINES))).map(({ event }) => nameOf(event))).toEqual([
      `e${LINES - 1}`,
      'more',
    ]);
    await ledger.close();
  });

  test('is shared by processes that take turns', async () => {
    await append(LINES);
    const [one, two] = [
      await start({ mode: 'shared', known: LINES }),
      await start({ mode: 'shared', known: LINES }),
    ];
    await one.ledger.append(() => [entry('a')]);
    await two.ledger.append(() => [entry('b')]);
    await one.ledger.catchUp();
    expect([one.names(), two.names()]).toEqual([
      ['a', 'b'],
      ['a', 'b'],
    ]);
    for (const { ledger } of [one, two]) await ledger.close();
    expect((await restart({ marks: null })).head.n).toBe(LINES + 2);
  });

  test('goes with the ledger that is discarded', async () => {
    await append(LINES);
    await discardLedger(directory, []);
    expect((await readdir(directory)).filter((name) => name !== 'lock')).toEqual([]);
  });

  test('is not written for a few lines', async () => {
    await append(50);
    expect(await readdir(directory)).not.toContain('verified.json');
  });
});

describe('all is verified, and said why, where', () => {
  const UNSIGNED = expect.stringContaining('not signed by this home');
  const SHORTER = expect.stringContaining('shorter than it was');
  const OTHER = expect.stringContaining('other bytes than it had');
  const wholly = async (why: unknown, lines = LINES) => {
    const one = await restart({ known: LINES });
    expect([one.told, one.verified]).toEqual([[why], 3 * lines]);
    return one;
  };

  test('another key forged the mark', async () => {
    await append(LINES, 0, { marks: markSigner(8) });
    await wholly(UNSIGNED);
    expect((await restart({ known: LINES })).told).toEqual([]);
  });

  test.each([
    ['is cut off', (text: string) => text.slice(0, 100)],
    ['is empty', () => ''],
    ['says another place', (text: string) => text.replace(/\\"offset\\":\d+/, '\\"offset\\":0')],
    ['is of another shape', () => '{}'],
  ])('the file of the mark %s', async (_what, change) => {
    await append(LINES);
    await writeFile(markFile(), change(await readFile(markFile(), 'utf8')));
    await wholly(UNSIGNED);
  });

  test('the mark is of another ledger of the same home', async () => {
    await append(LINES);
    const mark = await readFile(markFile());
    await rm(directory, { recursive: true });
    await append(LINES + 50, 1);
    await writeFile(markFile(), mark);
    await wholly(expect.stringContaining('no seal of this home that fits'), LINES + 50);
  });

  test('lines before it were changed and chained anew', async () => {
    await append(300, 0, { segmentBytes: 10_000_000 });
    let last: Line = { ...GENESIS } as Line;
    const texts: string[] = [];
    for (let i = 0; i < 300; i++) {
      last = nextLine(plainSha256, last, '2026-11-23T10:00:00.000Z', entry(i === 5 ? 'forged' : `e${i}`));
      texts.push(writeLine(last));
    }
    await writeFile(segment(1), `${texts.join('\n')}\n`);
    await wholly(OTHER, 300);
  });

  test('lines at its end are gone', async () => {
    await append(LINES);
    const last = (await readdir(directory))
      .filter((name) => name.endsWith('.ndjson'))
      .sort()
      .at(-1)!;
    await rm(join(directory, last));
    const one = await restart({ known: LINES });
    expect(one.told).toEqual([SHORTER]);
    expect(one.head.n).toBeLessThan(LINES);
  });

  test('an older mark of this home is gone on from: it says less, and nothing wrong', async () => {
    await append(300);
    const old = await readFile(markFile());
    await append(300, 300);
    await writeFile(markFile(), old);
    const one = await restart({ known: LINES });
    expect([one.told, one.verified]).toEqual([[], 900]);
  });
});

describe('damage before the mark', () => {
  test('of a single bit stops the start with file and byte, as without a mark', async () => {
    await append(LINES);
    const last = segment((await readdir(directory)).filter((name) => name.endsWith('.ndjson')).length);
    const bytes = await readFile(last);
    bytes[1_000]! ^= 1;
    await writeFile(last, bytes);
    await expect(start({ known: LINES })).rejects.toMatchObject({
      code: 'invalid',
      message: expect.stringMatching(/00000\d\.ndjson is damaged at byte \d+/),
    });
  });

  test('of a segment that is cut in the middle does so too', async () => {
    await append(LINES);
    await truncate(segment(2), 5_000);
    await expect(start({ known: LINES })).rejects.toMatchObject({ code: 'invalid' });
  });

  test('a torn end after it is cut, and nothing else', async () => {
    await append(LINES);
    const last = (await readdir(directory))
      .filter((name) => name.endsWith('.ndjson'))
      .sort()
      .at(-1)!;
    await appendFile(join(directory, last), '{"n":601,"at"');
    const cuts: unknown[] = [];
    const one = await restart({ known: LINES, onCut: (cut) => cuts.push(cut) });
    expect([cuts.length, one.verified, one.head.n]).toEqual([1, 0, LINES]);
    expect((await restart({ marks: null })).head.n).toBe(LINES);
  });

  test('what a crash left beside it while it was written is no mark', async () => {
    await append(LINES);
    await writeFile(join(directory, '.new-0123'), 'half');
    expect((await restart({ known: LINES })).told).toEqual([]);
  });
});

describe('who asks little takes the open segment by the mark too', () => {
  const brief = (options: Partial<OpenLedgerOptions> = {}) =>
    start({ isBrief: true, segmentBytes: 10_000_000, known: LINES, ...options });
  const whole = (options: Partial<OpenLedgerOptions> = {}) =>
    restart({ segmentBytes: 10_000_000, known: LINES, ...options });
  const filled = () => append(LINES, 0, { segmentBytes: 10_000_000 });
  const segmentFile = () => join(directory, '000001.ndjson');
  const changeLine = async (n: number): Promise<void> => {
    const bytes = await readFile(segmentFile());
    bytes[bytes.indexOf(`{"n":${n},`) + 40]! ^= 1;
    await writeFile(segmentFile(), bytes);
  };
  const refused = (n: number) => new RegExp(`000001\\.ndjson is damaged at byte \\d+, line ${n}: `);

  test('and any line is read there, few and many, and what came after it', async () => {
    await filled();
    await append(50, LINES, { segmentBytes: 10_000_000 });
    const { seen: lines } = await whole({ marks: null });
    const one = await brief();
    expect([one.verified, one.told, one.ledger.head.n]).toEqual([150, [], LINES + 50]);
    for (const from of [300, 1, LINES, LINES + 1, LINES + 49, 2])
      expect(await collect(one.ledger.read(from))).toEqual(lines.slice(from - 1));
    await one.ledger.close();
  });

  test('and what it appends is marked and sealed as by anybody', async () => {
    await filled();
    for (const segmentBytes of [10_000_000, 300_000]) {
      const one = await brief({ segmentBytes });
      for (let i = 0; i < 100; i++) await one.ledger.append(() => [entry(`more ${segmentBytes} ${i}`)]);
      await one.ledger.close();
      const again = await whole({ segmentBytes, known: LINES + 200 });
      expect([segmentBytes, again.verified, again.told]).toEqual([segmentBytes, 0, []]);
    }
    expect(await readdir(directory)).toContain('000001.seal');
    expect((await whole({ marks: null })).head.n).toBe(LINES + 200);
  });

  test('a changed line is named by who reads it, and the next start verifies all', async () => {
    await filled();
    await changeLine(400);
    const one = await brief();
    expect([one.verified, one.told]).toEqual([0, []]);
    const [first] = await collect(take(one.ledger.read(200), 1));
    expect(first!.n).toBe(200);
    await expect(collect(one.ledger.read(400))).rejects.toThrow(refused(400));
    await one.ledger.close();
    await expect(brief()).rejects.toThrow(/000001\.ndjson is damaged at byte/);
  });

  test('a changed line is found where the next mark is due: nothing more is said by that process', async () => {
    await filled();
    await changeLine(400);
    const failed: Error[] = [];
    const one = await brief({ onFatal: (error) => failed.push(error) });
    await one.ledger.append(() => Array.from({ length: 1_100 }, (_, i) => entry(`more ${i}`)));
    await expect(one.ledger.append(() => [entry('last')])).rejects.toThrow(
      'is not what the mark was written of',
    );
    expect(failed).toHaveLength(1);
    await one.ledger.close();
    expect(await readdir(directory)).not.toContain('verified.json');
    await expect(brief()).rejects.toThrow(/000001\.ndjson is damaged at byte/);
  });

  test('T155 and last lines that were written anew, each after the other, are no start', async () => {
    await filled();
    const { seen: lines } = await whole({ marks: null, known: 0 });
    let head: Head = lines[LINES - 6]!;
    // As long as those were
    const others = lines.slice(-5).map(({ at, event }) => {
      const other = nextLine(plainSha256, head, at, entry(nameOf(event).replace('e', 'f')));
      head = other;
      return other;
    });
    const text = [...lines.slice(0, -5), ...others].map((line) => `${writeLine(line)}\n`).join('');
    await writeFile(segmentFile(), text);
    await expect(brief({ known: LINES - 5 })).rejects.toThrow('000001.ndjson');
  });

  test('and a shorter one is told, and verified', async () => {
    await filled();
    const bytes = await readFile(segmentFile());
    await truncate(segmentFile(), bytes.lastIndexOf('\n', bytes.length - 2) + 1);
    const one = await brief({ known: 0 });
    expect(one.told).toEqual([expect.stringContaining('the ledger is shorter than it was')]);
    expect(one.verified).toBe(3 * (LINES - 1));
    await one.ledger.close();
  });
});
