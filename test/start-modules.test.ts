/** What a command has not loaded when a person sees the first of it: each of these takes as long as a bare Node. Modules are counted, not time. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { expect, test } from 'vitest';
import { UNBUNDLED, WITH_WASM } from '../scripts/assets.ts';
import { lazyOclif } from '../scripts/lazy.ts';
import { root } from '../scripts/stamp.js';

const HEAVY = [
  'zod',
  'yaml',
  'js-yaml',
  'simple-git',
  'sql.js',
  'ws',
  '@noble/curves',
  'react',
  'ink',
  'diff',
  'tiny-secp256k1',
];

/** Packages and rooms that are loaded with a module, before anything that it imports when it comes to it. */
const loadedWith = async (...modules: string[]): Promise<string[]> => {
  const { metafile } = await build({
    stdin: { contents: modules.map((path) => `import './${path}';`).join(''), resolveDir: root },
    absWorkingDir: root,
    ...{ bundle: true, write: false, metafile: true, splitting: true, outdir: 'dist', logLevel: 'silent' },
    ...{
      format: 'esm',
      platform: 'node',
      external: [...UNBUNDLED, ...WITH_WASM, 'react-devtools-core'],
      jsx: 'automatic',
    },
    plugins: [lazyOclif],
  });
  const loaded = new Set<string>();
  const load = (path: string): void => {
    if (loaded.has(path)) return;
    loaded.add(path);
    for (const next of metafile.inputs[path]?.imports ?? [])
      if (next.kind !== 'dynamic-import') load(next.path);
  };
  load('<stdin>');
  return [...loaded];
};
const packagesIn = (paths: readonly string[]): string[] =>
  HEAVY.filter((name) =>
    paths.some((path) => `/${path}/`.includes(`/node_modules/${name}/`) || path === name),
  );

test.for<[what: string, needs: string[], modules: string[]]>([
  [
    'the frame of a screen that opens',
    [],
    ['src/commands/user/watch.ts', 'src/tui/opening.ts', 'src/tui/shell/first-frame.ts'],
  ],
  ['what asks a Host', ['zod'], ['src/commands/host/status.ts']],
])('%s: none of what is heavy but %j', async ([, needs, modules]) => {
  const loaded = await loadedWith(...modules);
  expect(loaded).toContain(modules[0]);
  expect(packagesIn(loaded)).toEqual(needs);
});

/** A schema that is made while its module is loaded, which costs a start more than reading by it. */
const MADE_AT_ONCE = /^(?:export )?const (\w+)(?:: [^=]+)? =\s*(?:z\b|list\(|matching\(|seconds\()/gm;
/** Of them others are made. */
const PIECES = 'src/core/encoding/schema.ts';
test('what reads a graph makes no schema of a message or of a graph when it is loaded', async () => {
  const files = (await loadedWith('src/commands/graph/validate.ts')).filter((path) => /^src\//.test(path));
  const made = files
    .filter((file) => file !== PIECES)
    .flatMap((file) =>
      [...readFileSync(join(root, file), 'utf8').matchAll(MADE_AT_ONCE)].map(([, name]) => `${file} ${name}`),
    );
  expect(files).toContain('src/core/protocol/messages/control.ts');
  expect(made).toEqual([]);
});
