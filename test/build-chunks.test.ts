import { spawnSync } from 'node:child_process';
import { build } from 'esbuild';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type BuiltFile, FIRST, type Group, groupsOf, splitFiles } from '../scripts/chunks.ts';
import { lazyNode, lazyPackages } from '../scripts/lazy.ts';
import { root } from '../scripts/stamp.js';

const entry = (...imports: string[]): BuiltFile => ({ bytes: 100, imports, isEntry: true });
const chunk = (bytes: number, ...imports: string[]): BuiltFile => ({ bytes, imports, isEntry: false });
const groups = (files: Record<string, BuiltFile>) => groupsOf(new Map(Object.entries(files)));

test('what the same commands load becomes one file, in the order in which it runs', () => {
  const files = {
    one: entry('b'),
    other: entry('b', 'a'),
    b: chunk(9_000, 'z'),
    a: chunk(100),
    z: chunk(9_000),
  };
  expect(groups(files)).toEqual([['a', 'z', 'b']]);
});

test('a small command does not load what only a large one needs', () => {
  const files = { small: entry('a'), large: entry('a', 'b'), a: chunk(9_000), b: chunk(300_000) };
  expect(groups(files)).toEqual([['a'], ['b']]);
});

test('what the first file calls is a start, what others call comes on top of one', () => {
  const output = (entryPoint: string | undefined, ...called: string[]) => ({
    ...{ bytes: 100, inputs: {}, exports: [], ...(entryPoint !== undefined && { entryPoint }) },
    imports: called.map((path) => ({ path, kind: 'dynamic-import' as const })),
  });
  const outputs = {
    'main.js': output(FIRST, 'run.js'),
    'run.js': output('src/run.ts', 'late.js'),
    'late.js': output('src/late.ts'),
  };
  const metafile = { inputs: {}, outputs };
  const { files } = splitFiles({ metafile, outputFiles: [], errors: [], warnings: [], mangleCache: {} });
  expect([...files].filter(([, { isCalled }]) => isCalled).map(([name]) => name)).toEqual(['late.js']);
});

test('a little more is loaded rather than one more file opened', () => {
  const files = { small: entry('a'), large: entry('a', 'b'), a: chunk(20_000), b: chunk(900) };
  expect(groups(files)).toEqual([['a', 'b']]);
});

test('what a chunk imports is loaded with it, and counts as much as itself', () => {
  const files = {
    one: entry('a'),
    other: entry('a', 'b'),
    a: chunk(9_000),
    b: chunk(100, 'zod'),
    zod: chunk(300_000),
  };
  expect(groups(files)).toEqual([['a'], ['zod', 'b']]);
});

/** Of many starts each would save a file, and one would load more. */
const crowd = (n: number, one: BuiltFile): Record<string, BuiltFile> =>
  Object.fromEntries(Array.from({ length: n }, (_, at) => [`one${at}`, one]));

test('however many others save a file, no start loads much in vain', () => {
  const files = {
    ...crowd(500, entry('a', 'b')),
    version: entry('a'),
    a: chunk(30_000),
    b: chunk(3_000),
  };
  expect(groups(files)).toEqual([['a'], ['b']]);
  expect(groups({ ...files, b: chunk(1_000) })).toEqual([['a', 'b']]);
});

test('what a running command comes to is no start of its own', () => {
  const command = { command: entry('a', 'c'), a: chunk(20_000), b: chunk(9_000), c: chunk(800_000) };
  expect(groups({ ...command, later: entry('a', 'b') })).toEqual([['c'], ['a', 'b']]);
  expect(groups({ ...command, later: { ...entry('a', 'b'), isCalled: true } })).toEqual([
    ['a'],
    ['b'],
    ['c'],
  ]);
});

/** No group needs itself by way of another: one of the two would run before what it needs. */
const isOneWay = (files: ReadonlyMap<string, BuiltFile>, groups: readonly (readonly string[])[]): boolean => {
  const left = new Set(groups);
  const isFree = (group: readonly string[]): boolean => {
    const needed = group.flatMap((name) => files.get(name)!.imports).filter((name) => !group.includes(name));
    return ![...left].some((other) => needed.some((name) => other.includes(name)));
  };
  for (let next = groups.find(isFree); next; next = [...left].find(isFree)) left.delete(next);
  return left.size === 0;
};

test('two are not one around a third, whatever they are worth', () => {
  const files = new Map(Object.entries({ a: chunk(1, 'b'), b: chunk(1, 'c'), c: chunk(1), d: chunk(1) }));
  const isWanted = (...names: string[]) => ['a,c', 'b,d'].includes(names.sort().join());
  const worth = (one: Group, other: Group) => (isWanted(...one.names, ...other.names) ? 1 : 0);
  expect(
    isOneWay(files, [
      ['a', 'c'],
      ['b', 'd'],
    ]),
  ).toBe(false);
  expect(groupsOf(files, worth)).toEqual([['c'], ['a'], ['b', 'd']]);
});

/** Of each file whether it imports those before it, and of each entry whether it does. */
const layered = fc.array(
  fc.record({
    bytes: fc.integer({ min: 1, max: 20_000 }),
    isEntry: fc.boolean(),
    wants: fc.array(fc.nat(9)),
  }),
  { maxLength: 10 },
);

test('groups import each other in one direction, and each has its chunks after what they import', () => {
  fc.assert(
    fc.property(layered, (all) => {
      const files = new Map(
        all.map(({ wants, ...one }, n) => {
          const imports = [...new Set(wants)].filter((k) => k < n && !all[k]!.isEntry).map((k) => `${k}`);
          return [`${n}`, { ...one, imports }];
        }),
      );
      const found = groupsOf(files);
      expect(found.flat().sort()).toEqual(
        [...files.keys()].filter((name) => !files.get(name)!.isEntry).sort(),
      );
      expect(isOneWay(files, found)).toBe(true);
      for (const names of found)
        for (const [n, name] of names.entries())
          expect(files.get(name)!.imports.filter((one) => names.indexOf(one) > n)).toEqual([]);
    }),
  );
});

const bundled = async (code: string): Promise<string> => {
  const { outputFiles } = await build({
    ...{
      stdin: { contents: code, resolveDir: root },
      bundle: true,
      write: false,
      format: 'esm',
      platform: 'node',
    },
    ...{
      plugins: [lazyNode, lazyPackages],
      banner: { js: "const require = process.getBuiltinModule('module').createRequire('/');" },
    },
  });
  return outputFiles[0]!.text;
};
const built = async (code: string): Promise<unknown> =>
  (await import(`data:text/javascript,${encodeURIComponent(await bundled(code))}`)).default;

test('a module of Node is loaded when something of it is first used', async () => {
  const seen = built(`import repl, { start } from 'node:repl';
    const before = process.moduleLoadList.includes('NativeModule repl');
    export default { before, first: typeof start, same: repl.start === start, none: repl.nothing };`);
  expect(await seen).toEqual({ before: false, first: 'function', same: true, none: undefined });
});

test.each(['assert', 'assert/strict', 'events', 'module', 'process', 'stream', 'test'])(
  'node:%s is itself, since it is called, extended, or changed',
  async (name) => {
    expect(await built(`import it from 'node:${name}'; export default it;`)).toBe(
      process.getBuiltinModule(`node:${name}`),
    );
  },
);

test('to load the client of relays loads neither TLS nor compression', async () => {
  const code = await bundled(`import { WebSocket } from 'ws';
    const loaded = ['https', 'tls', 'zlib'].filter((name) => process.moduleLoadList.includes('NativeModule ' + name));
    console.log(JSON.stringify([typeof WebSocket, loaded]));`);
  const { stdout } = spawnSync(process.execPath, ['--input-type=module'], { input: code, encoding: 'utf8' });
  expect(JSON.parse(stdout)).toEqual(['function', []]);
});

test('nor does to make one of ours, before a relay is reached over TLS', async () => {
  const code = await bundled(`import { relayClient } from './src/adapters/relay-client/session.ts';
    import { systemClock } from './src/adapters/system/clock.ts';
    import { systemRandom } from './src/adapters/system/random.ts';
    const loaded = () => process.moduleLoadList.includes('NativeModule https');
    const connect = relayClient(systemClock, systemRandom, {});
    const told = [];
    for (const scheme of ['ws', 'wss']) {
      const { promise, resolve } = Promise.withResolvers();
      const session = connect({
        urls: [scheme + '://127.0.0.1:1'],
        identities: [{ pubkey: '00'.repeat(32), sign: () => null }],
        lastSync: () => null,
        onWrap: () => {},
        onState: ({ detail }) => detail && resolve(),
      });
      await promise;
      told.push(loaded());
      await session.close();
    }
    console.log(JSON.stringify(told));`);
  const { stdout } = spawnSync(process.execPath, ['--input-type=module'], { input: code, encoding: 'utf8' });
  expect(JSON.parse(stdout)).toEqual([false, true]);
});

test('a curve is computed when it is first used', async () => {
  const seen = built(`import { ed25519 } from '@noble/curves/ed25519.js';
    const kept = globalThis.crypto.getRandomValues;
    let asked = 0;
    globalThis.crypto.getRandomValues = (bytes) => { asked++; return kept.call(crypto, bytes); };
    const before = asked;
    const key = ed25519.getPublicKey(new Uint8Array(32)).length;
    const after = asked;
    globalThis.crypto.getRandomValues = kept;
    export default { before, key, isAsked: after > 0 };`);
  expect(await seen).toEqual({ before: 0, key: 32, isAsked: true });
});
