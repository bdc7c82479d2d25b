/** Which agents have which git principal, what is withheld from their runners, and what is amiss. */
import { describe, expect, test } from 'vitest';
import { graphText } from '../../../test/support/graph-texts.ts';
import { GRAPH_TYPES } from '../../services/graph/types.ts';
import type { PrincipalFacts } from '../source/principal.ts';
import type { PrincipalGap, PublishGate } from '../vocabulary.ts';
import { parseGraph } from './file/parse.ts';
import type { GraphNode } from './model.ts';
import { gapText, principalGaps, publishGate } from './named-principals.ts';

const FACTS: PrincipalFacts = {
  ...{ author: 'Bot <bot@example.com>', ssh: 'reads', knownHosts: null },
  https: { secret: 'token', host: 'git.example.org', user: null },
};
const [SSH, HTTPS] = ['ssh://git@git.example.org/a.git', 'https://git.example.org/a.git'];
const withheld = (scheme: 'ssh' | 'https'): PrincipalFacts => ({ ...FACTS, push: { secret: 'p', scheme } });
const graphOf = (repository: string, principal = 'bot') => {
  const text = graphText().replace(
    'policy: { budget: { hops: 3 } }',
    `workspace: { repository: "${repository}", base: main, principal: ${principal} }`,
  );
  const { graph } = parseGraph(text, { types: GRAPH_TYPES });
  const [name] = [...graph!.nodes].find(([, node]) => node.kind === 'agent' && node.workspace?.principal)!;
  return { graph: graph!, name };
};

describe('a publication is held back', () => {
  test.each<[PublishGate, string, string, PrincipalFacts]>([
    ['enforced', 'by a key', SSH, withheld('ssh')],
    ['enforced', 'by a token for its host', HTTPS, withheld('https')],
    ['promised', 'where what pushes is for another host', 'https://example.org/a.git', withheld('https')],
    ['promised', 'where it is for ssh, and the remote is not', HTTPS, withheld('ssh')],
    ['promised', 'where nothing is withheld', HTTPS, FACTS],
    ['promised', 'on this machine', 'file:///srv/a.git', withheld('ssh')],
  ])('%s: %s', (gate, _what, repository, facts) => {
    const node = { workspace: { repository, base: 'main', principal: 'bot' } };
    expect(publishGate(node, [{ name: 'bot', facts }])).toBe(gate);
    expect(publishGate(node, [{ name: 'other', facts }])).toBe('promised');
  });
});

test.each<[PrincipalGap | null, string, PrincipalFacts | null, string]>([
  ['unset', SSH, null, 'until it is set with `entangle host principal set bot`'],
  ['unapproved', SSH, withheld('ssh'), 'nobody approves source.publish of'],
  ['other_remote', HTTPS, withheld('ssh'), 'their runner pushes with what reads'],
  [null, SSH, FACTS, ''],
])('%s: of a node at %s', (gap, repository, facts, words) => {
  const { graph, name } = graphOf(repository);
  const found = principalGaps(graph, facts ? [{ name: 'bot', facts }] : []);
  expect(found).toEqual(gap === null ? [] : [{ principal: 'bot', gap, nodes: [name] }]);
  expect(found.map(gapText).join('')).toContain(words);
});

test('where people approve, what is withheld is of use', () => {
  const { graph, name } = graphOf(SSH);
  const node = graph.nodes.get(name);
  if (node?.kind !== 'agent') throw new Error('no agent');
  const approval = new Map([['source.publish' as const, { by: ['alice'], quorum: 1, four_eyes: false }]]);
  const asked = { ...node, policy: { ...node.policy, approval } };
  const of = { ...graph, nodes: new Map<string, GraphNode>([...graph.nodes, [name, asked]]) };
  expect(principalGaps(of, [{ name: 'bot', facts: withheld('ssh') }])).toEqual([]);
});
