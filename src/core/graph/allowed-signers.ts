/** Whose SSH signatures count, as git and ssh-keygen read it (ssh-keygen(1), ALLOWED SIGNERS). */
import { APPROVAL_NAMESPACE } from '../evidence/touch.ts';
import type { Graph } from './model.ts';

const NAMESPACES = ['git', APPROVAL_NAMESPACE].join(',');

/** A line for each key of a person, under the name of their node. */
export const allowedSigners = ({ nodes }: Pick<Graph, 'nodes'>): string =>
  [...nodes]
    .flatMap(([name, node]) => (node.kind === 'user' ? (node.ssh ?? []).map((key) => [name, key]) : []))
    .map(([name, key]) => `${name} namespaces="${NAMESPACES}" ${key}\n`)
    .join('');
