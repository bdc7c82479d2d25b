/** A runner's own view of itself, folded from its ledger without disturbing who serves it. */
import { join } from 'node:path';
import { suiteWasm } from '../../adapters/crypto/suite-wasm.ts';
import { judgedProbes } from '../../adapters/engines/acp/probe/kept.ts';
import { lastVerification } from '../../adapters/ledger/background.ts';
import { systemClock } from '../../adapters/system/clock.ts';
import { memoryHere } from '../../adapters/system/memory.ts';
import { type ProbeView, probeViewOf } from '../../core/acp/probe-record.ts';
import type { UsageSum } from '../../core/acp/usage.ts';
import { fingerprint } from '../../core/crypto/fingerprint.ts';
import { toHex } from '../../core/encoding/bytes.ts';
import { npub } from '../../core/encoding/id.ts';
import { isoTime } from '../../core/encoding/time.ts';
import { type CheckedView, checkedView } from '../../core/ledger/verification.ts';
import { usageOfTurns } from '../../core/projection/queries.ts';
import type { LeaveMode, RelayState, SandboxKind } from '../../core/vocabulary.ts';
import { type HoldUp, holdUps, holdUpWords, openHere } from '../../services/runner/held-up.ts';
import { runnerConfig } from '../../services/setup/config.ts';
import type { HomePaths as Paths } from '../kit/settings.ts';
import { foldedTables } from '../wiring/folded-tables.ts';
import { requireMember } from '../wiring/home-config.ts';
import type { KeyOptions } from '../wiring/key-stores.ts';
import { keyStore } from '../wiring/key-stores.ts';
import { leaveWish } from '../wiring/leave-wish.ts';
import { type RunnerDisk, runnerDisk } from './disk.ts';

export type RunnerStatus = {
  name: string;
  npub: string;
  host: string;
  trust: string;
  words: string;
  sandbox: SandboxKind[];
  /** That its agents may take together, in MiB; null where nobody knows. */
  memory: number | null;
  /** What was seen of agents that are still as they were tried. */
  probes: ProbeView[];
  /** Of those that were tried: whose programs are others since. */
  void: ProbeView[];
  /** How it leaves its federation, and what that waits for; null where it stays, or has left. */
  leaving: LeaveMode | null;
  waits: HoldUp[];
  nodes: { node: string; state: string; fence: number }[];
  sessions: { open: number; all: number };
  /** What agents told of their turns. */
  usage: UsageSum;
  /** How each relay was when this runner last served. */
  relays: { url: string; state: RelayState; detail?: string; at: string }[];
  disk: RunnerDisk;
  /** What the newest check of every line of its ledger found; null before the first. */
  checked: CheckedView | null;
  outbox: number;
  rejects: number;
  /** How many of them for each reason. */
  reasons: Record<string, number>;
};

/** What it runs; of one that leaves, what that waits for. */
export const workRows = (
  of: Pick<RunnerStatus, 'leaving' | 'waits' | 'nodes' | 'sessions'>,
): [string, string][] => {
  const leaving = of.waits.map(holdUpWords).join('\n') || 'yes, and it waits for nobody';
  return [
    ...(of.leaving === null ? [] : [['leaving', leaving] satisfies [string, string]]),
    ['nodes', of.nodes.map((n) => `${n.node} ${n.state} (fence ${n.fence})`).join('\n') || 'none'],
    ['sessions', `${of.sessions.open} open of ${of.sessions.all}`],
  ];
};

export const readRunnerStatus = async (
  paths: Paths,
  name: string,
  options: KeyOptions,
): Promise<RunnerStatus> => {
  const directory = paths.runner(name);
  const config = await requireMember(directory, runnerConfig, 'runner');
  const self = toHex(suiteWasm.publicKey(await keyStore(config.keys, directory, options).read('runner')));
  const tables = await foldedTables(directory);
  const probes = await judgedProbes(directory);
  const leaving = tables.get('goodbyes', self) ? null : await leaveWish(directory)();
  const reasons = new Map<string, number>();
  for (const { reason, count } of tables.list('rejects'))
    reasons.set(reason, (reasons.get(reason) ?? 0) + count);
  return {
    name: config.name,
    npub: npub(self),
    host: npub(config.host),
    trust: tables.get('trust', self)?.state ?? 'pending',
    words: fingerprint(suiteWasm, 'runner', config.host, self),
    sandbox: config.sandbox,
    memory: config.memory ?? (await memoryHere()),
    probes: probes.standing.map(probeViewOf),
    void: probes.void.map(probeViewOf),
    nodes: tables.list('assignments').map((row) => ({ node: row.node, state: row.state, fence: row.fence })),
    leaving,
    waits: leaving === null ? [] : holdUps({ tables, self, now: systemClock.now() }, leaving),
    sessions: { open: openHere(tables), all: tables.count('sessions') },
    usage: usageOfTurns(tables),
    relays: tables.list('relays').map(({ relay, state, detail, at }) => ({
      url: relay,
      state,
      ...(detail === '' ? {} : { detail }),
      at: isoTime(at * 1000),
    })),
    disk: await runnerDisk(directory, config.disk),
    checked: checkedView(await lastVerification(join(directory, 'ledger'))),
    outbox: tables.count('outbox'),
    rejects: [...reasons.values()].reduce((sum, count) => sum + count, 0),
    reasons: Object.fromEntries(reasons),
  };
};
