/** How long a command takes to start, against a bare Node that does nothing: medians, turn by turn on the same machine. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { npub } from '../src/core/encoding/id.ts';

const ROUNDS = 21;
const BIN = fileURLToPath(new URL('../bin/run.js', import.meta.url));
/** secp256k1's generator: a public key that is surely on the curve. */
const PUBKEY = '79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798';
const GRAPH = `graph: bench\nnodes:\n  alice: { kind: user, pubkey: ${npub(PUBKEY)} }\n`;

export const timed = (args: string[]): number => {
  const start = process.hrtime.bigint();
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`node ${args.join(' ')} exited ${status}: ${stderr}`);
  return Number(process.hrtime.bigint() - start) / 1e6;
};
export const median = (numbers: number[]): number =>
  numbers.sort((a, b) => a - b)[Math.floor(numbers.length / 2)]!;

/** A figure of ours beside the one that it is held against. */
export const compared = (name: string, ours: number, theirs: number, unit: string) => ({
  ...{ name, ours, theirs, unit },
  ratio: ours / theirs,
});

/** Milliseconds; `ratio` is ours over the peer's, so smaller is better. */
export const run = (rounds = ROUNDS) => {
  const directory = mkdtempSync(join(tmpdir(), 'entangle-bench-'));
  const file = join(directory, 'graph.yaml');
  writeFileSync(file, GRAPH);
  try {
    const ours: number[] = [];
    const bare: number[] = [];
    timed([BIN, 'graph', 'validate', file]);
    for (let i = 0; i < rounds; i++) {
      bare.push(timed(['-e', '0']));
      ours.push(timed([BIN, 'graph', 'validate', file]));
    }
    return [compared('entangle graph validate against node -e 0', median(ours), median(bare), 'ms')];
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
};
