/** Which secrets the turns of an agent get: its engine's own and those that it lists, each once. */
import { expect, test } from 'vitest';
import { GRAPH_TYPES } from '../../services/graph/types.ts';
import { MAX_NODE_SECRETS } from '../bounds.ts';
import { parseGraph } from './file/parse.ts';
import { engineSecret, missingSecrets, missingText, namedSecrets, secretsOfNode } from './named-secrets.ts';

const agent = (auth: string, more = ''): string =>
  `{ kind: agent, engine: { type: exec, auth: "${auth}", command: ["true"] }${more} }`;
const { graph } = parseGraph(
  `graph: acme
nodes:
  a: ${agent('secret:model')}
  b: ${agent('secret:model', ', secrets: [registry, model], policy: { secrets: [mail] }')}
  c: ${agent('none')}
edges: []
`,
  { types: GRAPH_TYPES },
);
const node = (name: string) => {
  const found = graph!.nodes.get(name);
  if (found?.kind !== 'agent') throw new Error(name);
  return found;
};

test('an agent gets the secret of its engine and those that it lists, each once', () => {
  expect(['a', 'b', 'c'].map((name) => secretsOfNode(node(name)))).toEqual([
    ['model'],
    ['mail', 'model', 'registry'],
    [],
  ]);
  expect(['a', 'b', 'c'].map((name) => engineSecret(node(name)))).toEqual(['model', 'model', null]);
});

test('of a graph it is known which agents name a secret; of none nothing is', () => {
  expect(namedSecrets(graph!)).toEqual([
    ['mail', ['b']],
    ['model', ['a', 'b']],
    ['registry', ['b']],
  ]);
  expect(namedSecrets(null)).toEqual([]);
});

test('what agents name and nobody has is told with those who name it, the first five by name', () => {
  expect(missingSecrets(graph!, ['mail', 'unused'])).toEqual([
    { secret: 'model', nodes: ['a', 'b'] },
    { secret: 'registry', nodes: ['b'] },
  ]);
  expect(missingSecrets(graph!, ['mail', 'model', 'registry'])).toEqual([]);
  expect(missingText({ secret: 'model', nodes: ['a', 'b'] })).toMatch(
    /no secret model: turns of a, b fail.*`entangle host secret set model`/,
  );
  const nodes = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
  expect(missingText({ secret: 'model', nodes })).toContain('of a, b, c, d, e and 2 more fail');
  expect(missingText({ secret: 'model', nodes: nodes.slice(0, 5) })).toContain('of a, b, c, d, e fail');
});

test('a node lists at most so many', () => {
  const listing = (count: number) => {
    const names = Array.from({ length: count }, (_, i) => `s${i}`).join(', ');
    const text = `graph: acme\nnodes:\n  a: ${agent('none', `, secrets: [${names}]`)}\nedges: []\n`;
    return parseGraph(text, { types: GRAPH_TYPES }).problems.filter(({ severity }) => severity === 'error');
  };
  expect(listing(MAX_NODE_SECRETS)).toEqual([]);
  expect(listing(MAX_NODE_SECRETS + 1)).toMatchObject([{ path: 'nodes.a.secrets' }]);
});
