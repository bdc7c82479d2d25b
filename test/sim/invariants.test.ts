/** Each invariant sees the one fault that it is there for: a check that finds nothing must be able to find something. */
import { beforeEach, expect, test } from 'vitest';
import { idealSuite } from '../support/ideal-suite.ts';
import { altered, changed, find, retagged } from './altered-lines.ts';
import { type Federation, startFederation } from './federation.ts';
import { doneTwice, endedTwice, faultsOf, lostAfterAck, notRebuilt, pushedUnapproved } from './invariants.ts';
import { watchLeases } from './lease-watch.ts';
import { bodyOf, notAllowed, routesBesideGraph, tagOf } from './model.ts';
import type { Part } from './part.ts';
import { approve, ask, reached } from './story.ts';
import { notShown } from './views-work.ts';

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
      [fed.host.home.host],
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

test('a row that cannot be shown', () => {
  const { tables } = fed.host.home;
  const hello = tables.list('hellos').find(({ role }) => role === 'runner');
  tables.put('hellos', { ...hello!, pubkey: 'no key', name: 'r9' });
  expect(notShown(fed).map((one) => one.split(' cannot')[0])).toEqual(['runners']);
});
