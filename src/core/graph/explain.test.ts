import { describe, expect, test } from 'vitest';
import { ACME, sound } from '../../../test/graphs/acme.ts';
import { TYPES } from '../../../test/graphs/types.ts';
import { overLimit, parseRate } from './edges.ts';
import { type ExplainOptions, explain } from './explain.ts';
import { runTests } from './testing.ts';

const { graph, source } = sound(ACME);
const ask = (words: string, options: ExplainOptions = { source }) => {
  const [from, type, to] = words.split(' ') as [string, string, string];
  return explain(graph, { from, type, to }, TYPES, options);
};

describe('explain', () => {
  test.each([
    ['alice task.request builder', 'allowed', 21, '`alice delegates_to builder` carries task.request'],
    ['alice approval.response helper', 'no_edge', null, 'there is no edge between `alice` and `helper`'],
    ['bob task.request builder', 'no_edge', null, 'none of the edges between `bob` and `builder` carries'],
    [
      'bob task.request builder',
      'no_edge',
      null,
      '; `bob delegates_to builder` or `bob peers_with builder` would carry',
    ],
    ['spare approval.request bob', 'no_edge', null, '; `bob approves spare` would carry approval.request'],
    ['helper nonesuch alice', 'unknown_type', null, 'edges carry task.request, '],
    ['helper task.request builder', 'wrong_direction', 24, 'from `builder` to `helper`, not back'],
    ['helper artifact.ref builder', 'narrowed', 24, 'its `only` leaves it out'],
    ['alice task.request spare', 'disabled', 25, 'is disabled'],
    ['alice task.request bulider', 'unknown_node', null, 'did you mean `builder`?'],
    ['alicia task.request builder', 'unknown_node', null, 'there is no node `alicia`'],
    ['alice task.requests builder', 'unknown_type', null, 'did you mean `task.request`?'],
    ['builder approval.response alice', 'role_never_sends', null, 'sent by a user only'],
    ['builder task.cancel helper', 'narrowed', 24, 'its `only` leaves it out'],
    [
      'builder task.escalate helper',
      'no_edge',
      null,
      'none of the edges between `builder` and `helper` carries task.escalate',
    ],
    ['alice task.handoff builder', 'role_never_sends', null, 'sent by an agent only'],
    ['alice runner.hello builder', 'role_never_sends', null, 'sent by a runner only'],
    ['alice ack builder', 'role_never_sends', null, 'crosses no edge: it belongs to the control plane'],
  ])('%s: %s, line %s', (words, reason, line, part) => {
    const answer = ask(words);
    expect(answer.reason).toBe(reason);
    expect(answer.allowed).toBe(reason === 'allowed');
    expect(answer.place?.line ?? null).toBe(line);
    expect(answer.sentence).toContain(part);
  });

  test('names no edge that would carry what is never for such a node, or what goes over any edge', () => {
    const words = 'there is no edge between `alice` and `bob`';
    expect(ask('alice task.request bob').sentence).toBe(words);
    const types = [...TYPES, { type: 'blob.get', signers: ['user', 'node'] as const, sends: ['any'] }];
    expect(explain(graph, { from: 'alice', type: 'blob.get', to: 'bob' }, types).sentence).toBe(words);
  });

  test('names the deciding line as it stands in the file', () => {
    expect(ask('helper artifact.ref builder').place).toMatchObject({
      filename: 'acme.yaml',
      path: 'edges.3',
      text: '- { from: builder, relation: delegates_to, to: helper, only: [task.request, task.accept, task.update, task.result] }',
    });
  });

  test('over its rate, over its concurrency', () => {
    const usage = (recent: number, open: number) => ({ source, usage: () => ({ recent, open }) });
    expect(ask('alice task.request builder', usage(1, 0)).reason).toBe('allowed');
    expect(ask('alice task.request builder', usage(2, 0))).toMatchObject({ reason: 'rate', allowed: false });
    expect(ask('alice task.request builder', usage(0, 1)).reason).toBe('max_concurrent');
    expect(ask('builder task.result alice', usage(0, 1)).reason).toBe('allowed');
  });

  test('without a file there is no place', () => {
    expect(ask('alice task.request builder', {}).place).toBeNull();
  });
});

test('what serves every edge is not narrowed, but stops with a disabled edge', () => {
  const types = [...TYPES, { type: 'blob.get', signers: ['user', 'node'] as const, sends: ['any'] }];
  const may = (from: string, to: string) => explain(graph, { from, type: 'blob.get', to }, types).reason;
  expect(may('builder', 'helper')).toBe('allowed');
  expect(may('helper', 'builder')).toBe('allowed');
  expect(may('alice', 'spare')).toBe('disabled');
  expect(may('alice', 'helper')).toBe('no_edge');
});

test('rates', () => {
  expect(parseRate('10/minute')).toEqual({ count: 10, perMs: 60_000 });
  expect(parseRate('0/minute')).toBeNull();
  expect(parseRate('1/constructor')).toBeNull();
  expect(overLimit({}, 'task.request', { recent: 1e9, open: 1e9 })).toBeNull();
});

test("the file's own tests are run, with their lines", () => {
  const failing = ACME.replace('alice may task.request', 'alice may_not task.request');
  const read = sound(failing);
  const results = runTests(read.graph, TYPES, read.source);
  expect(results.map(({ test, passed, place }) => [test, passed, place?.line])).toEqual([
    ['alice may_not task.request builder', false, 29],
    ['helper may_not task.request builder', true, 30],
  ]);
});

describe('an edge that leads to people or to agents', () => {
  const both = sound(
    ACME.replace(
      '  - bob delegates_to helper\n',
      '  - bob delegates_to helper\n  - alice reviews builder\n  - helper reviews builder\n  - builder escalates_to bob\n  - builder escalates_to helper\n',
    ),
  );
  test.each([
    ['review.request', 'task.review', 'alice', 'helper', 'reviews builder'],
    ['escalation', 'task.escalate', 'bob', 'helper', 'builder escalates_to'],
  ])('%s goes to people, %s to agents, and it says which', (ofPeople, ofAgents, person, agent, words) => {
    const said = (type: string, to: string) =>
      explain(both.graph, { from: 'builder', type, to }, TYPES, { source: both.source });
    for (const [to, sent, left, kind] of [
      [person, ofPeople, ofAgents, 'a user'],
      [agent, ofAgents, ofPeople, 'an agent'],
    ] as const) {
      const edge = words.startsWith('builder') ? `${words} ${to}` : `${to} ${words}`;
      const asked = `\`${to}\` is ${kind}: what it is asked over \`${edge}\` is ${sent}, and never ${left}`;
      const yes = said(sent, to);
      expect([yes.allowed, yes.edge, yes.sentence.includes(asked)]).toEqual([true, edge, true]);
      const no = said(left, to);
      expect([no.allowed, no.reason, no.edge]).toEqual([false, 'role_never_sends', edge]);
      expect(no.sentence).toBe(`${left} is never sent to ${kind}; ${asked}`);
    }
  });
});
