/** What a Host tells of itself in numbers: right ones, of a bounded number of series, and nobody's words. */
import { expect, test } from 'vitest';
import { HOST_GRAPH, startSingleHost } from '../../../test/sim/single-host.ts';
import { hostKit } from '../../../test/support/host-kit.ts';
import { wholeRow } from '../../../test/support/rows.ts';
import { testKey } from '../../../test/support/signed-requests.ts';
import { METRICS, metricNames, readMetrics } from '../../core/host-api/metrics.ts';
import { pathOf } from '../../core/host-api/route.ts';
import { checkpointNow } from './checkpoints.ts';
import { showMetrics } from './metrics.ts';
import { enrolOperator } from './operator-keys.ts';

const PATH = pathOf('metrics.show', {}, {});
const SAMPLE = /^([a-z_]+)(?:\{(.*)\})? (\S+)$/;
type Series = { name: string; labels: Record<string, string>; value: number };
const seriesIn = (text: string): Series[] => {
  const lines = readMetrics(text);
  if (!lines) throw new Error(text);
  return lines.flatMap((line) => {
    const [, name, labels = '', value] = SAMPLE.exec(line) ?? [];
    if (line.startsWith('#') || name === undefined) return [];
    const pairs = [...labels.matchAll(/([a-z]+)="([^"]*)"/g)].map(([, key, word]) => [key, word]);
    return [{ name, labels: Object.fromEntries(pairs), value: Number(value) }];
  });
};
const valueIn = (text: string, line: string): string | undefined =>
  readMetrics(text)
    ?.find((one) => one.startsWith(`${line} `))
    ?.slice(line.length + 1);

/** A graph, two runners of which one waits, a task that waits for people, and what was refused. */
const busy = async () => {
  const one = await startSingleHost();
  await one.place();
  await one.join('bob', 'bob');
  for (const [i, state] of (['accepted', 'active', 'waiting_approval'] as const).entries())
    await one.observe({ state, step: i + 1 });
  return one;
};

test('every metric of the table is told, each series with labels that the table has', async () => {
  const { host } = await busy();
  const text = await showMetrics(host);
  expect(text.match(/^# TYPE (\S+)/gm)).toEqual(metricNames().map((name) => `# TYPE ${name}`));
  const series = seriesIn(text);
  for (const { name, labels, value } of series) {
    const known: Readonly<Record<string, readonly string[]>> = METRICS[name as keyof typeof METRICS].labels;
    expect(Object.keys(labels), name).toEqual(Object.keys(known));
    for (const [label, word] of Object.entries(labels)) expect(known[label], name).toContain(word);
    expect(Number.isFinite(value) && value >= 0, `${name} ${value}`).toBe(true);
  }
  expect(new Set(series.map((one) => JSON.stringify([one.name, one.labels]))).size).toBe(series.length);
});

test('tells what is: sessions, runners, assignments, the ledger, its checkpoint, the process', async () => {
  const one = await busy();
  const before = await showMetrics(one.host);
  expect(valueIn(before, 'entangle_sessions{state="waiting_approval"}')).toBe('1');
  expect(valueIn(before, 'entangle_sessions{state="active"}')).toBe('0');
  expect(valueIn(before, 'entangle_runners{trust="trusted",liveness="live"}')).toBe('1');
  expect(valueIn(before, 'entangle_assignments{state="accepted"}')).toBe('1');
  expect(valueIn(before, 'entangle_graph_revision')).toBe('1');
  expect(valueIn(before, 'entangle_host_epoch')).toBe(`${one.home.epoch!.n}`);
  expect(valueIn(before, 'entangle_ledger_lines_total')).toBe(`${one.home.ledger.head.n}`);
  expect(valueIn(before, 'entangle_ledger_bytes')).toBe('4096');
  expect(valueIn(before, 'entangle_projection_unsaved_lines')).toBe('20');
  expect(valueIn(before, 'entangle_event_loop_delay_seconds{quantile="0.99"}')).toBe('0.05');
  expect(valueIn(before, 'process_resident_memory_bytes')).toBe('123456789');
  expect(valueIn(before, 'entangle_checkpoint_age_seconds')).toBeUndefined();
  await checkpointNow(one.host);
  await one.time.pass(90_000);
  const after = await showMetrics(one.host);
  expect(Number(valueIn(after, 'entangle_checkpoint_age_seconds'))).toBeGreaterThanOrEqual(90);
  // Who was not heard for a while is live no more
  expect(valueIn(after, 'entangle_runners{trust="trusted",liveness="live"}')).toBe('0');
  await enrolOperator(
    one.host,
    { name: 'op', role: 'viewer', pubkey: testKey(1).pubkey, expiresAt: null },
    'bootstrap',
  );
  const last = await showMetrics(one.host);
  expect(
    ['bearer', 'oidc', 'nip98'].map((by) => valueIn(last, `entangle_operators{method="${by}"}`)),
  ).toEqual([...['1', '0', '1']]);
});

test('approvals that wait are told with the age of the oldest', async () => {
  const { host, home, time } = await busy();
  const row = { id: 'a', open: 1 as const, at: Math.floor(time.clock.now() / 1000) - 600 };
  const [first] = home.tables.list('approvals');
  expect(first).toBeUndefined();
  home.tables.put('approvals', wholeRow('approvals', row));
  home.tables.put('approvals', wholeRow('approvals', { ...row, id: 'b', at: row.at + 500 }));
  home.tables.put('approvals', wholeRow('approvals', { ...row, id: 'c', open: 0 as const, at: 0 }));
  const text = await showMetrics(host);
  expect(valueIn(text, 'entangle_approvals_waiting')).toBe('2');
  expect(valueIn(text, 'entangle_approvals_waiting_age_seconds')).toBe('600');
});

test('refusals are counted by reason, over the ledger and what is not in it yet; a word of nobody is other', async () => {
  const kit = hostKit();
  const at = { first: 1, last: 2 };
  kit.home.tables.put('rejects', { reason: 'no_edge', signer: 'a', count: 3, ...at });
  kit.home.tables.put('rejects', { reason: 'no_edge', signer: 'b', count: 4, ...at });
  kit.home.tables.put('rejects', { reason: 'a"word\nof 17 nobody', signer: 'b', count: 2, ...at });
  kit.host.exchange = {
    ...kit.host.exchange,
    rejected: () => [{ reason: 'no_edge', signer: 'a', count: 1, ...at }],
  };
  const text = await showMetrics(kit.host);
  expect(valueIn(text, 'entangle_rejected_messages_total{reason="no_edge"}')).toBe('8');
  expect(valueIn(text, 'entangle_rejected_messages_total{reason="other"}')).toBe('2');
  expect(text).not.toContain('nobody');
});

test('requests are counted by operation and status: done, refused, of nobody, too often, to no operation', async () => {
  const kit = hostKit();
  await kit.ask('GET', PATH);
  await kit.ask('GET', PATH);
  await kit.ask('POST', pathOf('invites.create', {}, {}), {});
  await kit.ask('POST', '/v1/nothing', {});
  for (let n = 0; n < 30; n++) await kit.ask('GET', PATH, undefined, 'x'.repeat(68));
  kit.host.requests.count(null, 421);
  const { body } = await kit.ask('GET', PATH);
  const told = seriesIn(`${body}`)
    .filter(({ name }) => name === 'entangle_api_requests_total')
    .map(({ labels, value }) => `${labels.operation} ${labels.status} ${value}`);
  expect(told.sort()).toEqual([
    ...['invites.create 422 1', 'metrics.show 200 2', 'metrics.show 401 20', 'metrics.show 429 10'],
    ...['none 404 1', 'none 421 1'],
  ]);
});

test('nobody’s words, names, keys or addresses are in it', async () => {
  const one = await busy();
  const text = await showMetrics(one.host);
  const { home, actors } = one;
  const words = [home.host, home.graph, actors.runner.pubkey, actors.user.pubkey, ...home.relays, one.token];
  for (const word of [...words, 'builder', 'alice', 'bob', 'r1', 'acme']) expect(text).not.toContain(word);
  expect(HOST_GRAPH).toContain('builder');
});
