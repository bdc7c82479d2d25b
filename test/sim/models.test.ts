/** Each model sees each line that it does not allow: a federation without faults, and one line more. */
import { beforeAll, expect, test } from 'vitest';
import type { Line } from '../../src/core/ledger/line.ts';
import { signedOutOfTurn } from '../support/authority-model.ts';
import { idealSuite } from '../support/ideal-suite.ts';
import { altered, changed, find, retagged } from './altered-lines.ts';
import { type Federation, startFederation } from './federation.ts';
import { beyondAssignment, cameUninvited, type HostView } from './host-model.ts';
import { faultsOf } from './invariants.ts';
import { tagOf } from './model.ts';
import { outOfOrder } from './order-model.ts';
import type { Part } from './part.ts';
import { approve, ask, reached } from './story.ts';

let fed: Federation;
beforeAll(async () => {
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
const hostWith = (more: Line): HostView => {
  const { home, disk } = fed.host;
  return { key: home.self.pubkey, graph: home.graph, lines: [...disk.lines, more] };
};

const faultsIn = (part: Part<unknown>, more: Line): string[] =>
  outOfOrder(
    [{ kind: part.home.kind, key: part.home.self.pubkey, lines: [...part.disk.lines, more] }],
    [fed.host.home.host],
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
const renumbered = (line: Line) =>
  line.event.tags.map((tag) => (tag[0] === 'seq' ? ['seq', tag[1]!, '99'] : tag));

test.each(ORDER)('a message that is %s', (why, [dir, type], change) => {
  const line = find(fed.runners.r1!, dir, type);
  expect(faultsIn(fed.runners.r1!, altered(line, change(line)))).toContain(why);
});

test('the end of a question that nobody put', () => {
  const line = find(fed.people.alice!, 'in', 'approval.closed');
  const orphan = altered(line, { tags: retagged(line, 'e', other) });
  expect(faultsIn(fed.people.alice!, orphan)).toContain('after nothing that it follows');
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
  const line = find(fed.host, dir, type);
  const faults = beyondAssignment(hostWith(altered(line, change(line))));
  expect(faults.map((one) => one.split(': ')[1])).toEqual([why]);
});

test('at the Host: routes that name a key which no trusted runner has', () => {
  const line = fed.host.disk.lines.findLast((one) => one.dir === 'out' && tagOf(one, 'type') === 'routes')!;
  const peers = [{ name: 'builder', kind: 'agent', pubkey: other }];
  expect(beyondAssignment(hostWith(altered(line, { content: changed(line, { peers }) })))).toEqual([
    expect.stringContaining('names a key that no trusted runner has taken'),
  ]);
});

test('a newcomer with the invite of another, and one that was used', () => {
  const view = hostWith(altered(find(fed.host, 'in', 'runner.hello'), { pubkey: other }));
  expect(cameUninvited(view, fed.host.home.self.secretKey)).toHaveLength(1);
  expect(cameUninvited(view, new Uint8Array(32)).length).toBeGreaterThan(1);
});

test('what is said for the Host by a key that does not sign yet, or any more', () => {
  const { home, disk } = fed.host;
  const heard = find(fed.people.alice!, 'in', 'routes');
  const said = find(fed.host, 'out', 'routes');
  const succeeded = altered(find(fed.host, 'local', 'epoch.claimed'), {
    content: JSON.stringify({ chain: [{ to: other }] }),
    tags: [['type', 'authority.succeeded']],
  });
  const faults = (host: Line[], alice: Line[]) =>
    signedOutOfTurn(home.host, [...disk.lines, ...host], new Map([['alice', alice]]));
  const later = (line: Line) => altered(line, { pubkey: other });
  expect(faults([succeeded, later(said)], [heard, later(heard)])).toEqual([]);
  expect(faults([later(said)], [])).toEqual([expect.stringContaining('by a key that does not sign')]);
  expect(faults([succeeded, said], [])).toEqual([expect.stringContaining('by a key that does not sign')]);
  expect(faults([succeeded], [later(heard), heard])).toEqual([
    expect.stringContaining('by a key that signs no more'),
  ]);
});
