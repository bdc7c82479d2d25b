/** Graphs that change at random: nodes, edges, limits and policies come, go and change. */
import type { Dice } from './dice.ts';

export const PEOPLE = { alice: 'user', bob: 'bob' } as const;
type Person = keyof typeof PEOPLE;
const AGENTS = ['four', 'one', 'three', 'two'] as const;
/** All that a graph may have. */
export const NAMES: readonly string[] = [...Object.keys(PEOPLE), ...AGENTS];
const ONLY = 'only: [task.request, task.accept, task.update, task.result]';

/** Of an agent what it is started with, and until when its publications may be approved. */
type Agent = { version: number; expires: number | null };
export type Drawn = { people: Set<Person>; agents: Map<string, Agent>; edges: Map<string, string> };

export const firstGraph = (): Drawn => ({
  people: new Set(['alice', 'bob']),
  agents: new Map([
    ['one', { version: 0, expires: 60 }],
    ['two', { version: 0, expires: null }],
  ]),
  edges: new Map([
    ['alice delegates_to one', ''],
    ['bob approves one', ''],
    ['one delegates_to two', ''],
  ]),
});

const ends = (edge: string): [string, string, string] => edge.split(' ') as [string, string, string];

const drawEdge = (dice: Dice, { people, agents }: Drawn): string => {
  const [from, to] = [dice.pick([...people, ...agents.keys()]), dice.pick([...agents.keys()])];
  if (people.has(from as Person)) return `${from} ${dice.pick(['delegates_to', 'approves'])} ${to}`;
  const relation = dice.pick(['delegates_to', 'hands_off_to', 'peers_with']);
  return relation === 'peers_with' && to < from ? `${to} ${relation} ${from}` : `${from} ${relation} ${to}`;
};

const drawLimits = (dice: Dice, edge: string): string => {
  const [, relation] = ends(edge);
  const rate = `rate: ${dice.between(100, 105)}/minute`;
  if (relation === 'approves') return dice.pick(['', rate]);
  return dice.pick(['', rate, 'disabled: true', relation === 'delegates_to' ? ONLY : rate]);
};

const CHANGES: readonly ((dice: Dice, drawn: Drawn) => void)[] = [
  (_dice, { people }) => void (people.delete('bob') || people.add('bob')),
  (dice, { agents }) => {
    const name = dice.pick(AGENTS);
    if (agents.size === 1 || !agents.delete(name)) agents.set(name, { version: 0, expires: null });
  },
  (dice, { agents }) => {
    agents.get(dice.pick([...agents.keys()]))!.version += 1;
  },
  (dice, { agents }) => {
    agents.get(dice.pick([...agents.keys()]))!.expires = dice.pick([null, 60, 61, 62]);
  },
  ...Array.from({ length: 4 }, () => (dice: Dice, drawn: Drawn) => {
    const edge = drawEdge(dice, drawn);
    const [from, , to] = ends(edge);
    if (from !== to) drawn.edges.set(edge, drawLimits(dice, edge));
  }),
  (dice, { edges }) => {
    edges.delete(dice.pick([...edges.keys(), '']));
  },
];

export const changeGraph = (dice: Dice, drawn: Drawn): void => dice.pick(CHANGES)(dice, drawn);

export const graphText = ({ people, agents, edges }: Drawn): string => {
  const isThere = (name: string) => people.has(name as Person) || agents.has(name);
  const drawn = [...edges].filter(([edge]) => isThere(ends(edge)[0]) && isThere(ends(edge)[2]));
  const policyOf = (name: string, { expires }: Agent): string => {
    const by = drawn.flatMap(([edge]) => (edge.endsWith(` approves ${name}`) ? [ends(edge)[0]] : []));
    if (expires === null || by.length === 0) return 'policy: { sandbox: none }';
    const rule = `{ by: [${by}], quorum: 1, expires: ${expires}m }`;
    return `policy: { sandbox: none, approval: { source.publish: ${rule} } }`;
  };
  return [
    'graph: acme',
    'nodes:',
    ...[...people].map((name) => `  ${name}: { kind: user, pubkey: $${PEOPLE[name]} }`),
    ...[...agents].map(
      ([name, agent]) =>
        `  ${name}: { kind: agent, engine: { type: exec, auth: none, command: ["run", "${agent.version}"] }, ${policyOf(name, agent)} }`,
    ),
    drawn.length === 0 ? 'edges: []' : 'edges:',
    ...drawn.map(([edge, limits]) => {
      const [from, relation, to] = ends(edge);
      return `  - { from: ${from}, relation: ${relation}, to: ${to}${limits && `, ${limits}`} }`;
    }),
    '',
  ].join('\n');
};
