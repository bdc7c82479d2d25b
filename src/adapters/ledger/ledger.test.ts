import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import {
  appendFile,
  mkdtemp,
  open,
  readdir,
  readFile,
  rm,
  stat,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { isSlow, times } from '../../../test/support/counts.ts';
import { entry, nameOf, sealed, sha256 } from '../../../test/support/ledger-events.ts';
import { GENESIS, type Line, verifyChain } from '../../core/ledger/line.ts';
import { systemClock } from '../system/clock.ts';
import { acquireLock } from '../system/lock.ts';
import { type OpenLedgerOptions, openLedger } from './ledger.ts';
import { readLedger } from './read.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'entangle-ledger-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

/** Opens the ledger and collects what its follower sees. */
async function openHere(options: Partial<OpenLedgerOptions> = {}) {
  const seen: Line[] = [];
  const ledger = await openLedger({
    directory,
    mode: 'exclusive',
    from: 0,
    follow: (line) => seen.push(line),
    clock: systemClock,
    sha256,
    ...options,
  });
  return { ledger, seen, names: () => seen.map((line) => nameOf(line.event)) };
}
async function filled(count: number, options: Partial<OpenLedgerOptions> = {}): Promise<string> {
  const { ledger } = await openHere(options);
  await Promise.all(Array.from({ length: count }, (_, i) => ledger.append(() => [entry(`e${i}`)])));
  await ledger.close();
  return join(directory, '000001.ndjson');
}
async function collect(lines: AsyncIterable<Line>): Promise<Line[]> {
  const all: Line[] = [];
  for await (const line of lines) all.push(line);
  return all;
}
const range = (count: number) => Array.from({ length: count }, (_, i) => i);
/** From one byte to another: those around the ends of lines, and each eleventh, so that each bit has its turn; with SLOW=1 all. */
const placesIn = (whole: Buffer, from: number, to: number): number[] =>
  range(to - from)
    .map((i) => from + i)
    .filter((at) => isSlow || at % 11 === 0 || whole.subarray(Math.max(0, at - 3), at + 4).includes(0x0a));

describe('append', () => {
  test('lines are numbered, chained, followed, and there again after reopening', async () => {
    const first = await openHere();
    expect(first.ledger.head).toEqual(GENESIS);
    const lines = await first.ledger.append(() => [entry('a'), sealed('b')]);
    await first.ledger.append(() => [entry('c')]);
    expect(lines.map((line) => line.n)).toEqual([1, 2]);
    await first.ledger.close();

    const again = await openHere();
    expect(again.seen).toEqual(first.seen);
    expect(again.names()).toEqual(['a', 'b', 'c']);
    expect(verifyChain(sha256, again.seen)).toEqual(again.ledger.head);
    await again.ledger.close();
    expect((await stat(join(directory, '000001.ndjson'))).mode & 0o777).toBe(0o600);
    expect((await stat(directory)).mode & 0o777).toBe(0o700);
  });

  test('a build sees every earlier line followed; it runs at once, long before the disk', async () => {
    const { ledger, names } = await openHere();
    const views: string[][] = [];
    const pending = range(3).map((i) =>
      ledger.append(() => {
        views.push(names());
        return [entry(`e${i}`)];
      }),
    );
    expect(views).toEqual([[], ['e0'], ['e0', 'e1']]);
    expect(ledger.head.n).toBe(3);
    // Before anything of it can reach the disk
    expect(readdirSync(directory)).toEqual([]);
    await Promise.all(pending);
    await ledger.close();
  });
});

describe('segments and reading', () => {
  test('rotates, reads from any line on across segments, and follows only after `from`', async () => {
    const { ledger, seen } = await openHere({ segmentBytes: 40_000 });
    for (const i of range(20)) await ledger.append(() => range(40).map((k) => entry(`e${i}-${k}`)));
    const segments = (await readdir(directory)).length;
    expect(segments).toBeGreaterThan(5);
    for (const from of [-1, 0, 1, 2, 255, 256, 257, 258, 513, 799, 800, 801, 5_000])
      expect(await collect(ledger.read(from))).toEqual(seen.filter((line) => line.n >= from));
    await ledger.close();

    const again = await openHere({ segmentBytes: 40_000, from: 700 });
    expect(again.seen).toEqual(seen.slice(700));
    expect(await collect(again.ledger.read(300))).toEqual(seen.slice(299));
    await again.ledger.append(() => [entry('more')]);
    expect(again.names().at(-1)).toBe('more');
    await again.ledger.close();
  });

  test('a line is read at its own byte, whatever became of those before it', async () => {
    const { ledger, seen } = await openHere({ segmentBytes: 40_000 });
    await ledger.append(() => range(60).map((i) => entry(`e${i}`)));
    const file = await open(join(directory, '000001.ndjson'), 'r+');
    await file.write('\n', 40);
    await file.close();
    expect(await collect(ledger.read(2))).toEqual(seen.slice(1));
    await expect(collect(ledger.read(1))).rejects.toThrowError(/not JSON/);
    await ledger.close();
  });

  test('a reader sees durable lines only, also those that became durable while it read', async () => {
    const { ledger } = await openHere();
    await ledger.append(() => range(3).map((i) => entry(`e${i}`)));
    const pending = ledger.append(() => [entry('later')]);
    const found: string[] = [];
    for await (const line of ledger.read(1)) {
      found.push(nameOf(line.event));
      if (line.n === 2) await pending;
    }
    expect(found).toEqual(['e0', 'e1', 'e2', 'later']);
    await ledger.close();
  });

  test('read from beside: no lock, nothing changed, a torn end is the end, damage is damage', async () => {
    expect(await collect(readLedger(join(directory, 'none'), 1))).toEqual([]);
    const { ledger, seen } = await openHere({ acquireLock, segmentBytes: 10_000 });
    for (const i of range(30)) await ledger.append(() => [entry(`e${i}`)]);
    expect(await collect(readLedger(directory, 1))).toEqual(seen);
    expect(await collect(readLedger(directory, 25))).toEqual(seen.slice(24));
    await ledger.close();
    const last = (await readdir(directory)).filter((name) => name.endsWith('.ndjson')).at(-1)!;
    await appendFile(join(directory, last), '{"n":31');
    const before = await readFile(join(directory, last));
    expect(await collect(readLedger(directory, 1))).toEqual(seen);
    expect(await readFile(join(directory, last))).toEqual(before);
    await appendFile(join(directory, last), '\n\n');
    await expect(collect(readLedger(directory, 1))).rejects.toThrowError(`${last} is damaged at byte`);
  });

  test('a projection that is ahead of the ledger is told, not followed into nowhere', async () => {
    await filled(3);
    await expect(openHere({ from: 4 })).rejects.toThrowError('ahead of the ledger: line 4 of 3');
    const { ledger, seen } = await openHere({ from: 3 });
    await ledger.append(() => [entry('next')]);
    expect(seen.map((line) => line.n)).toEqual([4]);
    await ledger.close();
  });

  test('a missing segment is named', async () => {
    await filled(1);
    await writeFile(join(directory, '000003.ndjson'), '');
    await expect(openHere()).rejects.toThrowError(/segment is missing: .*000002\.ndjson/);
  });

  test('more lines than are read at once are verified', async () => {
    const { ledger } = await openHere();
    const blocks = times(4, 20);
    for (const i of range(blocks)) await ledger.append(() => range(1_000).map((k) => entry(`e${i}-${k}`)));
    await ledger.close();
    expect((await stat(join(directory, '000001.ndjson'))).size).toBeGreaterThan(2 ** 20);
    const again = await openHere();
    expect(again.ledger.head.n).toBe(blocks * 1_000);
    await again.ledger.close();
  });
});

describe('T95: a torn end and damage', () => {
  test.each(['000001.ndjson', '000002.ndjson'])(
    'a pipe in the place of %s is refused, not waited for',
    async (name) => {
      await filled(2);
      const path = join(directory, name);
      await rm(path, { force: true });
      execFileSync('mkfifo', [path]);
      const refused = expect.objectContaining({ message: `${path} is not a regular file` });
      await expect(openHere()).rejects.toThrow(refused);
      await expect(readLedger(directory, 3).next()).rejects.toThrow(refused);
    },
  );

  test('cut off at any byte of the last two lines: opens, only what was cut is lost', async () => {
    const path = await filled(4);
    const whole = await readFile(path);
    const ends = range(whole.length).filter((i) => whole[i] === 0x0a);
    for (const size of [...placesIn(whole, ends[1]! + 1, whole.length), whole.length]) {
      await truncate(path, 0);
      await writeFile(path, whole.subarray(0, size));
      const cuts: number[] = [];
      const { ledger, names } = await openHere({ onCut: (cut) => cuts.push(cut.offset) });
      const kept = ends.filter((end) => end < size).length;
      expect(names()).toEqual(['e0', 'e1', 'e2', 'e3'].slice(0, kept));
      expect(cuts).toEqual(size === ends[kept - 1]! + 1 ? [] : [ends[kept - 1]! + 1]);
      await ledger.append(() => [entry('after')]);
      await ledger.close();
      const again = await openHere();
      expect(again.names()).toEqual([...['e0', 'e1', 'e2', 'e3'].slice(0, kept), 'after']);
      await again.ledger.close();
    }
  });

  test('a last line of garbage is cut, also with a newline after it', async () => {
    const path = await filled(2);
    for (const garbage of ['{"n":3', '\0\0\0\n', 'ÿ\n', '\n']) {
      await appendFile(path, garbage);
      const { ledger, names } = await openHere();
      expect(names()).toEqual(['e0', 'e1']);
      await ledger.close();
    }
  });

  test('any flipped bit before the end stops with file and offset', async () => {
    const path = await filled(4);
    const whole = await readFile(path);
    const second = whole.indexOf(0x0a) + 1;
    const third = whole.indexOf(0x0a, second) + 1;
    for (const i of placesIn(whole, second, third)) {
      const bytes = Buffer.from(whole);
      bytes[i] = bytes[i]! ^ (1 << (i % 8));
      await writeFile(path, bytes);
      await expect(openHere(), `byte ${i}`).rejects.toThrowError(`${path} is damaged at byte ${second}`);
    }
    expect(Buffer.compare(await readFile(path), whole)).not.toBe(0);
  });

  test('T102: a deleted, doubled or moved line, or a torn end that is not the last segment', async () => {
    const path = await filled(4);
    const lines = (await readFile(path, 'utf8')).trimEnd().split('\n');
    const [a, b, c, d] = lines as [string, string, string, string];
    for (const order of [
      [a, c, d],
      [a, b, b, c],
      [b, c, d],
      [a, c, b, d],
    ]) {
      await writeFile(path, `${order.join('\n')}\n`);
      await expect(openHere()).rejects.toMatchObject({
        code: 'invalid',
        message: expect.stringContaining(path),
      });
    }
    await writeFile(path, lines.join('\n'));
    await writeFile(join(directory, '000002.ndjson'), '');
    await expect(openHere()).rejects.toThrowError(/000001\.ndjson is damaged at byte \d+: .*cut off/);
    await writeFile(path, 'x'.repeat(2_000_000));
    await expect(openHere()).rejects.toThrowError(/damaged at byte 0: a line without end/);
  });
});

describe('shared mode', () => {
  test('two writers in turn: one chain, both followers see all in the same order', async () => {
    const one = await openHere({ mode: 'shared', segmentBytes: 20_000 });
    const two = await openHere({ mode: 'shared', segmentBytes: 20_000 });
    const views: number[] = [];
    await Promise.all(
      range(60).flatMap((i) => [
        one.ledger.append(() => [entry(`one ${i}`)]),
        two.ledger.append(() => {
          views.push(two.seen.length);
          return [entry(`two ${i}`)];
        }),
      ]),
    );
    await Promise.all([one.ledger.catchUp(), two.ledger.catchUp()]);
    expect(one.seen).toEqual(two.seen);
    expect(verifyChain(sha256, one.seen)).toEqual({ n: 120, chain: two.ledger.head.chain });
    expect(await collect(one.ledger.read(1))).toEqual(one.seen);
    expect(await collect(two.ledger.read(50))).toEqual(one.seen.slice(49));
    expect(views).toEqual([...views].sort((a, b) => a - b));
    await Promise.all([one.ledger.close(), two.ledger.close()]);
  });

  test('a torn end that another process left is cut by the next writer', async () => {
    const { ledger, names } = await openHere({ mode: 'shared' });
    await ledger.append(() => [entry('a')]);
    await appendFile(join(directory, '000001.ndjson'), '{"n":2,"at":"20');
    await ledger.append(() => [entry('b')]);
    await ledger.close();
    expect(names()).toEqual(['a', 'b']);
    const again = await openHere();
    expect(again.names()).toEqual(['a', 'b']);
    await again.ledger.close();
  });

  test('who serves the ledger exclusively is named to those who would share it; they can try again', async () => {
    const served = await openHere({ acquireLock, owner: 'entangle host serve' });
    await expect(openHere({ acquireLock })).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('held by entangle host serve (pid '),
    });
    await expect(openHere({ mode: 'shared', lockTimeoutMs: 20 })).rejects.toMatchObject({ code: 'conflict' });
    await served.ledger.close();
    const sharing = await openHere({ mode: 'shared', lockTimeoutMs: 20 });
    const lock = await acquireLock(join(directory, 'lock'), 'a slow one');
    await expect(sharing.ledger.append(() => [entry('a')])).rejects.toThrowError(/held by a slow one/);
    await lock.release();
    await sharing.ledger.append(() => [entry('b')]);
    expect(sharing.names()).toEqual(['b']);
    await sharing.ledger.close();
  });

  test('a ledger that shrank under us stops us', async () => {
    const { ledger } = await openHere({ mode: 'shared' });
    await ledger.append(() => [entry('a')]);
    await truncate(join(directory, '000001.ndjson'), 10);
    await expect(ledger.append(() => [entry('b')])).rejects.toThrowError(/became shorter/);
    await expect(ledger.append(() => [entry('c')])).rejects.toThrowError(/became shorter/);
    await ledger.close();
  });
});
