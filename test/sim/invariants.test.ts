/** Each invariant sees the one fault that it is there for: a check that finds nothing must be able to find something. */
import { beforeEach, expect, test } from 'vitest';
import type { Line } from '../../src/core/ledger/line.ts';
import { type Federation, startFederation } from './federation.ts';
import { beyondAssignment, cameUninvited } from './host-model.ts';
import { idealSuite } from './ideal-suite.ts';
import { doneTwice, endedTwice, faultsOf, lostAfterAck, notRebuilt, pushedUnapproved } from './invariants.ts';
import { watchLeases } from './lease-watch.ts';
import { bodyOf, notAllowed, routesBesideGraph, tagOf } from './model.ts';
import { outOfOrder } from './order-model.ts';
import type { Part } from './part.ts';
import { approve, ask, reached } from './story.ts';

let fed: Federation;
beforeEach(async () => {
  fed = await startFederation({
    people: { alice: {} },
    agents: { builder: { policy: { approval: { 'source.publish': { by: ['alice'], quorum: 1 } } } } },
    edges: ['alice delegates_to builder', 'alice approves builder'],
    suite: idealSuite,
  });
  const session = await ask(fed, 'alice', 'builder', 'mend it');
  await approve(fed, 'alice', session);
  await reached(fed, 'alice', session, 'completed');
  await fed.time.pass(10_000);
  expect(faultsOf(fed)).toEqual([]);
});

const find = ({ disk }: Part<unknown>, dir: Line['dir'], type: string): Line =>
  disk.lines.find((line) => line.dir === dir && tagOf(line, 'type') === type)!;
/** A line as a tampering disk would have it: the chain is nobody's concern here. */
const altered = (line: Line, change: Partial<Line['event']>): Line => ({
  ...line,
  event: { ...line.event, ...change },
});
const retagged = (line: Line, name: string, value: string) =>
  line.event.tags.map((tag) => (tag[0] === name ? [name, value] : tag));

test('a message that was acknowledged and is gone', () => {
  const { lines } = fed.runners.r1!.disk;
  lines.splice(lines.indexOf(find(fed.runners.r1!, 'in', 'approval.response')), 1);
  expect(lostAfterAck(fed)).toEqual([expect.stringContaining('approval.response')]);
});

test('a push, a turn and a line that came twice', () => {
  const { lines } = fed.runners.r1!.disk;
  (fed.remote.updates as unknown[]).push(fed.remote.updates[0]);
  const turn = find(fed.runners.r1!, 'local', 'turn.finished');
  lines.push(altered(turn, { id: 'ab'.repeat(32) }), find(fed.runners.r1!, 'in', 'task.request'));
  expect(doneTwice(fed)).toEqual([
    expect.stringContaining('a push to entangle/builder/'),
    expect.stringContaining('line in'),
    expect.stringContaining('turn.finished'),
  ]);
});

test('a session that ended twice', () => {
  const result = find(fed.people.alice!, 'in', 'task.result');
  const content = JSON.stringify({ ...bodyOf(result), state: 'failed' });
  fed.people.alice!.disk.lines.push(altered(result, { id: 'ab'.repeat(32), content }));
  expect(endedTwice(fed)).toEqual([expect.stringMatching(/completed and \d+ failed at alice/)]);
});

test('read models that are not those of the lines', () => {
  const { tables } = fed.host.home;
  const [row] = tables.list('sessions');
  tables.put('sessions', { ...row!, state: 'failed' });
  expect(notRebuilt(fed)).toEqual(['the read models of host are not those of its lines']);
});

test('a push that nobody approved', () => {
  const { lines } = fed.people.alice!.disk;
  lines.splice(lines.indexOf(find(fed.people.alice!, 'out', 'approval.response')), 1);
  expect(pushedUnapproved(fed)).toHaveLength(1);
});

test('a push under a policy that names somebody else, or more people', () => {
  const { lines } = fed.runners.r1!.disk;
  const intended = lines.indexOf(find(fed.runners.r1!, 'local', 'publish.intended'));
  const routes = lines.findLast((line, i) => i < intended && tagOf(line, 'type') === 'routes')!;
  for (const rule of [
    { by: ['bob'], quorum: 1 },
    { by: ['alice', 'bob'], quorum: 2 },
  ]) {
    const content = changed(routes, { approval: { 'source.publish': rule } });
    const before = [...lines];
    lines.splice(intended, 0, altered(routes, { content }));
    expect(pushedUnapproved(fed)).toHaveLength(1);
    lines.splice(0, lines.length, ...before);
  }
});

test('work without a lease', () => {
  const seen = watchLeases(fed, 60_000);
  seen.look();
  expect(seen.faults).toEqual([]);
  const unseen = watchLeases(fed, 60_000);
  fed.host.crash();
  unseen.look();
  expect(unseen.faults.map((one) => one.split(' at ')[0])).toEqual([
    'task.request',
    'task.accept',
    'approval.request',
    'artifact.ref',
    'a turn',
    'a push',
  ]);
});

test('messages that no role and no edge let in', () => {
  const faults = (part: Part<unknown>) =>
    notAllowed(
      [{ kind: part.home.kind, key: part.home.self.pubkey, lines: part.disk.lines }],
      fed.host.home.host,
    );
  const { alice } = fed.people;
  const { r1 } = fed.runners;
  const response = find(r1!, 'in', 'approval.response');
  const observed = find(fed.host, 'in', 'session.observed');
  const routes = find(alice!, 'in', 'routes');
  r1!.disk.lines.push(altered(response, { pubkey: 'ab'.repeat(32) }));
  r1!.disk.lines.push(altered(response, { tags: retagged(response, 'type', 'task.result') }));
  fed.host.disk.lines.push(altered(observed, { pubkey: 'ab'.repeat(32) }));
  alice!.disk.lines.push(altered(routes, { tags: retagged(routes, 'type', 'approval.response') }));
  expect(faults(r1!).map((one) => one.split(': ')[1])).toEqual([
    'by nobody that its routes name',
    'nothing that a user says',
  ]);
  expect(faults(fed.host).map((one) => one.split(': ')[1])).toEqual(['by no trusted runner']);
  expect(faults(alice!).map((one) => one.split(': ')[1])).toEqual(['the Host says no such thing']);
});

test('routes that the graph does not have', () => {
  const nobody = { nodes: {}, edges: [] };
  expect(routesBesideGraph(fed.host.disk.lines, () => nobody).length).toBeGreaterThan(0);
});

const faultsIn = (part: Part<unknown>): string[] =>
  outOfOrder(
    [{ kind: part.home.kind, key: part.home.self.pubkey, lines: part.disk.lines }],
    fed.host.home.host,
  ).map((one) => one.split(': ')[1]!);
const other = 'ab'.repeat(32);
const RESPONSE = ['in', 'approval.response'] as const;
const ORDER: readonly [string, readonly [Line['dir'], string], (line: Line) => Partial<Line['event']>][] = [
  ['of an epoch that is not yet', RESPONSE, (line) => ({ tags: retagged(line, 'epoch', '9') })],
  ['of a revision that is not yet', RESPONSE, (line) => ({ tags: retagged(line, 'rev', '9') })],
  ['an answer to what was not asked', RESPONSE, (line) => ({ tags: retagged(line, 'e', other) })],
  ['about something else', RESPONSE, (line) => ({ content: changed(line, { subjectDigest: other }) })],
  ['a place that was taken', RESPONSE, () => ({ id: other })],
  [
    'a second decision of one person',
    RESPONSE,
    (line) => ({
      content: changed(line, { decision: 'rejected' }),
      id: other,
      tags: renumbered(line).map((tag) => (tag[0] === 'dedup' ? ['dedup', 'other'] : tag)),
    }),
  ],
  [
    'another meaning of one key',
    ['in', 'task.request'],
    (line) => ({ id: other, content: changed(line, { task: 'other' }), tags: renumbered(line) }),
  ],
  [
    'a session that another asked for',
    ['in', 'task.request'],
    (line) => ({ pubkey: other, id: other, tags: renumbered(line) }),
  ],
  ['of an epoch that is over', ['in', 'routes'], (line) => ({ tags: retagged(line, 'epoch', '0') })],
  [
    'two meanings of one number',
    ['in', 'routes'],
    (line) => ({ id: other, content: changed(line, { revision: 1, digest: other }), tags: renumbered(line) }),
  ],
  [
    'of another boot in the same epoch',
    ['in', 'routes'],
    (line) => ({
      tags: line.event.tags.map((tag) => (tag[0] === 'epoch' ? ['epoch', tag[1]!, other] : tag)),
    }),
  ],
];
const changed = (line: Line, change: object): string => JSON.stringify({ ...bodyOf(line), ...change });
const renumbered = (line: Line) =>
  line.event.tags.map((tag) => (tag[0] === 'seq' ? ['seq', tag[1]!, '99'] : tag));

test.each(ORDER)('a message that is %s', (why, [dir, type], change) => {
  const line = find(fed.runners.r1!, dir, type);
  fed.runners.r1!.disk.lines.push(altered(line, change(line)));
  expect(faultsIn(fed.runners.r1!)).toContain(why);
});

test('the end of a question that nobody put', () => {
  const line = find(fed.people.alice!, 'in', 'approval.closed');
  fed.people.alice!.disk.lines.push(altered(line, { tags: retagged(line, 'e', other) }));
  expect(faultsIn(fed.people.alice!)).toContain('after nothing that it follows');
});

type HostLine = readonly [string, readonly [Line['dir'], string], (line: Line) => Partial<Line['event']>];
const AT_HOST: readonly HostLine[] = [
  [
    'a fence that does not rise',
    ['out', 'assignment.offer'],
    (line) => ({ content: changed(line, { assignment: 'other' }) }),
  ],
  [
    'to a runner that nobody trusts',
    ['out', 'assignment.offer'],
    (line) => ({
      content: changed(line, { assignment: 'other', fence: 9 }),
      tags: retagged(line, 'p', other),
    }),
  ],
  [
    'not what it was offered',
    ['in', 'assignment.receipt'],
    (line) => ({ content: changed(line, { fence: 9 }) }),
  ],
  ['not what it was offered', ['in', 'assignment.accept'], () => ({ pubkey: other })],
  [
    'a key that does not prove it',
    ['in', 'assignment.accept'],
    (line) => ({ content: changed(line, { pubkey: other }) }),
  ],
  [
    'a node that it never had',
    ['in', 'session.observed'],
    (line) => ({ content: changed(line, { node: 'x' }) }),
  ],
  [
    'evidence by nobody',
    ['in', 'session.observed'],
    (line) => ({ content: changed(line, { evidence: [{ ...line.event, pubkey: other }] }) }),
  ],
  ['an approval that another told of', ['in', 'approval.observed'], () => ({ pubkey: other })],
  ['a work product that another told of', ['in', 'artifact.observed'], () => ({ pubkey: other })],
];
test.each(AT_HOST)('at the Host: %s', (why, [dir, type], change) => {
  const { home, disk } = fed.host;
  const line = find(fed.host, dir, type);
  disk.lines.push(altered(line, change(line)));
  const faults = beyondAssignment({ key: home.self.pubkey, graph: home.graph, lines: disk.lines });
  expect(faults.map((one) => one.split(': ')[1])).toEqual([why]);
});

test('at the Host: routes that name a key which no trusted runner has', () => {
  const { home, disk } = fed.host;
  const line = disk.lines.findLast((one) => one.dir === 'out' && tagOf(one, 'type') === 'routes')!;
  const peers = [{ name: 'builder', kind: 'agent', pubkey: other }];
  disk.lines.push(altered(line, { content: changed(line, { peers }) }));
  expect(beyondAssignment({ key: home.self.pubkey, graph: home.graph, lines: disk.lines })).toEqual([
    expect.stringContaining('names a key that no trusted runner has taken'),
  ]);
});

test('a newcomer with the invite of another, and one that was used', () => {
  const { home, disk } = fed.host;
  const line = find(fed.host, 'in', 'runner.hello');
  disk.lines.push(altered(line, { pubkey: other }));
  const view = { key: home.self.pubkey, graph: home.graph, lines: disk.lines };
  expect(cameUninvited(view, home.self.secretKey)).toHaveLength(1);
  expect(cameUninvited(view, new Uint8Array(32)).length).toBeGreaterThan(1);
});
