import { describe, expect, test } from 'vitest';
import { ACME, changed, KEYS, sha256, sound } from '../../../test/graphs/acme.ts';
import { TYPES } from '../../../test/graphs/types.ts';
import { policyDigest, termsOf } from './approvals.ts';
import { checkGraph } from './file/parse.ts';
import { canonicalGraph, graphDigest, parseCanonical, successionProblem } from './revision.ts';
import { routesOf } from './routes.ts';

const { graph } = sound(ACME);

describe('routesOf', () => {
  test('is the neighbourhood and nothing more', () => {
    const routes = routesOf(graph, 'helper', sha256)!;
    expect(routes).toStrictEqual({
      self: { name: 'helper', kind: 'agent', pubkey: null },
      peers: [
        {
          name: 'bob',
          kind: 'user',
          pubkey: KEYS[1],
          person: 'bob',
          relations: [{ relation: 'delegates_to', side: 'b' }],
        },
        {
          name: 'builder',
          kind: 'agent',
          pubkey: null,
          relations: [
            {
              relation: 'delegates_to',
              side: 'b',
              only: ['task.accept', 'task.request', 'task.result', 'task.update'],
            },
          ],
        },
      ],
      approval: {},
      policy: {},
    });
    expect(JSON.stringify(routes)).not.toContain('alice');
  });

  test('tells people, and no agent, what the turns of an agent reach', () => {
    const graph = changed(['budget: { hops: 3 }', 'network: [a.example:443]']);
    const of = (self: string) =>
      routesOf(graph, self, sha256)!.peers.map(({ name, reach }) => [name, reach?.sandbox, reach?.network]);
    expect(of('alice')).toContainEqual(['builder', 'bwrap', ['a.example:443']]);
    expect(of('helper').map(([, sandbox]) => sandbox)).toEqual([undefined, undefined]);
  });

  test('carries an agent its own approval policy', () => {
    expect(routesOf(graph, 'builder', sha256)!.approval).toEqual({
      'source.publish': { by: ['alice', 'bob'], quorum: 2, four_eyes: false },
    });
    expect(routesOf(graph, 'builder', sha256)!.policy).toEqual({
      'source.publish': policyDigest(termsOf(graph, 'builder', 'source.publish')!, sha256),
    });
  });

  test('carries a person their own key, and of others what stands in the graph alone', () => {
    expect(routesOf(graph, 'alice', sha256)!.self).toEqual({ name: 'alice', kind: 'user', pubkey: KEYS[0] });
    expect(routesOf(graph, 'builder', sha256)!.peers[0]).toStrictEqual({
      name: 'alice',
      kind: 'user',
      pubkey: KEYS[0],
      relations: [
        { relation: 'approves', side: 'b' },
        { relation: 'delegates_to', side: 'b', max_concurrent: 1, rate: '2/minute' },
      ],
    });
  });

  test('is null for a stranger', () => {
    expect(routesOf(graph, 'constructor', sha256)).toBeNull();
  });
});

describe('the policy digest', () => {
  const digest = (of = graph) => policyDigest(termsOf(of, 'builder', 'source.publish')!, sha256);
  const same = (...pairs: [string, string][]) => digest(changed(...pairs)) === digest();

  test('stays through changes that do not touch the policy, its approvers or their edges', () => {
    expect(same(['bob delegates_to spare', 'alice delegates_to helper'])).toBe(true);
    expect(same(['command: ["true"]', 'command: ["false"]'])).toBe(true);
    expect(same(['by: [alice, bob]', 'by: [bob, alice]'])).toBe(true);
  });

  test('changes with the policy, an approver or an edge', () => {
    expect(same(['quorum: 2', 'quorum: 1'])).toBe(false);
    expect(same(['quorum: 2', 'quorum: 2, four_eyes: true'])).toBe(false);
    const expires = (time: string) => digest(changed(['quorum: 2', `quorum: 2, expires: ${time}`]));
    expect(expires('2h')).not.toBe(expires('1h'));
    expect(same(['quorum: 2', 'quorum: 2, expires: 1h'])).toBe(false);
    expect(same([KEYS[1], KEYS[2]])).toBe(false);
    expect(same(['person: bob', 'person: bobby'])).toBe(false);
    expect(
      same(['- bob approves builder', '- { from: bob, relation: approves, to: builder, rate: 1/day }']),
    ).toBe(false);
  });
});

describe('revisions', () => {
  test('order, spelling and comments do not change the digest', () => {
    const other = changed(
      [
        '  - alice approves builder\n  - bob approves builder\n',
        '  - bob approves builder\n  - alice approves builder\n',
      ],
      ['graph: acme', '# hello\ngraph: "acme"'],
      ['quorum: 2', 'four_eyes: false, quorum: 2'],
    );
    expect(graphDigest(other, sha256)).toBe(graphDigest(graph, sha256));
    expect(graphDigest(changed(['hops: 3', 'hops: 4']), sha256)).not.toBe(graphDigest(graph, sha256));
  });

  test('canonical text with anything else in it is refused', () => {
    const text = canonicalGraph(graph);
    expect(canonicalGraph(parseCanonical(text))).toBe(text);
    expect(() => parseCanonical(text.replace('"graph":"acme"', '"__proto__":{},"graph":"acme"'))).toThrow(
      'canonical',
    );
    expect(() => parseCanonical(text.replace('"acme"', '"Acme"'))).toThrow('canonical');
    expect(() => parseCanonical('{')).toThrow('canonical');
    expect(() => parseCanonical('null')).toThrow('canonical');
  });

  const APPROVES = '{"from":"alice","relation":"approves","to":"builder"}';
  const edge = (from: string, to: string) => APPROVES.replace('alice', from).replace('builder', to);
  test.each([
    ['an edge to nowhere', APPROVES, edge('alice', 'ghost'), 'has an end missing'],
    ['an edge from nowhere', APPROVES, edge('ghost', 'builder'), 'has an end missing'],
    ['an edge of one node', APPROVES, edge('alice', 'alice'), 'has an end missing'],
    ['an edge twice', APPROVES, `${APPROVES},${APPROVES}`, 'an edge twice'],
    ['an edge as people write it', APPROVES, '"alice approves builder"', 'short edges'],
    ['a key twice', KEYS[1], KEYS[0], 'a pubkey twice'],
    ['a key that does not decode', KEYS[1], `npub1${'q'.repeat(58)}`, 'a pubkey does not decode'],
    ['more than 8 MiB', '"acme"', `"${'a'.repeat(8_388_608)}"`, 'more than 8 MiB'],
  ])('canonical text with %s is refused', (_name, old, now, why) => {
    const text = canonicalGraph(graph);
    expect(text).toContain(old);
    expect(() => parseCanonical(text.replace(old, now))).toThrow(why);
  });

  test.each([
    ['another kind of value', '{"graph":5,"nodes":{}}', 'graph: must be text'],
    ['no name', '{"graph":"A_b","nodes":{}}', 'graph: must be a name: 1 to 63 of a-z, 0-9 and -'],
    ['no nodes', '{"graph":"acme"}', 'nodes: is missing'],
    ['a member more', '{"graph":"acme","nodes":{},"z":1}', 'unknown field "z"'],
    [
      'a node without an engine',
      '{"graph":"acme","nodes":{"a":{"kind":"agent"}}}',
      'nodes.a.engine: is missing',
    ],
    ['a node of no name', '{"graph":"acme","nodes":{"A_b":{"kind":"x"}}}', 'nodes: "A_b" must be a name'],
    ['an edge that is a number', '{"graph":"acme","nodes":{},"edges":[5]}', 'edges.0: is not valid'],
  ])('canonical text with %s is refused in words', (_name, text, words) => {
    expect(() => parseCanonical(text)).toThrow(`not the canonical text of a graph: ${words}`);
  });

  test.each([
    ['nodes', 5_000, 'nodes: must be at most 5000 nodes'],
    ['edges', 50_000, 'edges: must be at most 50000 items'],
    ['tests', 20_000, 'tests: must be at most 20000 items'],
  ])('canonical text has no more %s than %i', (part, most, words) => {
    const user = { kind: 'user', pubkey: KEYS[0] };
    const textOf = (count: number): string => {
      const nodes = Array.from({ length: part === 'nodes' ? count : 1 }, (_, i) => [`a${i}`, user]);
      const items = (of: string) => Array(part === of ? count : 0).fill('a may b c');
      const edges = items('edges').map(() => 'a approves b');
      return JSON.stringify({
        graph: 'acme',
        nodes: Object.fromEntries(nodes),
        edges,
        tests: items('tests'),
      });
    };
    expect(() => parseCanonical(textOf(most + 1))).toThrow(words);
    // Refused too, for being no canonical text
    expect(() => parseCanonical(textOf(most))).toThrow(/^(?!.*must be at most)/);
  });

  test('what a Host judges by is in the canonical text, and nothing that is empty', () => {
    const full = changed(
      ['secrets: [model]', 'secrets: [model]\nprincipals: [deployer, ci-bot]'],
      ['base: main', 'base: main, principal: ci-bot'],
    );
    const text = canonicalGraph(full);
    expect(parseCanonical(text)).toStrictEqual(full);
    expect(full.principals).toEqual(['ci-bot', 'deployer']);
    const other = parseCanonical(text.replace('"principal":"ci-bot"', '"principal":"somebody"'));
    expect(checkGraph(other, TYPES)).toMatchObject([{ code: 'unknown_principal' }]);
    expect(canonicalGraph(graph)).not.toContain('"principals"');
    expect(text.match(/"secrets":/g)).toHaveLength(1);
  });

  test('a Host finds the same semantic problems in canonical text as the file had', () => {
    expect(checkGraph(graph, TYPES)).toEqual([]);
    const bad = parseCanonical(
      canonicalGraph(graph).replace('"by":["alice","bob"]', '"by":["alice","helper"]'),
    );
    expect(checkGraph(bad, TYPES).map(({ code }) => code)).toEqual(['approver_not_user']);
  });

  test('only the next number on the right parent follows', () => {
    const head = { n: 4, digest: 'd4', parent: 'd3' };
    expect(successionProblem(head, { n: 5, digest: 'd5', parent: 'd4' })).toBeNull();
    expect(successionProblem(null, { n: 1, digest: 'd1', parent: null })).toBeNull();
    expect(successionProblem(head, { n: 4, digest: 'x', parent: 'd3' })).toBe('not_successor');
    expect(successionProblem(head, { n: 6, digest: 'x', parent: 'd4' })).toBe('not_successor');
    expect(successionProblem(head, { n: 2 ** 53 - 1, digest: 'x', parent: 'd4' })).toBe('not_successor');
    expect(successionProblem(head, { n: 5, digest: 'x', parent: 'd3' })).toBe('wrong_parent');
    expect(successionProblem(null, { n: 1, digest: 'x', parent: 'd3' })).toBe('wrong_parent');
  });
});
