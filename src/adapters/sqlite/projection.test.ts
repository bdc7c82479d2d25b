import { execFileSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { times } from '../../../test/support/counts.ts';
import { sha256 } from '../../../test/support/ledger-events.ts';
import { memoryTables } from '../../../test/support/memory-tables.ts';
import { type Labels, node, testSchema as schema } from '../../../test/support/test-schema.ts';
import { dump, dumpDigest } from '../../core/projection/dump.ts';
import { MapTables } from '../../core/projection/map-tables.ts';
import { type AnyTables, json, nullable, type Schema, text } from '../../core/projection/tables.ts';
import { FileParts, inParts, splitIntoParts } from './file-parts.ts';
import { type OpenProjectionOptions, openProjection } from './projection.ts';

let directory: string;
let file: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'entangle-projection-'));
  file = join(directory, 'projection.sqlite');
});
afterEach(() => rm(directory, { recursive: true, force: true }));
const openHere = (options: Partial<OpenProjectionOptions<typeof schema>> = {}) =>
  openProjection({ file, schema, schemaVersion: 1, sha256, ...options });

const inPartsOf = async (body: Uint8Array): Promise<Buffer> => {
  const parts: Uint8Array[] = [];
  for await (const part of inParts(splitIntoParts(body))) parts.push(part);
  return Buffer.concat(parts);
};

const someText = fc.oneof(
  fc.constantFrom('a', 'b', 'c', '\ue000', '\u{1f600}', ''),
  fc.string({ unit: 'binary' }),
);
const someInt = fc.oneof(fc.nat(5), fc.maxSafeInteger());
/** Names and texts that JSON escapes, keys in any order, and null inside a value, which is no null column. */
const labels: fc.Arbitrary<Labels> = fc.dictionary(
  someText,
  fc.array(fc.oneof(someText, someInt, fc.boolean(), fc.constant(null)), { maxLength: 3 }),
  { maxKeys: 3, noNullPrototype: true },
);
const step = fc.oneof(
  fc.record({
    op: fc.constant('put' as const),
    graph: someText,
    name: someText,
    state: fc.option(someText),
    rank: fc.option(someInt),
    labels: fc.option(labels),
  }),
  fc.record({ op: fc.constant('remove' as const), graph: someText, name: someText }),
  fc.record({
    op: fc.constant('list' as const),
    where: fc.oneof(
      fc.constant({}),
      fc.record({ state: fc.option(someText) }),
      fc.record({ rank: fc.option(someInt), graph: someText }),
    ),
    order: fc.constantFrom(undefined, 'rank', 'state', 'name'),
    descending: fc.boolean(),
    limit: fc.nat(4),
    after: fc.boolean(),
  }),
);

test('property: SQLite and maps answer every history of calls as the oracle does, with the same digest', async () => {
  const projection = await openHere();
  const maps = new MapTables(schema);
  const both = [projection.tables, maps as AnyTables as typeof projection.tables];
  const property = fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
    const oracle = memoryTables(schema);
    for (const row of projection.tables.list('nodes'))
      for (const t of both) t.remove('nodes', row.graph, row.name);
    for (const one of steps) {
      if (one.op === 'put') {
        const { graph, name, state, rank, labels } = one;
        for (const t of [...both, oracle]) t.put('nodes', node(graph, name, { state, rank, labels }));
      } else if (one.op === 'remove')
        for (const t of [...both, oracle]) t.remove('nodes', one.graph, one.name);
      else {
        const { where, order, descending, limit, after } = one;
        const options = {
          descending,
          ...(order === undefined ? {} : { order }),
          ...(after ? { after: order === 'rank' ? 2 : 'b' } : {}),
        };
        // Some are put in order by SQLite, all of them here
        for (const t of both) {
          for (const asked of [options, { ...options, limit }])
            expect(t.list('nodes', where, asked)).toEqual(oracle.list('nodes', where, asked));
          expect(t.count('nodes', where)).toBe(oracle.count('nodes', where));
        }
      }
    }
    for (const t of both) expect(dump(t, schema)).toEqual(dump(oracle, schema));
    expect(projection.digest()).toBe(dumpDigest(oracle, schema, sha256));
  });
  fc.assert(property, { numRuns: times(150, 2_000) });
  projection.close();
});

const someHex = fc.constantFrom('', '00', '0001', 'ff', 'a0b1', 'abc', 'AB', 'z', '-', '\u{1f600}');
const sign = fc.record({
  ...{ op: fc.constantFrom('put' as const, 'remove' as const, 'list' as const, 'fail' as const) },
  ...{ id: someHex, of: someText, re: fc.option(someHex), by: fc.option(someText), n: fc.nat(3) },
  ...{ order: fc.constantFrom('id' as const, 'of' as const, 'by' as const, 're' as const, undefined) },
  ...{ descending: fc.boolean(), after: fc.constantFrom(undefined, 'b', '00') },
  limit: fc.nat(4),
});

test('property: bytes and texts that are kept once are found and ordered as the oracle does, though folds failed', async () => {
  const projection = await openHere();
  let line = 0;
  const property = fc.property(fc.array(sign, { maxLength: 30 }), (steps) => {
    const oracle = memoryTables(schema);
    const { tables } = projection;
    for (const row of tables.list('signs')) tables.remove('signs', row.of, row.id);
    for (const { op, order, descending, after, limit, ...row } of steps) {
      if (op === 'put') for (const t of [tables, oracle]) t.put('signs', row);
      if (op === 'remove') for (const t of [tables, oracle]) t.remove('signs', row.of, row.id);
      if (op === 'fail')
        expect(() =>
          projection.fold(++line, () => {
            tables.put('signs', { ...row, of: `${line} ${row.of}` });
            throw new Error('reducer bug');
          }),
        ).toThrow('reducer bug');
      const { id, of, re, by } = row;
      expect(tables.get('signs', of, id)).toEqual(oracle.get('signs', of, id));
      const from = order === 'id' || order === 're' ? { after: '00' } : after === undefined ? {} : { after };
      const options = { descending, ...(order === undefined ? {} : { order, ...from }) };
      for (const where of [{}, { of }, { by }, { re, by }]) {
        for (const asked of [options, { ...options, limit }])
          expect(tables.list('signs', where, asked)).toEqual(oracle.list('signs', where, asked));
        expect(tables.count('signs', where)).toBe(oracle.count('signs', where));
      }
    }
    expect(dump(tables, schema)).toEqual(dump(oracle, schema));
  });
  fc.assert(property, { numRuns: times(100, 2_000) });
  projection.close();
});

describe('in bulk', () => {
  const put = (projection: Awaited<ReturnType<typeof openHere>>, n: number) =>
    projection.fold(n, () => projection.tables.put('nodes', node('g', `${n}`, { labels: { a: [n] } })));

  test('what is folded from the first line on is there afterwards, and in the file', async () => {
    const projection = await openHere();
    await projection.inBulk(async () => {
      for (let n = 1; n <= 3_000; n++) put(projection, n);
      await expect(projection.save()).rejects.toThrow('inside a fold');
    });
    put(projection, 3_001);
    expect(projection.tables.count('nodes')).toBe(3_001);
    const digest = projection.digest();
    await projection.save();
    projection.close();
    const again = await openHere();
    expect([again.folded, again.digest()]).toEqual([3_001, digest]);
    again.close();
  });

  test('what comes to a file that has lines is one transaction a line', async () => {
    const projection = await openHere();
    put(projection, 1);
    await projection.inBulk(async () => {
      const fail = () => {
        projection.tables.put('nodes', node('g', 'half'));
        throw new Error('reducer bug');
      };
      expect(() => projection.fold(2, fail)).toThrow('reducer bug');
    });
    expect(projection.tables.count('nodes')).toBe(1);
    projection.close();
  });

  test('what failed is in no file', async () => {
    const projection = await openHere();
    const failing = projection.inBulk(async () => {
      put(projection, 1);
      throw new Error('damaged');
    });
    await expect(failing).rejects.toThrow('damaged');
    await expect(projection.save()).rejects.toThrow('inside a fold');
    projection.close();
  });
});

describe('digest', () => {
  test('tells rows apart, but not how or when they arrived', async () => {
    const [a, b] = [memoryTables(schema), memoryTables(schema)];
    a.put('counts', { key: 'x', n: 1 });
    a.put('nodes', node('g', 'n', { seen_at: 'monday' }));
    b.put('nodes', node('g', 'n', { seen_at: 'tuesday' }));
    b.put('rejects', { reason: 'flood', n: 7 });
    b.put('counts', { key: 'x', n: 1 });
    expect(dumpDigest(a, schema, sha256)).toBe(dumpDigest(b, schema, sha256));
    b.put('counts', { key: 'x', n: 2 });
    expect(dumpDigest(a, schema, sha256)).not.toBe(dumpDigest(b, schema, sha256));
  });
});

describe('fold and save', () => {
  test('what was folded is there again, with the number of the last line', async () => {
    const first = await openHere();
    for (let n = 1; n <= 3_000; n++)
      first.fold(n, () => first.tables.put('counts', { key: `k${n % 50}`, n }));
    await first.save();
    first.fold(3_001, () => first.tables.put('counts', { key: 'k0', n: 0 }));
    const unsaved = first.digest();
    await Promise.all([first.save(), first.save()]);
    first.fold(3_002, () => first.tables.put('counts', { key: 'not saved', n: 0 }));
    first.close();

    const again = await openHere();
    expect(again.folded).toBe(3_001);
    expect(again.discarded).toBeNull();
    expect(again.digest()).toBe(unsaved);
    expect(await readdir(directory)).toEqual(['projection.sqlite']);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    again.close();
  });

  test('a fold that fails leaves nothing of itself and can be done again', async () => {
    const { tables, fold, ...projection } = bound(await openHere());
    fold(1, () => tables.put('counts', { key: 'a', n: 1 }));
    expect(() =>
      fold(2, () => {
        tables.put('counts', { key: 'a', n: 2 });
        throw new Error('reducer bug');
      }),
    ).toThrowError('reducer bug');
    expect(projection.folded()).toBe(1);
    expect(tables.get('counts', 'a')).toEqual({ key: 'a', n: 1 });
    expect(() => fold(1, () => {})).toThrowError(/already/);
    expect(() => fold(2, () => fold(3, () => {}))).toThrowError(/inside/);
    fold(2, () => tables.put('counts', { key: 'a', n: 3 }));
    expect(tables.get('counts', 'a')?.n).toBe(3);
  });

  test('statements go on working after a save, and a save without news writes nothing', async () => {
    const projection = await openHere();
    projection.fold(1, () => projection.tables.put('counts', { key: 'a', n: 1 }));
    await projection.save();
    const before = await stat(file);
    await projection.save();
    expect((await stat(file)).ino).toBe(before.ino);
    expect(projection.tables.get('counts', 'a')?.n).toBe(1);
    projection.fold(2, () => {});
    await projection.save();
    projection.close();
    expect((await openHere()).folded).toBe(2);
  });

  test('what is folded while a save is written is not in its file, however much that is', async () => {
    const projection = await openHere();
    const put = (from: number, to: number, of: string) => {
      for (let n = from; n <= to; n++)
        projection.fold(n, () =>
          projection.tables.put('nodes', node(of, `${n % 500}`, { state: `${of}${n}` })),
        );
    };
    put(1, 500, 'g');
    const digest = projection.digest();
    const saving = projection.save();
    await Promise.resolve();
    // More than a transaction: it reaches the pages that are being written
    put(501, 3_000, 'g');
    await saving;
    const saved = await openHere();
    expect([saved.folded, saved.digest()]).toEqual([500, digest]);
    expect(projection.saved).toBe(500);
    await projection.save();
    const later = await openHere();
    expect([later.folded, later.digest()]).toEqual([3_000, projection.digest()]);
  });

  test('after a fold that failed with more than SQLite keeps beside the file, what comes is saved', async () => {
    const projection = await openHere();
    const put = (n: number) =>
      projection.tables.put(
        'nodes',
        node('g', `${n}`, { state: `${n}`.padEnd(10_000, 'x'), rank: n, labels: null }),
      );
    let line = 0;
    for (let round = 0; round < 3; round++) {
      projection.fold(++line, () => put(line));
      const digest = projection.digest();
      const failing = () => {
        for (let n = 10; n < 1_200; n++) put(n);
        throw new Error('reducer bug');
      };
      expect(() => projection.fold(line + 1, failing)).toThrow('reducer bug');
      expect(projection.digest()).toBe(digest);
      await projection.save();
      const saved = await openHere();
      expect([saved.discarded, saved.folded, saved.digest()]).toEqual([null, line, digest]);
      saved.close();
    }
    projection.close();
  });

  test('where SQLite has its pages elsewhere nothing is saved', async () => {
    const projection = await openHere();
    projection.fold(1, () => projection.tables.put('counts', { key: 'a', n: 1 }));
    const writes = vi.spyOn(FileParts.prototype, 'writes', 'get').mockReturnValue(7);
    await expect(projection.save()).rejects.toThrow('not in the parts of its file');
    writes.mockRestore();
    expect(await readdir(directory)).toEqual([]);
  });

  test('a save that failed is made up for by the next one', async () => {
    const projection = await openHere({ file: join(directory, 'later', 'projection.sqlite') });
    projection.fold(1, () => projection.tables.put('counts', { key: 'a', n: 1 }));
    await expect(projection.save()).rejects.toMatchObject({ code: 'ENOENT' });
    const { systemFiles } = await import('../system/files.ts');
    await systemFiles.directory(join(directory, 'later'));
    await projection.save();
    expect(await readdir(join(directory, 'later'))).toEqual(['projection.sqlite']);
  });
});
const bound = (p: Awaited<ReturnType<typeof openHere>>) => ({
  tables: p.tables,
  fold: (n: number, change: () => void) => p.fold(n, change),
  folded: () => p.folded,
});

describe('T97: a file that cannot be trusted is discarded', () => {
  test('empty, garbage, cut off, flipped, of another version or schema, or on request', async () => {
    const good = await openHere();
    good.fold(9, () => good.tables.put('counts', { key: 'a', n: 1 }));
    await good.save();
    good.close();
    const bytes = await readFile(file);
    const flipped = Buffer.from(bytes);
    flipped[bytes.length - 60] = flipped[bytes.length - 60]! ^ 1;
    const noDatabase = await inPartsOf(Buffer.from('x'.repeat(100)));
    for (const [content, options, reason] of [
      [Buffer.alloc(0), {}, 'the file is empty'],
      [Buffer.from('garbage'), {}, 'the file is damaged'],
      [bytes.subarray(0, 4096), {}, 'the file is damaged'],
      [flipped, {}, 'the file is damaged'],
      [noDatabase, {}, 'the file is not a projection'],
      [bytes, { schemaVersion: 2 }, 'the file is of another version'],
      [
        bytes,
        { schema: { ...schema, counts: { ...schema.counts, index: [['n']] } } as typeof schema },
        'the file is of another version',
      ],
      [bytes, { discard: 'it is ahead of the ledger' }, 'it is ahead of the ledger'],
    ] as const) {
      await writeFile(file, content);
      const projection = await openHere(options);
      expect(projection).toMatchObject({ discarded: reason, folded: 0 });
      expect(projection.tables.count('counts')).toBe(0);
      projection.fold(1, () => projection.tables.put('counts', { key: 'b', n: 1 }));
      await projection.save();
      projection.close();
      const again = await openHere({ ...options, discard: undefined as never });
      expect(again).toMatchObject({ discarded: null, folded: 1 });
      again.close();
    }
  });

  test('however short it is', async () => {
    for (let size = 1; size < 130; size++) {
      await writeFile(file, Buffer.alloc(size, 7));
      const projection = await openHere({ isInParts: size % 2 === 0 });
      expect(projection.discarded).toBe('the file is damaged');
      projection.close();
    }
  });

  test('for who asks little too, where what is asked first is not as it was', async () => {
    const good = await openHere();
    good.fold(9, () => good.tables.put('counts', { key: 'a', n: 1 }));
    await good.save();
    good.close();
    const bytes = await readFile(file);
    for (const [at, reason] of [
      [100, 'the file is damaged'],
      [bytes.length - 40, 'the file is damaged'],
    ] as const) {
      const changed = Buffer.from(bytes);
      changed[at]! ^= 1;
      await writeFile(file, changed);
      const projection = await openHere({ isInParts: true });
      expect(projection).toMatchObject({ discarded: reason, folded: 0 });
      projection.close();
    }
  });

  test('a link in its place is refused', async () => {
    await writeFile(join(directory, 'target'), '');
    await symlink(join(directory, 'target'), file);
    await expect(openHere()).rejects.toMatchObject({ code: 'invalid' });
  });
});

describe('T97: who asks little', () => {
  const LAST = 20_000;
  const keyOf = (n: number) => `${n} ${'x'.repeat(100)}`;
  let made: { bytes: Buffer; digest: string } | undefined;
  /** Some megabytes, whose rows are in the order of their lines. */
  const large = async (): Promise<string> => {
    if (made) {
      await writeFile(file, made.bytes);
      return made.digest;
    }
    const projection = await openHere();
    await projection.inBulk(async () => {
      for (let n = 1; n <= LAST; n++)
        projection.fold(n, () => projection.tables.put('counts', { key: keyOf(10 * LAST + n), n }));
    });
    await projection.save();
    made = { digest: projection.digest(), bytes: await readFile(file) };
    projection.close();
    return made.digest;
  };
  const few = (more: Partial<OpenProjectionOptions<typeof schema>> = {}) =>
    openHere({ isInParts: true, ...more });
  const damageRow = async (n: number): Promise<void> => {
    const bytes = await readFile(file);
    bytes[bytes.indexOf(keyOf(10 * LAST + n)) + 10]! ^= 1;
    await writeFile(file, bytes);
  };

  test('reads no more than that: damage elsewhere is found by who asks there, and the next start folds anew', async () => {
    await large();
    await damageRow(15_000);
    const projection = await few();
    expect(projection.discarded).toBeNull();
    expect(projection.tables.get('counts', keyOf(10 * LAST + 777))?.n).toBe(777);
    projection.fold(LAST + 1, () => projection.tables.put('counts', { key: 'new', n: 1 }));
    const refused = `${file} is not as it was written`;
    expect(() => projection.tables.get('counts', keyOf(10 * LAST + 15_000))).toThrow(refused);
    // Nor is anything that is asked later believed, or saved
    expect(() => projection.tables.get('counts', 'new')).toThrow(refused);
    await expect(projection.save()).rejects.toThrow(refused);
    projection.close();
    expect(await few()).toMatchObject({ discarded: null, folded: 0 });
  });

  test('and who serves reads all of it first', async () => {
    await large();
    await damageRow(15_000);
    expect(await openHere()).toMatchObject({ discarded: 'the file is damaged', folded: 0 });
  });

  test('writes, fails, saves and goes on as over a file that was read whole', async () => {
    await large();
    const digests: string[] = [];
    for (const isInParts of [false, true]) {
      const before = await readFile(file);
      const projection = await openHere({ isInParts });
      const { tables } = projection;
      for (let n = LAST + 1; n <= LAST + 3_000; n++)
        projection.fold(n, () => {
          tables.put('counts', { key: keyOf(n * 7), n });
          tables.remove('counts', keyOf(10 * LAST + n - LAST));
        });
      const failing = () =>
        projection.fold(LAST + 3_001, () => {
          for (let n = 0; n < 3_000; n++) tables.put('counts', { key: keyOf(n), n });
          throw new Error('reducer bug');
        });
      expect(failing).toThrow('reducer bug');
      await projection.save();
      projection.fold(LAST + 3_001, () => tables.put('counts', { key: 'after a save', n: 1 }));
      digests.push(projection.digest());
      await projection.save();
      projection.close();
      const again = await openHere();
      expect(again).toMatchObject({ discarded: null, folded: LAST + 3_001 });
      expect(again.digest()).toBe(digests[0]);
      again.close();
      await writeFile(file, before);
    }
    expect(digests[1]).toBe(digests[0]);
  });

  test('has the file that it opened, though another process saves a newer one', async () => {
    const digest = await large();
    const [old, other] = [await few(), await openHere()];
    other.fold(LAST + 1, () => other.tables.put('counts', { key: 'new', n: 1 }));
    await other.save();
    other.close();
    expect(old.digest()).toBe(digest);
    old.close();
  });
});

test('the engine can be given from elsewhere; it is asked for once, and again where that failed', () => {
  const good = join(import.meta.dirname, '../../../node_modules/sql.js/dist/sql-wasm.wasm');
  const missing = join(directory, 'missing.wasm');
  const module = JSON.stringify(join(import.meta.dirname, 'projection.ts'));
  // A process loads it once, and this one has done so
  const program = `
    import { readFile } from 'node:fs/promises';
    const { openProjection } = await import(${module});
    const given = ${JSON.stringify({ file, schema, schemaVersion: 1 })};
    const asked = [];
    const open = (source) =>
      openProjection({
        ...given,
        sha256: (bytes) => bytes.slice(0, 32),
        wasm: () => {
          asked.push(source);
          return readFile(source);
        },
      });
    const { code } = await open(${JSON.stringify(missing)}).catch((error) => error);
    const projections = [await open(${JSON.stringify(good)}), await open(${JSON.stringify(good)})];
    const counts = projections.map((projection) => projection.tables.count('counts'));
    console.log(JSON.stringify({ code, counts, asked }));`;
  const said = execFileSync(process.execPath, ['--input-type=module', '--eval', program], {
    encoding: 'utf8',
  });
  expect(JSON.parse(said)).toEqual({ code: 'ENOENT', counts: [0, 0], asked: [missing, good] });
});

test('a schema with a fault is a bug at once', async () => {
  for (const bad of [
    { 'a b': schema.counts },
    { a: { columns: { 'x"': text }, key: ['x"'] } },
    { a: { columns: { x: text }, key: [] } },
    { a: { columns: { x: text }, key: ['y'] } },
    { a: { columns: { x: nullable(text) }, key: ['x'] } },
    { a: { columns: { x: json<string>() }, key: ['x'] } },
    { a: { columns: { x: text, y: json<string>() }, key: ['x'], index: [['y']] } },
  ])
    await expect(
      openProjection({ file, schema: bad as Schema, schemaVersion: 1, sha256 }),
    ).rejects.toThrowError();
});
