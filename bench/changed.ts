/**
 * What changed nodes of a graph cost a Host, until everybody concerned is told: by how many there are, and by what is said. The
 * Host is the real one, with its own cryptography, over a ledger and read models in memory; it has run for a while, as Hosts do.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { atMost, compared, type Measure } from '../scripts/bench/measure.ts';
import { suiteWasm } from '../src/adapters/crypto/suite-wasm.ts';
import { toHex } from '../src/core/encoding/bytes.ts';
import { canonicalGraph } from '../src/core/graph/revision.ts';
import { wrapSeal } from '../src/core/nostr/envelope.ts';
import { applyGraph } from '../src/services/host/graph.ts';
import { headOf } from '../src/services/host/host.ts';
import type { Identity } from '../src/services/messaging/home.ts';
import { composeAgain } from '../src/services/messaging/send.ts';
import { graphOf as readGraph } from '../test/sim/single-home.ts';
import { type SingleHost, startSingleHost } from '../test/sim/single-host.ts';

const [FEW, MANY] = [10, 100];
/** Changes before those that are measured: the first ones are compiled. */
const WARM = 60;
const ROUNDS = 20;

/**
 * Agents in a ring, so that each has as many neighbours as any other. `versions`: what each of them is started with; `rate`: how
 * often each may ask the next, which changes what all of them are told and nothing that runs.
 */
const graphOf = (versions: readonly number[], rate: number): string => {
  const agents = versions.map(
    (version, i) =>
      `  agent-${i}: { kind: agent, engine: { type: exec, auth: none, command: ["run", "${version}"] }, policy: { sandbox: none } }`,
  );
  const edges = versions.map((_, i) => {
    const to = `agent-${(i + 1) % versions.length}`;
    return `  - { from: agent-${i}, relation: delegates_to, to: ${to}, rate: ${rate}/minute }`;
  });
  return ['graph: acme', 'nodes:', '  alice: { kind: user, pubkey: $user }', ...agents, 'edges:']
    .concat('  - alice delegates_to agent-0', edges, '')
    .join('\n');
};

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as (what: { type: 'minor' }) => void;

/** Processor time in milliseconds: what else runs on the machine does not count, nor what the round before left to be collected. */
const used = async (work: () => unknown): Promise<number> => {
  collect({ type: 'minor' });
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
};

type Placed = { one: SingleHost; versions: number[]; rate: number };
/** Whoever is offered a node takes it, under a new key, and says that it runs it. */
const acceptAll = async (one: SingleHost): Promise<void> => {
  const offers = one.said('assignment.offer');
  for (const offer of offers) {
    if (one.home.tables.get('assignments', offer.body.assignment)?.state !== 'offered') continue;
    const secretKey = one.home.random.bytes(32);
    const pubkey = toHex(one.suite.publicKey(secretKey));
    const key: Identity = { role: 'node', name: offer.body.node, pubkey, secretKey };
    await one.accept(offer, key);
  }
  const leases = one.host.assignments.running().map(({ id, fence }) => ({ assignment: id, fence }));
  await one.heartbeat('runner', leases);
  await one.time.pass(1_000);
  await readAll(one);
};

/** Whoever is written to acknowledges it, as they do while they are there: nothing is under way but what is said next. */
const readAll = async (one: SingleHost): Promise<void> => {
  for (const reader of ['runner', 'user'] as const) {
    const recipient = one.actors[reader].pubkey;
    const [last] = one.home.tables.list(
      'outbox',
      { recipient },
      { order: 'seq', descending: true, limit: 1 },
    );
    if (last === undefined) continue;
    const body = { stream: last.stream, high: last.seq, top: last.seq, missing: [] };
    await one.hear({ type: 'ack', from: reader, to: 'host', body });
  }
  await one.time.pass(1_000);
};

const placed = async (nodes: number): Promise<Placed> => {
  const one = await startSingleHost({ suite: suiteWasm });
  const versions = Array.from({ length: nodes }, () => 0);
  await one.apply(graphOf(versions, 1));
  await one.addRunner('runner', 'r1');
  await one.time.pass(1_000);
  await acceptAll(one);
  return { one, versions, rate: 1 };
};

/** The next revision; all is said that follows from it, and its lines. */
const change = async (all: Placed, to: (all: Placed) => void) => {
  const { one } = all;
  const { lines } = one.home.disk;
  const before = lines.length;
  to(all);
  // An editor reads the file; the Host is given the text that it comes to
  const canonical = canonicalGraph(readGraph(one.world, graphOf(all.versions, all.rate)));
  const { n, digest } = headOf(one.home)!;
  const cpuMs = await used(async () => {
    await applyGraph(one.host, { canonical, base: { n, digest } }, 'operator');
    await one.time.pass(1_000);
  });
  return { cpuMs, said: lines.slice(before).filter(({ dir }) => dir === 'out') };
};

/** Least of several rounds: other work on the machine makes single ones dearer, never cheaper. Turn by turn, so that it meets all alike. */
const oneChanged = async (sizes: readonly number[]): Promise<number[]> => {
  const all = [];
  for (const nodes of sizes) all.push({ placed: await placed(nodes), least: Number.POSITIVE_INFINITY });
  for (let round = 0; round < WARM + ROUNDS; round++)
    for (const size of all) {
      const { cpuMs } = await change(size.placed, ({ versions }) => {
        versions[round % versions.length]! += 1;
      });
      if (round >= WARM) size.least = Math.min(size.least, cpuMs);
      await acceptAll(size.placed.one);
    }
  return all.map(({ least }) => least);
};

/** The same messages once more, as they go to a relay: signed, sealed and wrapped, and nothing else. */
const composed = (one: SingleHost, said: Awaited<ReturnType<typeof change>>['said']) =>
  used(() => {
    const { suite, random } = one;
    for (const { event, seal } of composeAgain(
      one.home,
      said.map(({ event }) => event),
    ))
      wrapSeal(suite, seal!, {
        ...{ oneTimeKey: random(32), nonce: random(32), aux: random(32), blind: random(32) },
        ...{ recipient: event.tags.find(([name]) => name === 'p')![1]!, createdAt: 0, ephemeral: false },
      });
  });

const allChanged = async (nodes: number) => {
  const all = await placed(nodes);
  const least = { cpuMs: Number.POSITIVE_INFINITY, composes: Number.POSITIVE_INFINITY };
  for (let round = 0; round < ROUNDS; round++) {
    const { cpuMs, said } = await change(all, (it) => {
      it.rate += 1;
    });
    least.cpuMs = Math.min(least.cpuMs, cpuMs);
    least.composes = Math.min(least.composes, await composed(all.one, said));
  }
  return least;
};

export const run = async (few = FEW, many = MANY): Promise<Measure[]> => {
  const [manyMs, fewMs] = (await oneChanged([many, few])) as [number, number];
  const { cpuMs, composes } = await allChanged(many);
  return [
    compared(
      `one changed node of ${many} at the Host against one of ${few}`,
      manyMs,
      fewMs,
      'ms',
      atMost(1.3),
    ),
    compared(
      `${many} changed nodes at the Host against their messages alone`,
      cpuMs,
      composes,
      'ms',
      atMost(1.5),
    ),
  ];
};
