/** What makes a command start fast: modules that load when they are first used, not when they are named. */
import { readFileSync } from 'node:fs';
import type { Plugin } from 'esbuild';
import { root } from './stamp.js';

const declaration = /^const (\w+_\d+) = (?:(__importDefault|__importStar)\()?require\("([^"]+)"\)\)?;$/gm;

/** `const a_1 = require("a")` becomes a function that requires once, and every `a_1` a call of it, in parentheses for `new a_1.X()`. */
export function lazyRequires(code: string): string {
  const names = new Set<string>();
  const declared = code.replace(declaration, (_line, name: string, wrap: string | undefined, id: string) => {
    names.add(name);
    const load = wrap === undefined ? `require("${id}")` : `${wrap}(require("${id}"))`;
    return `let $${name}; const ${name}$ = () => ($${name} ??= ${load});`;
  });
  if (names.size === 0) return code;
  return declared.replace(
    new RegExp(`(?<![\\w$])(?:${[...names].join('|')})(?![\\w$])`, 'g'),
    (name) => `(${name}$())`,
  );
}

/** oclif loads a hundred modules for any command; most are for help, plugins and themes. */
export const lazyOclif: Plugin = {
  name: 'lazy-oclif',
  setup(build) {
    build.onLoad({ filter: /@oclif[\\/]core[\\/]lib[\\/].*\.js$/ }, ({ path }) => ({
      contents: lazyRequires(readFileSync(path, 'utf8')),
      loader: 'js',
    }));
  },
};

/** There before anything of ours runs, and methods of `process` are called on it itself; the others are functions, or used at every turn. */
const AT_ONCE: ReadonlySet<string> = new Set(
  ['assert', 'assert/strict', 'buffer', 'events', 'module', 'process', 'stream', 'test'].map(
    (name) => `node:${name}`,
  ),
);

/** Nothing is in it: what esbuild makes of it inherits from it, and whatever is looked for there is taken of what it stands for. */
const lazily = (load: string): string => `let loaded;
  const get = (_none, key) => key === '__esModule' ? undefined : (loaded ??= ${load})[key];
  module.exports = new Proxy({}, { get, getPrototypeOf: () => module.exports });`;

const lazyBuiltin = (name: string): string => {
  const builtin = `process.getBuiltinModule('${name}')`;
  return AT_ONCE.has(name) ? `module.exports = ${builtin};` : lazily(builtin);
};

/** A curve computes tables when it is loaded, and asks for random bytes; what runs git looks for a terminal. Few commands use one. */
const SELDOM_USED = /^(?:@noble\/curves\/|simple-git$)/;

export const lazyPackages: Plugin = {
  name: 'lazy-packages',
  setup(build) {
    build.onResolve({ filter: SELDOM_USED }, async ({ kind, path, ...from }) => {
      if (kind !== 'import-statement') return undefined;
      const found = await build.resolve(path, { kind: 'require-call', resolveDir: from.resolveDir });
      return { path: found.path, namespace: 'seldom' };
    });
    build.onLoad({ filter: /.*/, namespace: 'seldom' }, ({ path }) => ({
      contents: lazily(`require(${JSON.stringify(path)})`),
      resolveDir: root,
      loader: 'js',
    }));
  },
};

/** It compiles what knows all signs and all emoji, for 15 ms; lines of plain signs never ask it. */
export const lazyWidths: Plugin = {
  name: 'lazy-widths',
  setup(build) {
    build.onResolve({ filter: /^string-width$/ }, async ({ kind, path, resolveDir }) => {
      if (kind !== 'import-statement') return undefined;
      const found = await build.resolve(path, { kind: 'require-call', resolveDir });
      return { path: found.path, namespace: 'width' };
    });
    build.onLoad({ filter: /.*/, namespace: 'width' }, ({ path }) => ({
      contents: `let loaded;
        module.exports = (...given) => (loaded ??= require(${JSON.stringify(path)}).default)(...given);`,
      resolveDir: root,
      loader: 'js',
    }));
  },
};

/** WebAssembly lies beside the build, not beside the package that it is of. */
export const wasmOfBuild: Plugin = {
  name: 'wasm-of-build',
  setup(build) {
    const lines = [
      [
        /tiny-secp256k1[\\/]lib[\\/]wasm_path\.js$/,
        'export const path = (name) => join(import.meta.dist, name);',
      ],
      [/sqlite[\\/]wasm-file\.ts$/, "export const wasmFile = () => join(import.meta.dist, 'sql-wasm.wasm');"],
    ] as const;
    for (const [filter, line] of lines)
      build.onLoad({ filter }, () => ({
        contents: `import { join } from 'node:path';${line}`,
        loader: 'js',
      }));
  },
};

const OF_WS = /[\\/]node_modules[\\/]ws[\\/]/;

/**
 * `import … from 'node:fs'` makes Node read every export, and many of those load more of Node. Taken this way, a module
 * is loaded at its first use, and of it only what is used.
 */
export const lazyNode: Plugin = {
  name: 'lazy-node',
  setup(build) {
    build.onResolve({ filter: /^node:/ }, ({ kind, path }) =>
      kind === 'import-statement' ? { path, namespace: 'node-builtin' } : undefined,
    );
    // A connection to a relay at hand needs none of them, and each brings a dozen more
    build.onResolve({ filter: /^(?:https|tls|zlib)$/ }, ({ importer, path }) =>
      OF_WS.test(importer) ? { path: `node:${path}`, namespace: 'node-builtin' } : undefined,
    );
    build.onLoad({ filter: /.*/, namespace: 'node-builtin' }, ({ path }) => ({
      contents: lazyBuiltin(path),
      loader: 'js',
    }));
  },
};

/**
 * Ink's layout has its WASM in its own text, and waits for it while it is loaded, which no CommonJS can: here it is compiled at
 * once. It looks for `fetch` all the same, and to look makes Node load its HTTP client.
 */
export const inkAtOnce: Plugin = {
  name: 'ink-at-once',
  setup(build) {
    build.onLoad({ filter: /yoga-layout[\\/]dist[\\/]binaries[\\/].*\.js$/ }, ({ path }) => {
      const text = readFileSync(path, 'utf8').replace(/\bfetch\b/g, 'undefined');
      const bytes = /"data:application\/octet-stream;base64,([^"]+)"/.exec(text)?.[1];
      if (bytes === undefined) throw new Error('Yoga has its WASM elsewhere');
      return {
        contents: `${text.replace(bytes, '')}
          export const bytes = () => Buffer.from('${bytes}', 'base64');`,
        loader: 'js',
      };
    });
    build.onLoad({ filter: /yoga-layout[\\/]dist[\\/]src[\\/]index\.js$/ }, ({ path }) => ({
      contents: readFileSync(path, 'utf8')
        .replace('import loadYoga from', 'import loadYoga, { bytes } from')
        .replace(
          'wrapAssembly(await loadYoga())',
          `(() => {
            const yoga = {
              instantiateWasm(imports, receive) {
                const made = new WebAssembly.Instance(new WebAssembly.Module(bytes()), imports);
                receive(made);
                return made.exports;
              },
            };
            loadYoga(yoga);
            return wrapAssembly(yoga);
          })()`,
        ),
      loader: 'js',
    }));
    // Tools for whoever works on Ink itself, behind a switch that no build of ours has; it would wait for them
    build.onLoad({ filter: /ink[\\/]build[\\/]reconciler\.js$/ }, ({ path }) => ({
      contents: readFileSync(path, 'utf8').replaceAll("process.env['DEV'] === 'true'", 'false'),
      loader: 'js',
    }));
  },
};
