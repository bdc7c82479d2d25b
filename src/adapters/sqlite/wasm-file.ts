/** Where SQLite's WebAssembly lies; the build has its own in place of this module (`scripts/lazy.ts`). */
import { createRequire } from 'node:module';

export const wasmFile = (): string => createRequire(import.meta.url).resolve('sql.js/dist/sql-wasm.wasm');
