/** Graph files of a few lines: what a test is about, and nothing else. */
import { parseGraph } from '../../src/core/graph/file/parse.ts';
import { KEYS } from './acme.ts';
import { TYPES } from './types.ts';

export const USERS = {
  alice: `{ kind: user, pubkey: ${KEYS[0]} }`,
  bob: `{ kind: user, pubkey: ${KEYS[1]} }`,
  zoe: `{ kind: user, pubkey: ${KEYS[2]} }`,
} as const;
/** An agent with what else its part of the file says, such as "policy: { network: ['a:1'] }". */
export const agent = (...more: readonly string[]): string =>
  `{ ${['kind: agent', 'engine: { type: exec, auth: none, command: [a] }', ...more].join(', ')} }`;

type Parts = {
  readonly nodes: Readonly<Record<string, string>>;
  readonly edges?: readonly string[];
  readonly more?: string;
};
export const graphText = ({ nodes, edges = [], more = '' }: Parts): string =>
  [
    'graph: small',
    'nodes:',
    ...Object.entries(nodes).map(([name, node]) => `  ${name}: ${node}`),
    `edges: ${edges.length === 0 ? '[]' : ''}`,
    ...edges.map((edge) => `  - ${edge}`),
    more,
  ].join('\n');

/** What is wrong with a file, as "code path". */
export const faults = (text: string): string[] =>
  parseGraph(text, { types: TYPES }).problems.map(({ code, path }) => `${code} ${path}`);
