import { describe, expect, test } from 'vitest';
import { agent, faults, graphText, USERS } from '../../../../test/graphs/small.ts';
import { TYPES } from '../../../../test/graphs/types.ts';
import { parseGraph } from './parse.ts';

const AGENTS = { a: agent(), b: agent(), c: agent(), d: agent() };
const { alice } = USERS;

describe('an agent is reached', () => {
  const nodes = { a: agent('policy: { budget: { hops: 1 } }'), b: agent(), zoe: USERS.zoe };
  const unreached = (...edges: string[]) => faults(graphText({ nodes, edges }));
  test.each([
    ['through another', ['zoe delegates_to a', 'a delegates_to b'], []],
    ['by what another hands on', ['zoe delegates_to a', 'a hands_off_to b'], []],
    ['by a peer, whoever is named first', ['a peers_with zoe', 'a peers_with b'], []],
    [
      'never by who approves what it does',
      ['zoe delegates_to a', 'zoe approves b'],
      ['unreachable_agent nodes.b'],
    ],
    ['never against an edge', ['zoe delegates_to a', 'b delegates_to a'], ['unreachable_agent nodes.b']],
    [
      'never over an edge that is disabled',
      ['zoe delegates_to a', '{ from: a, relation: delegates_to, to: b, disabled: true }'],
      ['unreachable_agent nodes.b'],
    ],
  ])('%s', (_name, edges, expected) => {
    expect(unreached(...edges)).toEqual(expected);
  });
});

describe('work goes round', () => {
  /** The members of each ring that is warned of, for agents that `alice` reaches one and all. */
  const rings = (edges: readonly string[], nodes: Record<string, string> = AGENTS): string[] => {
    const all = [...edges, ...Object.keys(nodes).map((name) => `alice delegates_to ${name}`)];
    const { problems } = parseGraph(graphText({ nodes: { alice, ...nodes }, edges: all }), { types: TYPES });
    return problems.map(({ code, message }) => `${code}: ${/between (.*), and/.exec(message)?.[1]}`);
  };
  const ring = (names: string) => `cycle_without_budget: ${names}`;
  const arcs = (words: string) => words.split(' ').map((word) => `${word[0]} delegates_to ${word[1]}`);

  test.each([
    ['not at all', 'ab bc', []],
    ['between two', 'ab ba', [ring('a, b')]],
    ['between four, each of which leads to the next', 'ab bc cd da', [ring('a, b, c, d')]],
    ['by the second way out of an agent', 'ab ac ca', [ring('a, c')]],
    ['in two rings, one of which leads to the other', 'ab ba cd dc ca', [ring('a, b'), ring('c, d')]],
    ['in two rings that share an agent', 'ab ba bc cb', [ring('a, b, c')]],
  ])('%s: %s', (_name, words, expected) => {
    expect(rings(arcs(words))).toEqual(expected);
  });

  test('between peers, but not between an agent and a person', () => {
    expect(rings(['a peers_with b'])).toEqual([ring('a, b')]);
    expect(rings(['a peers_with alice'])).toEqual([]);
  });

  test('by what they hand on', () => {
    expect(rings(['a hands_off_to b', 'b delegates_to a'])).toEqual([ring('a, b')]);
  });

  test('unless one of them sets a budget', () => {
    expect(rings(arcs('ab ba'), { ...AGENTS, b: agent('policy: { budget: { hops: 1 } }') })).toEqual([]);
    expect(rings(arcs('ab ba'), { ...AGENTS, a: agent('policy: { budget: { hops: 1 } }') })).toEqual([]);
  });

  test('and not over an edge that is disabled', () => {
    expect(rings(['a delegates_to b', '{ from: b, relation: delegates_to, to: a, disabled: true }'])).toEqual(
      [],
    );
  });
});
