import { describe, expect, test } from 'vitest';
import { agent, faults, graphText, USERS } from '../../../../test/graphs/small.ts';
import { TYPES } from '../../../../test/graphs/types.ts';
import { parseGraph } from './parse.ts';

const { alice, bob, zoe } = USERS;
const NODES = { agent: agent(), alice, bob, zoe };
const WORK = 'alice delegates_to agent';
const edges = (...list: string[]) => faults(graphText({ nodes: NODES, edges: list }));
const only = (types: string) => `{ from: alice, relation: delegates_to, to: agent, only: [${types}] }`;
const TASK = 'task.request, task.accept, task.update, task.result';

describe('an edge', () => {
  test.each([
    ['peers are asked and answer one way, whoever is named first', ['agent peers_with zoe'], []],
    ['a person is never asked for an approval', [WORK, 'alice approves bob'], ['unanswerable edges.1']],
    [
      'peers either way round are one edge',
      ['agent peers_with zoe', 'zoe peers_with agent'],
      ['duplicate_edge edges.1'],
    ],
    [
      'what is not there is not joined to itself',
      [WORK, 'x peers_with x'],
      ['unknown_node edges.1', 'unknown_node edges.1'],
    ],
    ['a whole course alone', [only(TASK)], []],
    ['what serves any edge is not narrowed', [only(`${TASK}, blob.get`)], ['only_not_carried edges.0']],
    [
      'what another relation begins begins nothing',
      [only('approval.request')],
      ['narrowed_unanswerable edges.0', 'only_not_carried edges.0'],
    ],
  ])('%s', (_name, list, expected) => {
    expect(edges(...list)).toEqual(expected);
  });

  test('of peers stands in the order of their names', () => {
    const list = (edge: string) => parseGraph(graphText({ nodes: NODES, edges: [edge] }), { types: TYPES });
    for (const edge of ['agent peers_with zoe', 'zoe peers_with agent'])
      expect(list(edge).graph?.edges).toEqual([{ from: 'agent', relation: 'peers_with', to: 'zoe' }]);
  });
});

describe('a name', () => {
  const policy = (rules: string) => agent(`policy: { approval: ${rules} }`);
  const checksum = 'npub10xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqpkge6e';
  const unread = `{ kind: user, pubkey: ${checksum} }`;
  const of = (nodes: Record<string, string>, more = '') =>
    faults(graphText({ nodes: { alice, ...nodes }, edges: [WORK], more }));

  test.each([
    [
      'of a secret of the node itself',
      { agent: agent('secrets: [other]') },
      'secrets: [known]',
      ['unknown_secret nodes.agent.secrets.0'],
    ],
    [
      'of who sends in a test',
      { agent: agent() },
      'tests: ["x may task.request agent"]',
      ['unknown_node tests.0'],
    ],
    [
      'of an approver whose node cannot be read: nothing more is said of that node',
      { bob: unread, agent: policy('{ source.publish: { by: [bob] } }') },
      '',
      ['pubkey nodes.bob.pubkey'],
    ],
    [
      'of an approver that is no text',
      { agent: policy('{ source.publish: { by: [7] } }') },
      '',
      [
        'unknown_node nodes.agent.policy.approval.source.publish.by.0',
        'wrong_type nodes.agent.policy.approval.source.publish.by.0',
      ],
    ],
    [
      'of no approver, where nothing is said',
      { agent: policy('null') },
      '',
      ['wrong_type nodes.agent.policy.approval'],
    ],
    [
      'of a label',
      { agent: agent('placement: { labels: { "o s": linux } }') },
      '',
      ['wrong_value nodes.agent.placement.labels.o s'],
    ],
  ])('%s', (_name, nodes, more, expected) => {
    expect(of(nodes, more)).toEqual(expected);
  });

  test('that does not decode is told from one that is no point', () => {
    const { problems } = parseGraph(graphText({ nodes: { alice: unread, agent: agent() } }), {
      types: TYPES,
    });
    expect(problems).toMatchObject([{ code: 'pubkey', message: 'is not a valid npub: wrong checksum' }]);
  });
});

test.each([
  ['1s', true],
  ['1500ms', false],
  ['0s', false],
  ['365d', true],
  ['365d1s', false],
])('a time of %s is taken: %s', (time, taken) => {
  const nodes = { alice, agent: agent(`policy: { budget: { time: ${time} } }`) };
  const { graph, problems } = parseGraph(graphText({ nodes, edges: [WORK] }), { types: TYPES });
  expect(problems.map(({ code }) => code)).toEqual(taken ? [] : ['wrong_value']);
  expect(graph === null).toBe(!taken);
});

test('a wrong value is repeated unless it is long', () => {
  const wrong = (runner: string) =>
    parseGraph(graphText({ nodes: { alice, agent: agent(`placement: { runner: ${runner} }`) } }), {
      types: TYPES,
    }).problems[0]?.message;
  expect(wrong('X'.repeat(64))).toContain('X'.repeat(64));
  expect(wrong('X'.repeat(65))).not.toContain('X');
});
