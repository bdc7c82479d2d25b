/** Where the Host puts nodes, and that no two offers of one node share a fence. */
import { describe, expect, test } from 'vitest';
import { memoryTables } from '../../../test/support/memory-tables.ts';
import { wholeRow } from '../../../test/support/rows.ts';
import { suiteWasm } from '../../adapters/suite-wasm.ts';
import type { AgentNode, Graph } from '../../core/graph/model.ts';
import type { AssignmentState } from '../../core/machines/assignment.ts';
import type { RunnerTrust } from '../../core/machines/runner.ts';
import { ROWS } from '../../core/projection/rows.ts';
import type { Draft } from '../../core/protocol/compose.ts';
import { createAssignment } from './assignments.ts';
import type { Host } from './host.ts';
import { keepAssignments } from './keep.ts';
import { placeNodes } from './place.ts';
import { oneAfterTheOther } from './serve.ts';

const agent = (labels: Record<string, string> = {}): AgentNode => ({
  kind: 'agent',
  engine: { type: 'exec', auth: 'none', command: ['true'] },
  policy: { approval: new Map(), sandbox: 'none', network: false },
  placement: { labels: new Map(Object.entries(labels)) },
  secrets: [],
});

/** A Host with nodes and runners; what it sends is folded as far as these services look. */
const createHost = (nodes: Record<string, AgentNode>) => {
  const tables = memoryTables(ROWS);
  tables.put('revisions', { n: 1, digest: 'd', parent: null, by: 'x', at: 0 });
  let now = 0;
  const offers: { node: string; runner: string; fence: number }[] = [];
  const send = async (drafts: readonly Draft[]) => {
    await new Promise((done) => setTimeout(done, 1));
    for (const { type, to, body } of drafts as unknown as { type: string; to: string; body: never }[]) {
      const { assignment: id, node, fence } = body as { assignment: string; node: string; fence: number };
      const row = { id, node, fence, runner: to, revision: 1, lease: 1000, offer: `0:${id}`, inputs: {} };
      if (type === 'assignment.offer') {
        tables.put('assignments', { ...row, state: 'offered', pubkey: null, accept: null, reason: null });
        offers.push({ node, runner: to, fence });
      } else tables.put('assignments', { ...tables.get('assignments', id)!, state: 'revoked' });
    }
  };
  const ledger = {
    append: async (build: () => unknown[]) => {
      await new Promise((done) => setTimeout(done, 1));
      return build();
    },
  };
  const random = { bytes: (n: number) => crypto.getRandomValues(new Uint8Array(n)) };
  const self = { pubkey: 'aa'.repeat(32), secretKey: new Uint8Array(32).fill(1) };
  const clock = { now: () => 1_795_000_000_000, monotonic: () => now };
  const home = { tables, ledger, random, clock, suite: suiteWasm, self, graph: 'g', host: self.pubkey };
  const host = {
    home,
    exchange: { send },
    graph: { nodes: new Map(Object.entries(nodes)) } as unknown as Graph,
    kept: null,
    heard: new Map<string, number>(),
    renewed: new Map(),
    leaseMs: 1000,
    startedAt: 0,
    inTurn: oneAfterTheOther(),
  } as unknown as Host;
  const runner = (name: string, labels: Record<string, string> = {}, trust: RunnerTrust = 'trusted') => {
    const offer = { engines: ['exec'], labels, sandbox: ['none'], capacity: 1 };
    const detail = { name, version: '1', platform: '', ...offer };
    tables.put('hellos', wholeRow('hellos', { pubkey: name, name, detail }));
    tables.put('trust', { pubkey: name, name, state: trust, epoch: 1, seq: 1 });
    host.heard.set(name, now);
  };
  const end = (state: AssignmentState) => {
    for (const row of tables.list('assignments')) tables.put('assignments', { ...row, state });
  };
  return { host, tables, offers, runner, end, wait: (ms: number) => (now += ms) };
};

describe('what runs nowhere', () => {
  test('goes to the trusted, live runners that fit, evenly', async () => {
    const { host, offers, runner } = createHost({ a: agent(), b: agent(), c: agent({ os: 'mac' }) });
    runner('r1');
    runner('r2');
    runner('stranger', { os: 'mac' }, 'pending');
    await placeNodes(host);
    await placeNodes(host);
    expect(offers.map(({ node, runner: on }) => `${node} ${on}`)).toEqual(['a r1', 'b r2']);
    runner('r3', { os: 'mac' });
    host.heard.delete('r3');
    await placeNodes(host);
    expect(offers).toHaveLength(2);
    host.heard.set('r3', 0);
    await placeNodes(host);
    expect(offers[2]).toEqual({ node: 'c', runner: 'r3', fence: 1 });
  });
  test('goes back to where it ran, and not to a runner that refused this revision', async () => {
    const { host, offers, runner, end } = createHost({ a: agent() });
    runner('r2');
    await placeNodes(host);
    runner('r1');
    end('revoked');
    await placeNodes(host);
    end('rejected');
    await placeNodes(host);
    expect(offers.map(({ runner: on, fence }) => `${on} ${fence}`)).toEqual(['r2 1', 'r2 2', 'r1 3']);
    end('rejected');
    await placeNodes(host);
    expect(offers).toHaveLength(3);
  });
});

test('two moves at once after a lease is over: one is made, the other finds it made', async () => {
  const { host, tables, offers, runner, wait } = createHost({ a: agent() });
  for (const name of ['r1', 'r2', 'r3']) runner(name);
  await createAssignment(host, { node: 'a', runner: 'r1' });
  wait(60_000);
  const moves = ['r2', 'r3'].map((name) => createAssignment(host, { node: 'a', runner: name }));
  await Promise.allSettled(moves);
  expect(new Set(offers.map(({ fence }) => fence)).size).toBe(offers.length);
  expect(tables.count('assignments')).toBe(offers.length);
});

test('T33 a runner that loses its trust loses its nodes, and they go elsewhere', async () => {
  const { host, tables, offers, runner } = createHost({ a: agent() });
  runner('r1');
  await placeNodes(host);
  host.kept = host.graph;
  runner('r1', {}, 'revoked');
  runner('r2');
  await keepAssignments(host);
  expect(tables.list('assignments').map((row) => row.state)).toEqual(['revoked']);
  await placeNodes(host);
  expect(offers.at(-1)).toEqual({ node: 'a', runner: 'r2', fence: 2 });
});
