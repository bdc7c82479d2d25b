/** A revision that is read beside the one before it is read, judged and told as if it stood alone. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MAX_NODES } from '../../src/core/bounds.ts';
import { canonicalize } from '../../src/core/encoding/canonical.ts';
import { checkGraph, parseGraph } from '../../src/core/graph/file/parse.ts';
import { type AgentNode, type Graph, makeGraph } from '../../src/core/graph/model.ts';
import { canonicalGraph, graphFile, parseCanonical } from '../../src/core/graph/revision.ts';
import { type Standing, standingAt } from '../../src/core/graph/standing.ts';
import { tooLargeNodes } from '../../src/services/graph/size.ts';
import { ACME, sha256 } from '../graphs/acme.ts';
import { randomGraph } from '../graphs/random.ts';
import { TYPES } from '../graphs/types.ts';
import { times } from '../support/counts.ts';

const runs = times(150, 5_000);

/** What a text is read as, or in which words it is refused. */
const read = (text: string, before: Graph | null = null): Graph | string => {
  try {
    return parseCanonical(text, before);
  } catch (error) {
    return (error as Error).message;
  }
};

/** Of each part that both have, that of one or the other; edges whose ends are there. */
const mixed = (one: Graph, other: Graph, takes: readonly boolean[]): Graph => {
  const takesOne = (i: number): boolean => takes[i % takes.length]!;
  const names = [...new Set([...one.nodes.keys(), ...other.nodes.keys()])];
  const nodes = new Map(
    names.flatMap((name, i) => {
      const node = (takesOne(i) ? one : other).nodes.get(name);
      return node ? [[name, node] as const] : [];
    }),
  );
  const edges = one.edges.filter(({ from, to }, i) => takesOne(i) && nodes.has(from) && nodes.has(to));
  return makeGraph({ ...other, nodes, edges });
};

const WRONG: readonly (readonly [was: string, is: string])[] = [
  ['"quorum":1', '"quorum":99'],
  ['"kind":"agent"', '"kind":"robot"'],
  ['"kind":"user"', '"kind":"user","extra":1'],
  ['"relation":"', '"relation":"x'],
  ['"edges":[', '"edges":["a delegates_to b",'],
  ['"nodes":{', '"nodes":{"__proto__":{},'],
  ['"nodes":{', '"nodes":[],"x":{'],
  ['"from":', ' "from":'],
  ['"n1":', '"n2":'],
];
const damaged = (text: string, [at, which, noise]: readonly [number, number, string]): string => {
  const [was, is] = WRONG[which % WRONG.length]!;
  const place = at % text.length;
  return which < WRONG.length ? text.replace(was, is) : text.slice(0, place) + noise + text.slice(place + 1);
};
const damage = fc.tuple(fc.nat(), fc.nat({ max: 2 * WRONG.length }), fc.string({ maxLength: 2 }));
const takes = fc.array(fc.boolean(), { minLength: 1, maxLength: 16 });

describe('a revision beside the one before it', () => {
  test('is read as it is alone, or refused in the same words', () => {
    fc.assert(
      fc.property(randomGraph, randomGraph, takes, damage, (one, other, choice, wrong) => {
        const before = parseCanonical(canonicalGraph(one));
        const text = canonicalGraph(mixed(before, other, choice));
        expect(read(text, before)).toStrictEqual(read(text));
        const bad = damaged(text, wrong);
        expect(read(bad, before)).toStrictEqual(read(bad));
      }),
      { numRuns: runs },
    );
  });

  test('is judged as it is alone', () => {
    fc.assert(
      fc.property(randomGraph, randomGraph, takes, (one, other, choice) => {
        const before = parseCanonical(canonicalGraph(one));
        checkGraph(before, TYPES);
        tooLargeNodes(before);
        const text = canonicalGraph(mixed(before, other, choice));
        const [beside, alone] = [parseCanonical(text, before), parseCanonical(text)];
        // A list of types that nobody met before: nothing is known of it
        expect(checkGraph(beside, TYPES)).toEqual(checkGraph(alone, [...TYPES]));
        expect(tooLargeNodes(beside)).toEqual(tooLargeNodes(alone));
      }),
      { numRuns: runs },
    );
  });

  test('gives neighbours the same standing', () => {
    fc.assert(
      fc.property(randomGraph, randomGraph, takes, (one, other, choice) => {
        const before = parseCanonical(canonicalGraph(one));
        const text = canonicalGraph(mixed(before, other, choice));
        const first = standingAt(before, 1, new Map(), sha256);
        const since = (graph: Graph): Standing => standingAt(graph, 2, first, sha256);
        expect(since(parseCanonical(text, before))).toEqual(since(parseCanonical(text)));
      }),
      { numRuns: runs },
    );
  });

  test('has no more nodes with known ones than it may have alone', () => {
    const agent: AgentNode = {
      ...{ kind: 'agent', engine: { type: 'exec', auth: 'none', command: ['true'] }, secrets: [] },
      ...{ policy: { approval: new Map(), sandbox: 'none', network: [] }, placement: { labels: new Map() } },
    };
    const textOf = (count: number): string => {
      const nodes = new Map(Array.from({ length: count }, (_, i) => [`a${i}`, agent] as const));
      return canonicalGraph(
        makeGraph({ name: 'large', nodes, edges: [], tests: [], secrets: null, principals: null }),
      );
    };
    const before = parseCanonical(textOf(MAX_NODES));
    expect(read(textOf(MAX_NODES + 1), before)).toContain(`nodes: must be at most ${MAX_NODES} nodes`);
  });

  test('is refused in the same words where it is deeper than anything is written', () => {
    const before = parseCanonical(canonicalGraph(parseGraph(ACME, { types: TYPES }).graph!));
    const [name] = before.nodes.keys();
    for (const [open, close] of [
      ['[', ']'],
      ['{"a":', '}'],
      // Keys that are numbers are written by another way, which knows no depth
      ['{"0":', '}'],
    ] as const) {
      const deep = `${open.repeat(100_000)}1${close.repeat(100_000)}`;
      const asNode = `{"edges":[],"graph":"acme","nodes":{"${name}":${deep}}}`;
      const asEdge = `{"edges":[${deep}],"graph":"acme","nodes":{}}`;
      for (const text of [asNode, asEdge]) expect(read(text, before)).toBe(read(text));
    }
  });

  test('shares what did not change, and only with one that was read from its own text', () => {
    fc.assert(
      fc.property(randomGraph, (graph) => {
        const text = canonicalGraph(graph);
        const before = parseCanonical(text);
        const after = parseCanonical(text, before);
        for (const [name, node] of after.nodes) expect(node).toBe(before.nodes.get(name));
        for (const [i, edge] of after.edges.entries()) expect(edge).toBe(before.edges[i]);
        for (const [name, node] of parseCanonical(text, graph).nodes)
          expect(node).not.toBe(graph.nodes.get(name));
      }),
      { numRuns: times(30, 300) },
    );
  });
});

test('the text of a graph is that of its file', () => {
  fc.assert(
    fc.property(randomGraph, (graph) => {
      expect(canonicalGraph(graph)).toBe(canonicalize(graphFile(graph)));
    }),
    { numRuns: runs },
  );
});
