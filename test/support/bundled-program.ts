/** Programs of the tests as one file each: else Node strips the types of all their modules whenever one is started. */
import { renameSync } from 'node:fs';
import { basename, join } from 'node:path';
import { buildSync } from 'esbuild';
import { UNBUNDLED, WITH_WASM } from '../../scripts/assets.ts';
import { root } from '../../scripts/stamp.js';

/** Where packages that stay outside of it are found from. */
const PLACE = join(root, 'node_modules', '.cache', 'entangle-tests');
/** What a package of CommonJS asks for in a module. */
const REQUIRE =
  "const require = process.getBuiltinModule('node:module').createRequire(import.meta.url), __filename = import.meta.filename, __dirname = import.meta.dirname;";
const made = new Map<string, string>();

/** A TypeScript program as it is now, bundled by each process of tests once; what replaces it is always whole. */
export const bundledProgram = (program: string): string => {
  const known = made.get(program);
  if (known !== undefined) return known;
  const file = join(PLACE, basename(program).replace(/\.ts$/, '.mjs'));
  const next = `${file}.${process.pid}.mjs`;
  buildSync({
    ...{
      entryPoints: [program],
      outfile: next,
      external: [...UNBUNDLED, ...WITH_WASM],
      banner: { js: REQUIRE },
    },
    ...{ bundle: true, format: 'esm', platform: 'node', logLevel: 'error' },
  });
  renameSync(next, file);
  made.set(program, file);
  return file;
};
