/** What the Host says of itself, out of its ledger and what it only counts. */
import { describe, expect, test } from 'vitest';
import { HOST_GRAPH, startSingleHost } from '../../../test/sim/single-host.ts';
import { hostKit, START } from '../../../test/support/host-kit.ts';
import { probedAs } from '../../../test/support/probe-records.ts';
import { wholeRow } from '../../../test/support/rows.ts';
import { type Name, uuidOf } from '../../../test/support/world.ts';
import { npub } from '../../core/encoding/id.ts';
import { isoTime } from '../../core/encoding/time.ts';
import type { RunnerHello } from '../../core/projection/queries.ts';
import { graphState } from './graph-state.ts';
import { removePrincipal, setPrincipal } from './principals.ts';
import { removeSecret, setSecret } from './secrets.ts';
import { listRejects, status } from './status.ts';

const SIGNER = 'c6047f9441ed7d6d3045406e95c07cd85c778e4b8cef3ca7abac09b95c709ee5';
type Kit = ReturnType<typeof hostKit>;
/** What was refused and is not in the ledger yet. */
const counting = ({ host }: Kit, items: ReturnType<typeof host.exchange.rejected>) => {
  host.exchange = { ...host.exchange, rejected: () => items };
};

test('the status counts runners, sessions, and every refusal', () => {
  const kit = hostKit();
  const { tables } = kit.home;
  expect(status(kit.host)).toMatchObject({
    runners: 0,
    rejects: 0,
    sessions: { open: 0, unheld: 0, all: 0 },
    revision: null,
  });
  tables.put('hellos', wholeRow('hellos', { pubkey: 'r1', name: 'r1' }));
  tables.put('hellos', wholeRow('hellos', { pubkey: 'u1', name: 'alice', role: 'user' }));
  for (const [id, open] of [
    ['s1', 1],
    ['s2', 0],
    ['s3', 0],
  ] as const)
    tables.put('sessions', wholeRow('sessions', { id, open }));
  tables.put('rejects', { reason: 'no_edge', signer: SIGNER, count: 3, first: START, last: START });
  counting(kit, [
    { reason: 'bad_mac', signer: null, count: 2, first: START, last: START },
    { reason: 'no_edge', signer: SIGNER, count: 1, first: START, last: START },
  ]);
  kit.time.monotonic += 1_234;
  expect(status(kit.host)).toMatchObject({
    runners: 1,
    rejects: 6,
    sessions: { open: 0, unheld: 1, all: 3 },
    uptimeMs: 1_234,
  });
});

test('the status says what the newest check of the ledger found', () => {
  const kit = hostKit();
  expect(status(kit.host).ledger.checked).toBeNull();
  kit.home.checked = () => ({
    at: START * 1000,
    lines: 7,
    fault: '000001.ndjson is damaged at byte 3, line 1',
  });
  expect(status(kit.host).ledger.checked).toEqual({
    ...{ at: isoTime(START * 1000), lines: 7, fault: '000001.ndjson is damaged at byte 3, line 1' },
  });
});

describe('a session is open at the Host', () => {
  const session = uuidOf(0xe1);
  const told = async () => {
    const one = await startSingleHost();
    await one.place();
    const see = (
      state: 'accepted' | 'active' | 'cancelled',
      step: number,
      attempt = 1,
      from: Name = 'runner',
    ) => one.observe({ state, step, attempt, from });
    await see('accepted', 1);
    const counts = () => status(one.host).sessions;
    return { ...one, see, counts };
  };

  test('while the runner that told of it has its node', async () => {
    const one = await told();
    expect(one.counts()).toEqual({ open: 1, unheld: 0, all: 1 });
    await one.see('active', 2);
    expect(one.counts()).toEqual({ open: 1, unheld: 0, all: 1 });
    await one.see('cancelled', 3);
    expect(one.counts()).toEqual({ open: 0, unheld: 0, all: 1 });
  });

  test('not when that is over: a person may have cancelled it, and told nobody', async () => {
    const one = await told();
    await one.trust('runner', 'r1', 'revoked');
    await one.time.until('the end of the assignment', () => one.said('assignment.revoke')[0], 5_000);
    expect(one.counts()).toEqual({ open: 0, unheld: 1, all: 1 });
    expect(graphState(one.host).sessions).toEqual([
      { id: session, node: 'builder', requester: 'alice', held: false },
    ]);
  });

  test('not because its node runs again, but when its next attempt is told of', async () => {
    const one = await told();
    await one.trust('runner', 'r1', 'revoked');
    await one.addRunner('runner2', 'r2');
    await one.time.until('the next offer', () => one.offers()[1]);
    await one.accept(one.offers()[1]!, one.actors.peer);
    await one.time.pass(1_000);
    expect(one.counts()).toEqual({ open: 0, unheld: 1, all: 1 });
    await one.see('accepted', 1, 2, 'runner2');
    expect(one.counts()).toEqual({ open: 1, unheld: 0, all: 1 });
  });

  test('not because its runner got its node once more', async () => {
    const one = await told();
    const { assignment, fence } = one.offers()[0]!.body;
    const body = { assignment, fence, state: 'stopped' as const };
    await one.hear({ type: 'assignment.receipt', from: 'runner', to: 'host', body });
    await one.time.until('the next offer', () => one.offers()[1]);
    await one.accept(one.offers()[1]!, one.actors.peer);
    await one.time.pass(1_000);
    expect(one.home.tables.get('assignments', one.offers()[1]!.body.assignment)?.state).toBe('accepted');
    expect(one.counts()).toEqual({ open: 0, unheld: 1, all: 1 });
    await one.see('accepted', 1, 2);
    expect(one.counts()).toEqual({ open: 1, unheld: 0, all: 1 });
  });
});

test('rejects are one row a reason and signer, counted in the ledger and since, newest first', () => {
  const kit = hostKit();
  const at = (seconds: number) => isoTime((START + seconds) * 1000);
  for (const [reason, signer, last] of [
    ['older', '', 1],
    ['newer', SIGNER, 5],
  ] as const)
    kit.home.tables.put('rejects', { reason, signer, count: 2, first: START, last: START + last });
  counting(kit, [
    { reason: 'newer', signer: null, count: 1, first: START + 3, last: START + 3 },
    { reason: 'older', signer: null, count: 4, first: START + 7, last: START + 9 },
  ]);
  expect(listRejects(kit.host)).toEqual({
    items: [
      { reason: 'older', signer: null, count: 6, first: at(0), last: at(9) },
      { reason: 'newer', signer: npub(SIGNER), count: 2, first: at(0), last: at(5) },
      { reason: 'newer', signer: null, count: 1, first: at(3), last: at(3) },
    ],
    next: null,
  });
});

test('the list of rejects is bounded', () => {
  const kit = hostKit();
  for (let i = 0; i < 501; i++)
    kit.home.tables.put('rejects', { reason: `r${i}`, signer: '', count: 1, first: START, last: START + i });
  const { items } = listRejects(kit.host);
  expect([items.length, items[0]!.reason, items.at(-1)!.reason]).toEqual([500, 'r500', 'r1']);
});

test('the status names git principals that nodes wait for, and the state of a plan those that are set', async () => {
  const one = await startSingleHost();
  const workspace = 'workspace: { repository: "ssh://git@example.org/a.git", base: main, principal: bot }';
  await one.apply(HOST_GRAPH.replace('    policy:', `    ${workspace}\n    policy:`));
  const gaps = () => status(one.host).principals.map(({ gap }) => gap);
  expect(status(one.host).principals).toEqual([{ principal: 'bot', gap: 'unset', nodes: ['builder'] }]);
  const facts = { author: 'Bot <bot@example.com>', ssh: null, https: null, knownHosts: null };
  await setPrincipal(one.host, { name: 'bot', facts }, 'op');
  expect([gaps(), graphState(one.host).principals]).toEqual([[], [{ name: 'bot', facts }]]);
  await removePrincipal(one.host, 'bot', 'op');
  expect([gaps(), graphState(one.host).principals]).toEqual([['unset'], []]);
  await one.close();
});

test('the status names secrets that nodes wait for, and the state of a plan those that there are', async () => {
  const one = await startSingleHost();
  await one.apply(HOST_GRAPH.replace('auth: none', 'auth: "secret:model"'));
  expect(status(one.host).missing).toEqual([{ secret: 'model', nodes: ['builder'] }]);
  await setSecret(one.host, { name: 'model', value: 'c2s=' }, 'op');
  expect(status(one.host).missing).toEqual([]);
  expect(graphState(one.host).secrets).toEqual(['model']);
  await removeSecret(one.host, 'model', 'op');
  expect([status(one.host).missing.length, graphState(one.host).secrets]).toEqual([1, []]);
  await one.close();
});

test('the status names approvals that the agent of what runs was not seen to wait for', async () => {
  const one = await startSingleHost();
  const graph = HOST_GRAPH.replace('type: exec', 'type: acp')
    .replace('sandbox: none', 'sandbox: none, approval: { command.run: { by: [alice], quorum: 1 } }')
    .replace('edges: [', 'edges: [alice approves builder, ');
  await one.apply(graph);
  expect(status(one.host).unenforced).toEqual([]);
  await one.addRunner('runner', 'r1', { engines: ['acp'] });
  await one.time.until('the offer', () => one.offers()[0]);
  const because = 'no runner has tried it as it is there now';
  const told = { node: 'builder', runner: 'r1', operation: 'command.run', because };
  expect(status(one.host).unenforced).toEqual([told]);
  await one.time.pass(2_000);
  const { detail } = one.home.tables.get('hellos', one.actors.runner.pubkey)!;
  const body = { ...(detail as RunnerHello['detail']), name: 'r1', probes: [probedAs('["true"]')] };
  await one.hear({ type: 'runner.hello', from: 'runner', to: 'host', body });
  expect(status(one.host).unenforced).toEqual([]);
  await one.close();
});
