import { describe, expect, test } from 'vitest';
import { ACME, KEYS, sound } from '../../../../test/graphs/acme.ts';
import { TYPES } from '../../../../test/graphs/types.ts';
import { EXPORT_FORMATS, GRAPH_TEMPLATES } from '../../command-words.ts';
import { exportGraph } from '../export.ts';
import { canonicalGraph } from '../revision.ts';
import { runTests } from '../testing.ts';
import { parseGraph } from './parse.ts';
import { graphJsonSchema } from './schema.ts';
import { template } from './templates.ts';

const values = {
  graph: 'acme',
  user: { name: 'alice', pubkey: KEYS[0] },
  repository: 'ssh://git@example.org/acme/app.git',
  base: 'main',
};

describe.each(GRAPH_TEMPLATES)('the %s template', (kind) => {
  const text = template(kind, values);
  test('validates without a warning, and its tests pass', () => {
    const { graph, problems, source } = parseGraph(text, { types: TYPES });
    expect(problems).toEqual([]);
    const results = runTests(graph!, TYPES, source);
    expect(results.length).toBeGreaterThanOrEqual(4);
    expect(results.filter(({ passed }) => !passed)).toEqual([]);
  });
  test('explains itself', () => {
    expect(text.match(/^ *# /gm)!.length).toBeGreaterThanOrEqual(5);
  });
});

test('a hostile repository stays one value', () => {
  const text = template('solo', { ...values, repository: 'x"\nedges: []\n#' });
  const { problems } = parseGraph(text, { types: TYPES });
  expect(problems.map(({ path }) => path)).toEqual(['nodes.builder.workspace.repository']);
});

describe('export', () => {
  const { graph } = sound(ACME);
  test('JSON reads back as the same graph', () => {
    const again = parseGraph(exportGraph(graph, 'json'), { types: TYPES }).graph!;
    expect(canonicalGraph(again)).toBe(canonicalGraph(graph));
  });

  test('JSON is exact, and harmless on a terminal', () => {
    const base = { ...graph, name: 'a\u009b\u202e \\x1b' };
    const text = exportGraph(base, 'json');
    expect(text).toContain('"a\\u009b\\u202e \\\\x1b"');
    expect(JSON.parse(text)).toMatchObject({ graph: base.name });
  });

  test('Mermaid and DOT name each node and edge', () => {
    expect(exportGraph(graph, 'mermaid')).toContain('n0 -->|"delegates_to, at most 1 at once, 2/minute"| n2');
    expect(exportGraph(graph, 'dot')).toContain('"alice" -> "builder" [label="approves"];');
    for (const format of EXPORT_FORMATS)
      for (const name of graph.nodes.keys()) expect(exportGraph(graph, format)).toContain(name);
  });

  test('names are escaped', () => {
    const hostile = { ...graph, nodes: new Map([['x"];evil["<b>\n', graph.nodes.get('alice')!]]), edges: [] };
    expect(exportGraph(hostile, 'mermaid')).toBe(
      'flowchart LR\n  n0(["x#34;#93;#59;evil#91;#34;#60;b#62;#10;"])\n',
    );
    expect(exportGraph(hostile, 'dot')).toContain('"x\\"];evil[\\"<b>\\\\x0a" [shape=ellipse];');
  });
});

test('the published schema says the same of a file as the parser', () => {
  const schema = JSON.stringify(graphJsonSchema());
  expect(schema).toContain('delegates_to');
  expect(schema).toContain('source.publish');
  expect(graphJsonSchema()).toMatchObject({
    type: 'object',
    required: ['graph', 'nodes'],
    additionalProperties: false,
  });
});
