/** Bundles `src` into `dist`: one small entry a command, shared chunks, packages with native or WASM parts left outside. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, globSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative, sep } from 'node:path';
import { type BuildOptions, build, type Metafile, transform } from 'esbuild';
import { loadConfig } from '../src/cli/kit/help.ts';
import { PAGE_COLUMNS } from '../src/cli/kit/help-page.ts';
import { manPages } from '../src/cli/kit/man.ts';
import { UNBUNDLED, WASM } from './assets.ts';
import { FIRST, inGroups, splitFiles } from './chunks.ts';
import { withPlainExports } from './exports.ts';
import { inkAtOnce, lazyNode, lazyOclif, lazyPackages, lazyWidths, wasmOfBuild } from './lazy.ts';
import { manifestText } from './manifest.ts';
import { root, sourceDigest, stampFile } from './stamp.js';

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

/** Fills the compile cache, so that the first command a person types is as fast as the later ones. */
function warm(): void {
  const graph =
    'graph: warm\nnodes:\n  a: { kind: agent, engine: { type: exec, auth: none, command: ["true"] } }\nedges: []\n';
  for (const [args, input] of [
    [['--version'], ''],
    [['graph', 'validate', '-'], graph],
  ] as const) {
    spawnSync(process.execPath, [join(root, 'bin', 'run.js'), ...args], {
      input,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
  }
}

const URL_OF_FILE = 'file_url';
const DIST = 'dist_directory';
/**
 * As CommonJS, which `bin/code.js` runs with all that was compiled of it, and Node without. The first line says what the rest is:
 * compiled code of it is no use to another one.
 */
async function asScript(text: string, toDist: string): Promise<string> {
  const { code } = await transform(text, {
    format: 'cjs',
    platform: 'node',
    target: 'node22',
    minifyWhitespace: true,
    minifySyntax: true,
    supported: { 'dynamic-import': false },
    define: { 'import.meta.url': URL_OF_FILE, 'import.meta.dist': DIST },
  });
  const needs = [
    [URL_OF_FILE, "require('node:url').pathToFileURL(__filename).href"],
    [DIST, `require('node:path').join(__dirname,'${toDist}')`],
  ] as const;
  const head = needs.map(([name, value]) => (code.includes(name) ? `const ${name}=${value};` : '')).join('');
  // Of one byte each: some stand in patterns, where esbuild leaves them
  const script = (head + withPlainExports(code)).replace(
    /[^\0-\x7f]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return `//${createHash('sha256').update(script).digest('hex')}\n${script}`;
}

/** With a mark where files differ from it. */
function commitHere(): string | null {
  const args = ['describe', '--always', '--dirty', '--abbrev=40', '--exclude=*'];
  const { status, stdout } = spawnSync('git', args, { cwd: root, encoding: 'utf8' });
  return status === 0 ? stdout.trim() : null;
}

async function bundle(): Promise<void> {
  const digest = sourceDigest();
  const dist = join(root, 'dist');
  const next = `${dist}/.next-${process.pid}`;
  const commands = globSync('src/commands/**/*.ts', { cwd: root }).filter(
    (path) => !path.endsWith('.test.ts'),
  );
  const shared: BuildOptions = {
    absWorkingDir: root,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node22',
    chunkNames: 'chunks/[hash]',
    external: [...UNBUNDLED],
    minifyWhitespace: true,
    minifySyntax: true,
    logLevel: 'warning',
  };
  const split = await build({
    ...shared,
    // Git starts the askpass program by itself.
    entryPoints: [FIRST, 'src/adapters/git/askpass-main.ts', ...commands],
    outbase: 'src',
    outdir: '.',
    write: false,
    jsx: 'automatic',
    // React checks itself at every frame otherwise, which takes as long as the frame
    define: { 'process.env.NODE_ENV': '"production"', 'process.env.DEV': '"false"' },
    // The ES module build: named exports of a CommonJS package are lost behind `await import`, and it is smaller.
    alias: { yaml: join(root, 'node_modules/yaml/browser/index.js') },
    plugins: [lazyNode, lazyPackages, lazyOclif, lazyWidths, inkAtOnce, wasmOfBuild],
    metafile: true,
  });
  refuseLazyCommonJs(split.metafile.inputs);
  const { files, entryPoints, texts } = splitFiles(split);
  const { outputFiles } = await build({
    ...shared,
    entryPoints,
    outbase: root,
    outdir: next,
    plugins: [inGroups(files, texts)],
    write: false,
  });
  for (const { path, text } of outputFiles) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, await asScript(text, relative(dirname(path), next).split(sep).join('/')));
  }
  writeFileSync(join(next, 'package.json'), '{"type":"commonjs"}\n');
  for (const [name, file] of Object.entries(WASM))
    copyFileSync(join(root, 'node_modules', name, file), join(next, basename(file)));
  // Only a build that worked replaces the one before.
  const built = `${dist}-${process.pid}`;
  renameSync(next, built);
  rmSync(dist, { recursive: true, force: true });
  renameSync(built, dist);
  // The gate keeps the committed one, so that a test can tell when it is old.
  if (!process.argv.includes('--keep-manifest')) {
    writeFileSync(join(root, 'oclif.manifest.json'), await manifestText(root));
  }
  writeFileSync(join(dist, 'build.json'), JSON.stringify({ commit: commitHere() }));
  mkdirSync(join(dist, 'man'));
  for (const { name, text } of manPages(await loadConfig(root)))
    writeFileSync(join(dist, 'man', `${name}.1`), text);
  const env = { ...process.env, OCLIF_COLUMNS: `${PAGE_COLUMNS}` };
  const args = [join(root, 'scripts', 'help-pages.ts'), dist];
  const { status } = spawnSync(process.execPath, args, { env, stdio: ['ignore', 'ignore', 'inherit'] });
  if (status !== 0) throw new Error('the pages of help could not be made');
  warm();
  writeFileSync(stampFile, digest);
}

await bundle();
