/** Graph files of stories: two people and two agents, with every kind of edge that `explain` tells apart. */
import { KEYS } from '../graphs/acme.ts';

export type Texts = { alice?: string; bob?: string; rate?: string; more?: string };
const agent = 'kind: agent, engine: { type: exec, auth: none, command: ["true"] }';

export const graphText = ({ alice, bob, rate, more }: Texts = {}): string => `graph: acme
nodes:
  alice: { kind: user, pubkey: ${alice ?? KEYS[0]} }
  bob: { kind: user, pubkey: ${bob ?? KEYS[1]} }
  builder: { ${agent}, policy: { budget: { hops: 3 } } }
  helper: { ${agent} }
  spare: { ${agent} }
edges:
  - { from: alice, relation: delegates_to, to: builder, rate: ${rate ?? '2/minute'}, max_concurrent: 1 }
  - { from: builder, relation: delegates_to, to: helper, only: [task.request, task.accept, task.update, task.result] }
  - { from: alice, relation: delegates_to, to: spare, disabled: true }
  - bob delegates_to spare
  - bob delegates_to helper
${more ?? ''}tests:
  - alice may task.request builder
  - helper may_not task.request builder
`;
