/** Random sound graphs for properties: fast-check values, so that a failure shrinks to a small graph. */
import { schnorr } from '@noble/curves/secp256k1.js';
import * as fc from 'fast-check';
import { type Edge, edgeText } from '../../src/core/graph/edges.ts';
import { edgeOf } from '../../src/core/graph/file/normal.ts';
import {
  type AgentNode,
  type ApprovalPolicy,
  type Graph,
  type GraphNode,
  type GraphTest,
  makeGraph,
} from '../../src/core/graph/model.ts';
import { OPERATIONS, RELATIONS } from '../../src/core/vocabulary.ts';
import { testSshKey } from '../support/ssh-token.ts';
import { TYPES } from './types.ts';

const keys = Array.from({ length: 24 }, (_, i) =>
  Buffer.from(schnorr.getPublicKey(new Uint8Array(32).fill(i + 1))).toString('hex'),
);
const NAMES = Array.from({ length: 12 }, (_, i) => `n${i}`);
const name = fc.constantFrom(...NAMES);
const types = fc.constantFrom(...TYPES.filter(({ sends }) => sends.length > 0).map(({ type }) => type));

const approval: fc.Arbitrary<ApprovalPolicy> = fc.record(
  {
    by: fc.uniqueArray(name, { maxLength: 3 }).map((list) => [...list].sort()),
    quorum: fc.integer({ min: 1, max: 3 }),
    four_eyes: fc.boolean(),
    expires: fc.constantFrom('1m', '1h'),
    assurance: fc.constant('touch' as const),
  },
  { requiredKeys: ['by', 'quorum', 'four_eyes'] },
);

const agent: fc.Arbitrary<AgentNode> = fc.record({
  kind: fc.constant('agent' as const),
  engine: fc.constantFrom<AgentNode['engine']>(
    { type: 'exec', auth: 'none', command: ['true'] },
    { type: 'acp', auth: 'none', command: ['agent', '--acp'] },
    { type: 'acp', auth: 'none', profile: 'kimi', model: 'm', endpoint: 'http://127.0.0.1:1/v1' },
  ),
  policy: fc.record({
    approval: fc
      .uniqueArray(fc.tuple(fc.constantFrom(...OPERATIONS), approval), { selector: ([key]) => key })
      .map((pairs) => new Map(pairs.sort(([one], [two]) => (one < two ? -1 : 1)))),
    sandbox: fc.constantFrom('bwrap' as const, 'none' as const),
    network: fc.constantFrom<readonly string[]>([], ['a.example:443', 'localhost:8080']),
  }),
  placement: fc.record({ labels: fc.constantFrom(new Map(), new Map([['os', 'linux']])) }),
  secrets: fc.constantFrom<readonly string[]>([], ['deploy']),
});

const node = (index: number): fc.Arbitrary<GraphNode> =>
  fc.oneof(
    fc.record(
      {
        kind: fc.constant('user' as const),
        pubkey: fc.constant(keys[index]!),
        person: fc.constantFrom('ann', 'ben'),
        ssh: fc.constant([testSshKey({ seed: index + 1 }).line]),
      },
      { requiredKeys: ['kind', 'pubkey'] },
    ),
    agent,
  );

const plainEdge = fc.record({ from: name, relation: fc.constantFrom(...RELATIONS), to: name });
const narrowing = fc.record(
  {
    only: fc.uniqueArray(types, { minLength: 1, maxLength: 6 }),
    max_concurrent: fc.integer({ min: 1, max: 9 }),
    rate: fc.constantFrom('10/minute', '1/second'),
    disabled: fc.boolean(),
  },
  { requiredKeys: [] },
);
const edge: fc.Arbitrary<Edge> = fc
  .tuple(plainEdge, fc.oneof({ weight: 2, arbitrary: fc.constant({}) }, narrowing))
  .map(([plain, limits]) => ({ ...plain, ...limits }))
  .filter(({ from, to }) => from !== to)
  .map(edgeOf);

const graphTest: fc.Arbitrary<GraphTest> = fc.record({
  from: name,
  may: fc.boolean(),
  type: types,
  to: name,
});

/** A graph of up to 12 nodes, in normal form; edges end at nodes that are there. */
export const randomGraph: fc.Arbitrary<Graph> = fc
  .record({
    nodes: fc.tuple(...NAMES.map((_, index) => fc.option(node(index), { freq: 6 }))),
    edges: fc.uniqueArray(edge, { selector: edgeText, maxLength: 40, size: 'max' }),
    tests: fc.array(graphTest, { maxLength: 4 }),
    secrets: fc.option(fc.constant(['deploy', 'model'])),
  })
  .map(({ nodes, edges, tests, secrets }) => {
    const present = new Map(
      nodes.flatMap((one, i): [string, GraphNode][] => (one ? [[NAMES[i]!, one]] : [])),
    );
    return makeGraph({
      name: 'random',
      nodes: present,
      edges: edges.filter((one) => present.has(one.from) && present.has(one.to)),
      tests,
      secrets,
      principals: null,
    });
  });
export const randomName = name;
