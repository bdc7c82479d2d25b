/** Bundles `src` into `dist`: one small entry a command, shared chunks, packages with native or WASM parts left outside. */
import { spawnSync } from 'node:child_process';
import { globSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build, type Metafile } from 'esbuild';
import { manifestText } from './manifest.ts';
import { root, sourceDigest, stampFile } from './stamp.js';

/** They load files beside themselves, or are large and wanted by few commands. */
const external = [
  'fs-native-extensions',
  'ink',
  'keytar',
  'react',
  'react/jsx-runtime',
  'sql.js',
  'tiny-secp256k1',
];

/** `const { x } = await import('commonjs')` gives undefined in a bundle; better to hear of it here. */
function refuseLazyCommonJs(inputs: Metafile['inputs']): void {
  for (const [path, { imports }] of Object.entries(inputs)) {
    const wrong = imports.find((one) => one.kind === 'dynamic-import' && inputs[one.path]?.format === 'cjs');
    if (wrong !== undefined) {
      throw new Error(
        `${path} imports the CommonJS module ${wrong.path} lazily: import it statically in a file of its own`,
      );
    }
  }
}

async function bundle(): Promise<void> {
  const digest = sourceDigest();
  rmSync(join(root, 'dist'), { recursive: true, force: true });
  const commands = globSync('src/commands/**/*.ts', { cwd: root }).filter(
    (path) => !path.endsWith('.test.ts'),
  );
  const result = await build({
    absWorkingDir: root,
    entryPoints: ['src/cli/main.ts', ...commands],
    outbase: 'src',
    outdir: 'dist',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node22',
    jsx: 'automatic',
    chunkNames: 'chunks/[hash]',
    external,
    // The ES module build: named exports of a CommonJS package are lost behind `await import`, and it is smaller.
    alias: { yaml: join(root, 'node_modules/yaml/browser/index.js') },
    metafile: true,
    // CommonJS packages inside an ESM bundle ask for these three.
    banner: {
      js: "import { createRequire as $require } from 'node:module'; const require = $require(import.meta.url); const __filename = import.meta.filename; const __dirname = import.meta.dirname;",
    },
    logLevel: 'warning',
  });
  refuseLazyCommonJs(result.metafile.inputs);
  // The gate keeps the committed one, so that a test can tell when it is old.
  if (!process.argv.includes('--keep-manifest')) {
    writeFileSync(join(root, 'oclif.manifest.json'), await manifestText(root));
  }
  // Fills the compile cache, so that the first command a person types is as fast as the later ones.
  mkdirSync(join(root, 'dist', '.cache'), { recursive: true });
  spawnSync(process.execPath, [join(root, 'bin', 'run.js'), '--help'], { stdio: 'ignore' });
  spawnSync(process.execPath, [join(root, 'bin', 'run.js'), 'graph', 'validate', '--nothing'], {
    stdio: 'ignore',
  });
  writeFileSync(stampFile, digest);
}

await bundle();
