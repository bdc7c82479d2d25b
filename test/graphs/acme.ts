/** One small graph in which every answer of `decide` and `explain` comes up. */
import { createHash } from 'node:crypto';
import { parseGraph } from '../../src/core/graph/file/parse.ts';
import { TYPES } from './types.ts';

export const KEYS = [
  'c6047f9441ed7d6d3045406e95c07cd85c778e4b8cef3ca7abac09b95c709ee5',
  'f9308a019258c31049344f85f89d5229b531c845836f99b08601f113bce036f9',
  'e493dbf1c10d80f3581e4904930b1404cc6c13900ee0758474fa94abe8c4cd13',
] as const;

export const ACME = `graph: acme
secrets: [model]
nodes:
  alice: { kind: user, pubkey: ${KEYS[0]} }
  bob: { kind: user, pubkey: ${KEYS[1]}, person: bob }
  builder:
    kind: agent
    engine: { type: exec, auth: secret:model, command: ["true"] }
    workspace: { repository: "https://example.org/a.git", base: main }
    policy:
      budget: { hops: 3 }
      approval: { source.publish: { by: [alice, bob], quorum: 2 } }
    placement: { labels: { os: linux } }
  helper:
    kind: agent
    engine: { type: exec, auth: none, command: ["true"] }
  spare:
    kind: agent
    engine: { type: exec, auth: none, command: ["true"] }
edges:
  - { from: alice, relation: delegates_to, to: builder, rate: 2/minute, max_concurrent: 1 }
  - alice approves builder
  - bob approves builder
  - { from: builder, relation: delegates_to, to: helper, only: [task.request, task.accept, task.update, task.result] }
  - { from: alice, relation: delegates_to, to: spare, disabled: true }
  - bob delegates_to spare
  - bob delegates_to helper
tests:
  - alice may task.request builder
  - helper may_not task.request builder
`;
export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** Parses a text that must be sound. */
export const sound = (text: string) => {
  const { graph, problems, source } = parseGraph(text, { filename: 'acme.yaml', types: TYPES });
  if (!graph) throw new Error(problems.map(({ line, message }) => `${line}: ${message}`).join('\n'));
  return { graph, source, problems };
};
/** ACME with replacements, each of which must fit. */
export const changed = (...pairs: readonly (readonly [string, string])[]) => {
  let text = ACME;
  for (const [old, now] of pairs) {
    if (!text.includes(old)) throw new Error(`no ${old}`);
    text = text.replace(old, now);
  }
  return sound(text).graph;
};
