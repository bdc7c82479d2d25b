import { describe, expect, test } from 'vitest';
import { changed, KEYS, sha256 } from '../../../test/graphs/acme.ts';
import { agent, faults, graphText, USERS } from '../../../test/graphs/small.ts';
import { TYPES } from '../../../test/graphs/types.ts';
import { npub } from '../encoding/id.ts';
import { policyDigest, termsOf } from './approvals.ts';
import { parseGraph } from './file/parse.ts';
import { canonicalGraph, parseCanonical } from './revision.ts';

const { alice, bob, zoe } = USERS;
const BUDGET = 'budget: { hops: 1 }';
const helper = agent(`policy: { ${BUDGET} }`);

describe('with four eyes', () => {
  /** A graph whose `builder` is under approval by these people, each with an edge for it. */
  const found = (by: readonly string[], quorum: number, edges: readonly string[]) => {
    const rule = `{ by: [${by.join(', ')}], quorum: ${quorum}, four_eyes: true }`;
    const builder = agent(`policy: { ${BUDGET}, approval: { source.publish: ${rule} } }`);
    const all = [...by.map((name) => `${name} approves builder`), ...edges];
    return faults(graphText({ nodes: { alice, bob, zoe, builder, helper }, edges: all }));
  };
  const stuck = ['four_eyes_unreachable nodes.builder.policy.approval.source.publish.four_eyes'];
  const reached = 'zoe delegates_to helper';

  test.each([
    ['who launches leaves one too few', ['alice'], 1, ['alice delegates_to builder', reached], stuck],
    ['others are enough', ['alice', 'bob'], 1, ['alice delegates_to builder', reached], []],
    ['who launches is nobody who approves', ['alice', 'bob'], 2, ['zoe delegates_to builder', reached], []],
    [
      'who launches does so through another agent',
      ['alice'],
      1,
      ['alice delegates_to helper', 'helper delegates_to builder'],
      stuck,
    ],
    [
      'who launches does so through an agent that hands it on',
      ['alice'],
      1,
      ['alice delegates_to helper', 'helper hands_off_to builder'],
      stuck,
    ],
    [
      'who launches does so through a peer',
      ['alice'],
      1,
      ['alice delegates_to helper', 'builder peers_with helper'],
      stuck,
    ],
    [
      'work goes round before it comes',
      ['alice'],
      1,
      ['alice delegates_to helper', 'helper delegates_to builder', 'builder delegates_to helper'],
      stuck,
    ],
    [
      'nobody launches against an edge',
      ['alice'],
      1,
      ['zoe delegates_to builder', 'builder delegates_to helper', 'alice delegates_to helper'],
      [],
    ],
  ])('%s', (_name, by, quorum, edges, expected) => {
    expect(found(by, quorum, edges)).toEqual(expected);
  });
});

describe('the terms of an approval', () => {
  test('are those of people: an agent that a policy names is no approver', () => {
    const text = canonicalGraph(changed(['quorum: 2', 'quorum: 1']));
    const named = parseCanonical(text.replace('"by":["alice","bob"]', '"by":["alice","ghost","helper"]'));
    expect(termsOf(named, 'builder', 'source.publish')?.approvers).toEqual([
      {
        ssh: [],
        name: 'alice',
        pubkey: KEYS[0],
        person: 'alice',
        edge: { from: 'alice', relation: 'approves', to: 'builder' },
      },
    ]);
  });

  test.each([
    [
      'engine',
      'engine: { type: acp, auth: none, command: ["true"] }',
      'engine: { type: acp, auth: none, command: ["curl"] }',
    ],
    ['sandbox', 'sandbox: bwrap', 'sandbox: none'],
    ['network', 'network: []', 'network: [evil.example:443]'],
    ['repository', 'repository: "file:///a"', 'repository: "file:///b"'],
  ])('of a call stand on its %s, which is shown beside it; those of a commit do not', (_, before, after) => {
    const text = `graph: g
nodes:
  zoe: { kind: user, pubkey: ${npub(KEYS[0]!)} }
  an:
    kind: agent
    engine: { type: acp, auth: none, command: ["true"] }
    workspace: { repository: "file:///a", base: main }
    policy:
      sandbox: bwrap
      network: []
      approval: { command.run: { by: [zoe] }, source.publish: { by: [zoe] } }
edges: [zoe approves an]
`;
    const digest = (graphs: string, operation: string) =>
      policyDigest(termsOf(parseGraph(graphs, { types: TYPES }).graph!, 'an', operation)!, sha256);
    const other = text.replace(before, after);
    expect(other).not.toBe(text);
    expect(digest(other, 'command.run')).not.toBe(digest(text, 'command.run'));
    expect(digest(other, 'source.publish')).toBe(digest(text, 'source.publish'));
  });

  test('stand on the edge by which somebody approves, not on another of the same two', () => {
    const digest = (edge: string) => {
      const policy = 'policy: { approval: { source.publish: { by: [zoe] } } }';
      const text = graphText({ nodes: { zoe, an: agent(policy) }, edges: ['an peers_with zoe', edge] });
      const { graph } = parseGraph(text, { types: TYPES });
      return policyDigest(termsOf(graph!, 'an', 'source.publish')!, sha256);
    };
    expect(digest('{ from: zoe, relation: approves, to: an }')).toBe(digest('zoe approves an'));
    expect(digest('{ from: zoe, relation: approves, to: an, rate: 1/day }')).not.toBe(
      digest('zoe approves an'),
    );
  });
});
