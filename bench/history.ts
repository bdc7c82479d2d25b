/** What the past of a home costs: the size of its read models, folding them anew, and the longest block of a save. */
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { atMost, compared } from '../scripts/bench/measure.ts';
import { suiteWasm } from '../src/adapters/crypto/suite-wasm.ts';
import { fileKeyStore } from '../src/adapters/keys/file.ts';
import { openLedger } from '../src/adapters/ledger/ledger.ts';
import { removeMark } from '../src/adapters/ledger/mark.ts';
import { PROJECTION_FILE } from '../src/adapters/sqlite/projection.ts';
import { systemClock } from '../src/adapters/system/clock.ts';
import { openHome } from '../src/cli/wiring/open-home.ts';
import type { HostConfig, JoinedConfig } from '../src/services/setup/config.ts';
import { homeLines, type LedgerOwner, world } from '../test/support/home-lines.ts';

const LINES = 10_000;
const ROUNDS = 3;
const MOST = Number.POSITIVE_INFINITY;
/** Milliseconds that nothing of ours may keep an event loop. */
const BLOCK_MS = 50;

const configOf = (owner: LedgerOwner): HostConfig | JoinedConfig => {
  const common = {
    graph: world.graph,
    keys: 'file' as const,
    stream: '00'.repeat(16),
    relays: ['ws://127.0.0.1:1'],
  };
  return owner === 'host'
    ? {
        ...{ kind: 'host', ...common, recovery: '00'.repeat(32), leaseMs: 60_000 },
        ...{ bootstrap: null, members: false },
      }
    : {
        kind: 'user',
        ...common,
        name: 'user',
        host: world.actors.host.pubkey,
        ...{ recovery: '00'.repeat(32), invite: null, ticket: null },
      };
};

/** Processor time in milliseconds: what else runs on the machine does not count. */
const used = async (work: () => Promise<unknown>): Promise<number> => {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
};

/** The longest time between two turns of the event loop meanwhile, in milliseconds. */
const longestBlock = async (work: () => Promise<unknown>): Promise<number> => {
  let longest = 0;
  let last = performance.now();
  const beat = () => {
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
  };
  const beating = setInterval(beat, 1);
  await work();
  beat();
  clearInterval(beating);
  return longest;
};

const measure = async (owner: LedgerOwner, lines: number) => {
  const file = homeLines(owner, lines);
  const directory = mkdtempSync(join(tmpdir(), 'entangle-bench-'));
  const ledger = join(directory, 'ledger');
  try {
    mkdirSync(ledger, { mode: 0o700 });
    copyFileSync(file, join(ledger, '000001.ndjson'));
    await fileKeyStore(join(directory, 'keys')).create(owner, world.actors[owner].secretKey);
    const opened = () =>
      openHome(directory, configOf(owner), {
        ...{ mode: 'exclusive' as const, owner: 'bench', input: false, log: () => {} },
      });
    const best = { verified: MOST, anew: MOST, block: MOST };
    const keep = (name: keyof typeof best, value: number) => {
      best[name] = Math.min(best[name], value);
    };
    // Other work on the machine makes single rounds dearer, never cheaper
    for (let round = 0; round < ROUNDS; round++) {
      rmSync(join(directory, PROJECTION_FILE), { force: true });
      await removeMark(ledger);
      const verify = async () => {
        const read = await openLedger({
          ...{ directory: ledger, mode: 'exclusive', from: 0, follow: () => {} },
          ...{ clock: systemClock, sha256: suiteWasm.sha256 },
        });
        await read.close();
      };
      keep('verified', await used(verify));
      let block = 0;
      const fold = async () => {
        const { projection, close } = await opened();
        block = await longestBlock(() => projection.save());
        await close();
      };
      keep('anew', await used(fold));
      keep('block', block);
    }
    const { verified, anew, block } = best;
    const [rows, bytes] = [join(directory, PROJECTION_FILE), file].map((path) => statSync(path).size / lines);
    return [
      compared(
        `a line in the read models of a ${owner} against the line`,
        rows!,
        bytes!,
        'bytes',
        atMost(0.6),
      ),
      compared(
        `${lines} lines of a ${owner} folded and saved against verified`,
        anew,
        verified,
        'ms',
        atMost(10),
      ),
      compared(
        `longest block while ${lines} lines of a ${owner} are saved`,
        block,
        BLOCK_MS,
        'ms',
        atMost(1),
      ),
    ];
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
};

export const run = async (lines = LINES) => [
  ...(await measure('host', lines)),
  ...(await measure('user', lines)),
];
/** Lines are signed once, which takes longer than all the rest. */
export const quick = null;
