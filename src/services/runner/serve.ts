/** Serves a runner: says hello, keeps its assignments and leases, carries its sessions on. */
import { toHex } from '../../core/encoding/bytes.ts';
import { HEARTBEAT_MS } from '../../core/machines/runner.ts';
import type { Message } from '../../core/protocol/message.ts';
import { LEASES_A_BEAT } from '../../core/protocol/messages/observe.ts';
import type { BodyOf } from '../../core/protocol/table.ts';
import { makeBlobRoom } from '../messaging/blob-room.ts';
import { fetchRoutes, serveBlobs } from '../messaging/blobs.ts';
import { startExchange } from '../messaging/exchange.ts';
import { reconcile } from '../messaging/reconciler.ts';
import { startWitness } from '../messaging/witness.ts';
import { heldAssignments, keepAssignments } from './assignments.ts';
import { attachEvidence } from './evidence.ts';
import { presentRunner } from './hello.ts';
import { createLine } from './in-line.ts';
import { leaveFederation } from './leaving.ts';
import { clearLeftTurns } from './left-turns.ts';
import { logRunner } from './log-lines.ts';
import { throughPrincipals } from './principal.ts';
import { sayRest } from './report-state.ts';
import { Retries } from './retries.ts';
import type { Runner, RunnerOptions } from './runner.ts';
import { advanceSessions, cutOffTurns } from './sessions.ts';
import { takeUpSettings } from './settings.ts';
import { createStoreCare } from './store-care.ts';
import { StoreGate, throughGate } from './store-gate.ts';
import { TurnPool } from './turn-pool.ts';

const UNLEASED_MS = 500;
const BEATS_KEPT = 32;
const FIRST_TRIES = 10;
/** How long turns may take to end when the runner is told to stop; they are run again after the next start. */
const CLOSING_MS = 6_000;

/** `left` resolves when it has left its federation, and the Host knows. */
export type RunningRunner = { runner: Runner; left: Promise<void>; close(): Promise<void> };

export const startRunner = async (options: RunnerOptions): Promise<RunningRunner> => {
  const { home } = options;
  // Known before the first word: a start is no change of mind
  const wished = await options.wantsToLeave();
  const sentAt = new Map<string, number>();
  const failed = (error: unknown) =>
    home.log('error', error instanceof Error ? error.message : String(error));
  const exchange = startExchange(home, {
    changed: () => runner.poke(),
    ephemeral: (m) => {
      if (m.type === 'assignment.renew') {
        isHeard = true;
        renewed(runner, m as Message<BodyOf<'assignment.renew'>>, sentAt);
      }
      if (m.type === 'host.beat') beats.poke();
      witness.heard(m);
    },
  });
  const witness = startWitness(home, () => exchange, { afterMs: 0, changed: () => runner.poke() });
  const gate = new StoreGate();
  const closing = new AbortController();
  const runner: Runner = {
    ...options,
    gate,
    git: throughPrincipals(throughGate(options.git, gate), () => runner),
    exchange,
    turns: new TurnPool(options.capacity, options.memory, options.room),
    retries: new Retries(home.clock),
    attaching: new TurnPool(1),
    inLine: createLine(),
    late: new Map(),
    ampleAt: Number.NEGATIVE_INFINITY,
    lacking: new Set(),
    paths: new Map(),
    cutOff: cutOffTurns(home),
    leaving: wished,
    letGo: new Set(),
    keptAgents: new Set(options.keptPlaces),
    credentials: new Map(),
    closing: closing.signal,
    leftTurns: new Set(options.leftPlaces),
    specs: new Map(),
    poke: () => loop.poke(),
  };
  let isOver: () => void = () => {};
  const left = new Promise<void>((resolve) => {
    isOver = resolve;
  });
  options.room.join(runner.turns, () => runner.poke());
  const stores = createStoreCare(runner);
  let isWhole = false;
  const tellChanges = logRunner(runner);
  const loop = reconcile(
    home.clock,
    1000,
    async () => {
      tellChanges();
      await takeUpSettings(runner);
      await fetchRoutes(home, exchange);
      await keepAssignments(runner);
      if (!isWhole)
        await sayRest(runner).then(() => {
          isWhole = true;
        }, failed);
      await serveBlobs(home, exchange);
      await makeBlobRoom(home);
      await advanceSessions(runner);
      if (runner.leaving !== null) leaving.poke();
      attachEvidence(runner);
      if (runner.leftTurns.size > 0) await clearLeftTurns(runner);
      stores.look();
      if (isUnleased(runner) || (!isHeard && tries < FIRST_TRIES)) beats.poke();
    },
    failed,
  );
  const leaving = reconcile(
    home.clock,
    1000,
    async () => {
      if (await leaveFederation(runner)) isOver();
    },
    failed,
  );
  let lastBeat = -HEARTBEAT_MS;
  /** A runner is placed on when it is heard: as soon as it is trusted, and a relay knows that, not a heartbeat later. */
  let isHeard = false;
  let tries = 0;
  const beats = reconcile(
    home.clock,
    HEARTBEAT_MS,
    async () => {
      const since = home.clock.monotonic() - lastBeat;
      if (since < UNLEASED_MS) return;
      lastBeat = home.clock.monotonic();
      await presentRunner(runner);
      if (await heartbeat(runner, sentAt)) tries += 1;
    },
    failed,
  );
  await presentRunner(runner);
  return {
    runner,
    left,
    async close() {
      closing.abort();
      options.room.leave(runner.turns);
      await beats.stop();
      await witness.stop();
      await leaving.stop();
      await loop.stop();
      const ended = Promise.all([runner.turns.stopAll(), runner.attaching.stopAll(), stores.ended()]);
      await Promise.race([ended, home.clock.sleep(CLOSING_MS)]);
      await exchange.close();
    },
  };
};

const isUnleased = (runner: Runner): boolean =>
  heldAssignments(runner).some((row) => !runner.home.leases.isLive(row.pubkey));

/** True when it was sent: only a trusted runner has anything to say. */
const heartbeat = async (runner: Runner, sentAt: Map<string, number>): Promise<boolean> => {
  const { home } = runner;
  if (home.tables.get('trust', home.self.pubkey)?.state !== 'trusted') return false;
  const leases = heldAssignments(runner).map(({ id, fence }) => ({ assignment: id, fence }));
  for (let i = 0; i === 0 || i < leases.length; i += LEASES_A_BEAT)
    await sendBeat(runner, sentAt, leases.slice(i, i + LEASES_A_BEAT));
  return true;
};

const sendBeat = async (
  { home, exchange, turns }: Runner,
  sentAt: Map<string, number>,
  leases: BodyOf<'runner.heartbeat'>['leases'],
): Promise<void> => {
  const beat = toHex(home.random.bytes(16));
  sentAt.set(beat, home.clock.monotonic());
  for (const old of [...sentAt.keys()].slice(0, -BEATS_KEPT)) sentAt.delete(old);
  await exchange.sendEphemeral({
    type: 'runner.heartbeat',
    from: home.self.pubkey,
    to: home.host,
    body: { beat, running: turns.size, leases },
    dedup: `beat:${beat}`,
  });
};

/** A lease counts from when the heartbeat was sent that it answers: however late the answer, never too long. */
const renewed = (
  runner: Runner,
  m: Message<BodyOf<'assignment.renew'>>,
  sentAt: Map<string, number>,
): void => {
  const { home } = runner;
  const start = sentAt.get(m.body.beat);
  if (start === undefined) return;
  for (const { assignment, fence, leaseMs } of m.body.leases) {
    const row = home.tables.get('assignments', assignment);
    if (row?.pubkey && row.fence === fence)
      home.leases.grant(row.pubkey, start + Math.min(leaseMs, row.lease));
  }
  runner.poke();
};
