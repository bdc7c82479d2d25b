/**
 * Homes of so many lines, each really signed: a Host's or a person's. They are made once, by all cores, and kept beside
 * the temporary files; what is given is a copy, whose closed segments are those of the kept one.
 */
import {
  cpSync,
  createReadStream,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Worker } from 'node:worker_threads';
import { suiteWasm } from '../../src/adapters/crypto/suite-wasm.ts';
import { openLedger } from '../../src/adapters/ledger/ledger.ts';
import type { Ledger } from '../../src/ports/index.ts';
import { Heads } from './heads.ts';
import type { Minted, Owner } from './mint.ts';
import { type Range, rangesOf, tasksFor } from './plan.ts';
import { recordTemplate } from './record.ts';
import { HOME_OF, openMint } from './template.ts';

/** Raise it when other lines are made, or other segments. */
const VERSION = 6;
const CACHE = join(tmpdir(), `entangle-bench-homes-v${VERSION}`);
/** Appends that share a write. */
const AT_ONCE = 2_000;

export const templateDirectory = async (): Promise<string> => {
  const directory = join(CACHE, 'template');
  if (existsSync(directory)) return directory;
  mkdirSync(CACHE, { recursive: true, mode: 0o700 });
  await recordTemplate(directory);
  return directory;
};

const signed = (range: Range): Promise<void> =>
  new Promise((resolve, reject) => {
    const worker = new Worker(new URL('worker.ts', import.meta.url), { workerData: range });
    worker
      .once('error', reject)
      .once('exit', (code) => (code === 0 ? resolve() : reject(new Error(`a worker exited ${code}`))));
  });

/** The ledger's own way to write them, with the time that each of them has. */
const append = async (
  ledger: Ledger,
  file: string,
  heads: Heads | null,
  setTime: (at: number) => void,
): Promise<void> => {
  let writing: Promise<unknown>[] = [];
  for await (const text of createInterface({ input: createReadStream(file) })) {
    const { at, entry }: Minted = JSON.parse(text);
    if (heads?.isDue(writing.length)) {
      await Promise.all(writing);
      await ledger.append(() => [heads.sign(at)]);
      writing = [];
    }
    setTime(at);
    writing.push(ledger.append(() => [entry]));
    if (writing.length < AT_ONCE) continue;
    await Promise.all(writing);
    writing = [];
  }
  await Promise.all(writing);
};

const make = async (owner: Owner, lines: number, home: string): Promise<void> => {
  const directory = await templateDirectory();
  const mint = openMint(directory);
  const ranges = rangesOf(mint, {
    ...{ directory, owner, tasks: tasksFor(mint, owner, lines), workers: availableParallelism() },
  });
  await Promise.all(ranges.map(signed));
  const unfinished = `${home}.new`;
  rmSync(unfinished, { recursive: true, force: true });
  cpSync(join(directory, owner), unfinished, { recursive: true });
  let now = 0;
  const own = join(unfinished, HOME_OF[owner].slice(owner.length + 1));
  const heads = owner === 'host' ? new Heads(own) : null;
  const ledger = await openLedger({
    ...{ directory: join(own, 'ledger'), mode: 'exclusive', from: 0 },
    ...{ follow: (line) => heads?.follow(line), clock: { now: () => now }, sha256: suiteWasm.sha256 },
  });
  for (const { file } of ranges) {
    await append(ledger, file, heads, (at) => {
      now = at;
    });
    rmSync(file);
  }
  await ledger.close();
  renameSync(unfinished, home);
};

/** Makes what is not there yet, which takes a quarter of a millisecond a line and core, and copies it to `to`. */
export const grownHome = async (owner: Owner, lines: number, to: string): Promise<void> => {
  const home = join(CACHE, `${owner}-${lines}`);
  if (!existsSync(home)) await make(owner, lines, home);
  const ledger = join(HOME_OF[owner].slice(owner.length + 1), 'ledger');
  // Without where it was: it is one that never served
  cpSync(home, to, { recursive: true, filter: (path) => !/\.ndjson$|\/place$/.test(path) });
  const segments = readdirSync(join(home, ledger))
    .filter((name) => name.endsWith('.ndjson'))
    .sort();
  const last = segments.pop()!;
  for (const name of segments) linkSync(join(home, ledger, name), join(to, ledger, name));
  cpSync(join(home, ledger, last), join(to, ledger, last));
};
