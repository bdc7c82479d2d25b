/** SQLite itself: sql.js, with its WebAssembly from where it lies. */
import { readFile } from 'node:fs/promises';
import type { SqlJsStatic } from 'sql.js';
import { wasmFile } from './wasm-file.ts';

/** Bytes of sql-wasm.wasm. */
type Wasm = () => Promise<Uint8Array | ArrayBuffer>;

const installedWasm = () => readFile(wasmFile());

let engine: Promise<SqlJsStatic> | undefined;

/** sql.js is loaded when a projection is first opened: commands without one do not pay for it. */
export function loadEngine(wasm: Wasm = installedWasm): Promise<SqlJsStatic> {
  engine ??= start(wasm).catch((error: unknown) => {
    engine = undefined;
    throw error;
  });
  return engine;
}

async function start(wasm: Wasm): Promise<SqlJsStatic> {
  const [{ initialize }, bytes] = await Promise.all([import('./initialize.ts'), wasm()]);
  // A Buffer may be a window into a larger pool: the engine wants exactly its bytes.
  const wasmBinary = new Uint8Array(bytes).slice().buffer;
  return initialize({ wasmBinary });
}
