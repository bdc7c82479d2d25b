/** What is over in files of its own: written once, named by the working set, made anew where one is not what it was. */
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { HomeName } from '../../../test/support/chronicle.ts';
import { times } from '../../../test/support/counts.ts';
import { createHistory } from '../../../test/support/history.ts';
import { memoryTables } from '../../../test/support/memory-tables.ts';
import { createWorld } from '../../../test/support/world.ts';
import { dump } from '../../core/projection/dump.ts';
import { foldLine } from '../../core/projection/fold.ts';
import { MOVING, overAt } from '../../core/projection/history/over.ts';
import { ROWS } from '../../core/projection/rows.ts';
import { openProjection } from './projection.ts';

const world = createWorld();
const { sha256 } = world.suite;
const history = createHistory(world);
const BOUNDS = { after: 3, every: 2 };

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'entangle-chunks-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));
const file = () => join(directory, 'p.sqlite');
const chunks = () => join(directory, 'history');
const names = () => readdirSync(chunks()).sort();

const open = (
  more: { isAlone?: boolean; onDamage?: (error: Error) => void } = {},
  options: { isInParts?: boolean } = {},
) =>
  openProjection({
    ...options,
    ...{ file: file(), schema: ROWS, schemaVersion: 1, sha256 },
    history: { directory: chunks(), moving: MOVING, over: (tables, n) => overAt(tables, n, BOUNDS), ...more },
  });
type Opened = Awaited<ReturnType<typeof open>>;
const foldUntil = (projection: Opened, home: HomeName, last = Number.POSITIVE_INFINITY) => {
  for (const line of history[home])
    if (line.n > projection.folded && line.n <= last)
      projection.fold(line.n, () => foldLine(projection.tables, line, sha256));
};
/** All lines folded at once, saved and closed. */
const whole = async (home: HomeName, more = {}) => {
  const projection = await open(more);
  foldUntil(projection, home);
  await projection.save();
  const found = { digest: projection.digest(), discarded: projection.discarded };
  projection.close();
  return found;
};
const oracleOf = (home: HomeName) => {
  const oracle = memoryTables(ROWS);
  for (const line of history[home]) foldLine(oracle, line, sha256);
  return oracle;
};

describe.each<HomeName>(['host', 'runner', 'user'])('of a %s', (home) => {
  test('the read models are those of one store, and the working set is a part of them', async () => {
    await whole(home);
    const [projection, oracle] = [await open(), oracleOf(home)];
    expect(projection.discarded).toBeNull();
    expect(dump(projection.tables, ROWS)).toEqual(dump(oracle, ROWS));
    expect(projection.tables.list('messages', {}, { order: 'line' })).toEqual(
      oracle.list('messages', {}, { order: 'line' }),
    );
    projection.close();
    const alone = await openProjection({ file: file(), schema: ROWS, schemaVersion: 1, sha256 });
    expect(alone.tables.count('messages')).toBeLessThan(oracle.count('messages'));
    expect(names()).toEqual(
      alone.tables
        .list('chunks')
        .map(({ digest }) => `${digest}.sqlite`)
        .sort(),
    );
    alone.close();
  });

  test('in bulk it comes to the same, and its chunks are on disk before it ends', async () => {
    const { digest } = await whole(home);
    const wanted = names();
    rmSync(chunks(), { recursive: true });
    rmSync(file());
    const projection = await open({ isAlone: true });
    await projection.inBulk(async () => {
      foldUntil(projection, home);
      await vi.waitFor(() => expect(names()).toEqual(wanted), { timeout: 60_000 });
    });
    expect(projection.digest()).toBe(digest);
    await projection.save();
    projection.close();
    expect((await whole(home)).digest).toBe(digest);
    expect(names()).toEqual(wanted);
  });

  test('killed after any line, before or after chunks were written, it comes to the same', async () => {
    const { digest } = await whole(home);
    const wanted = names();
    rmSync(chunks(), { recursive: true });
    rmSync(file());
    for (const { n } of history[home].filter(({ n }) => n % times(7, 1) === 0)) {
      const projection = await open();
      expect(projection.discarded).toBeNull();
      foldUntil(projection, home, n);
      const before = existsSync(file()) ? readFileSync(file()) : null;
      await projection.save();
      projection.close();
      // Of every three, one was killed between the chunks and the file that names them
      if (n % 3 === 0 && before) writeFileSync(file(), before);
    }
    expect((await whole(home)).digest).toBe(digest);
    expect(names()).toEqual(wanted);
  });
});

describe('T151: a chunk that is not what it was', () => {
  const damages: readonly [what: string, damage: (path: string) => void][] = [
    ['is missing', (path) => rmSync(path)],
    ['is shorter', (path) => truncateSync(path, 100)],
  ];
  test.each(damages)('and %s is found at the start: all is folded anew, and told once', async (_, damage) => {
    const { digest } = await whole('user');
    const wanted = names();
    const path = join(chunks(), wanted[0]!);
    damage(path);
    expect(await whole('user', { isAlone: true })).toEqual({
      digest,
      discarded: `its part ${path} is missing or damaged`,
    });
    expect(names()).toEqual(wanted);
    expect(await whole('user')).toEqual({ digest, discarded: null });
  });

  const changes: readonly [what: string, change: (path: string) => void, why: string][] = [
    [
      'has another byte',
      (path) => {
        const bytes = readFileSync(path);
        bytes[bytes.length - 5]! ^= 1;
        writeFileSync(path, bytes);
      },
      'it is damaged',
    ],
    [
      'is a link to the same bytes',
      (path) => {
        const elsewhere = join(directory, 'elsewhere');
        writeFileSync(elsewhere, readFileSync(path));
        rmSync(path);
        symlinkSync(elsewhere, path);
      },
      'ELOOP',
    ],
  ];
  test.each(changes)('and %s gives no rows, and the next start folds anew', async (_, change, why) => {
    const { digest } = await whole('user');
    const path = join(chunks(), names()[0]!);
    change(path);
    const told: string[] = [];
    const projection = await open({ onDamage: ({ message }) => told.push(message) });
    expect(projection.discarded).toBeNull();
    expect(() => projection.digest()).toThrow(why);
    projection.close();
    expect(told).toEqual([expect.stringContaining(path)]);
    const again = await whole('user');
    expect(again).toEqual({ digest, discarded: expect.stringContaining(path) });
    expect(await whole('user')).toEqual({ digest, discarded: null });
  });

  const losses = [...damages, ...changes].map(([what, lose]) => ({ what, lose }));
  test.each(losses)(
    'and $what gives no rows to who asks little, and the next start folds anew',
    async ({ lose }) => {
      const { digest } = await whole('user');
      const path = join(chunks(), names()[0]!);
      lose(path);
      const told: string[] = [];
      const projection = await open({ onDamage: ({ message }) => told.push(message) }, { isInParts: true });
      expect(projection.discarded).toBeNull();
      expect(() => projection.digest()).toThrow(path);
      projection.close();
      expect(told).toEqual([expect.stringContaining(path)]);
      const again = await open({}, { isInParts: true });
      expect(again.folded).toBe(0);
      foldUntil(again, 'user');
      expect(again.digest()).toBe(digest);
      again.close();
    },
  );

  test('and a file with other bytes is told, and gone', async () => {
    await whole('user');
    const bytes = readFileSync(file());
    // Of the last rows that were put there
    bytes[bytes.length - 17_000]! ^= 1;
    writeFileSync(file(), bytes);
    const told: string[] = [];
    const projection = await open({ onDamage: ({ message }) => told.push(message) }, { isInParts: true });
    expect(() => projection.digest()).toThrow('is not as it was written');
    projection.close();
    expect(told).toEqual([expect.stringContaining(file())]);
    expect(existsSync(file())).toBe(false);
  });

  test('and chunks of other lines go where no other process may have them, and stay where one may', async () => {
    await whole('user');
    writeFileSync(join(chunks(), 'other.sqlite'), '');
    rmSync(file());
    await whole('user');
    expect(names()).toContain('other.sqlite');
    rmSync(file());
    await whole('user', { isAlone: true });
    expect(names()).not.toContain('other.sqlite');
  });
});
