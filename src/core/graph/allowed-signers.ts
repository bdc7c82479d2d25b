/** Whose SSH signatures count, as git and ssh-keygen read it (ssh-keygen(1), ALLOWED SIGNERS). */
import { APPROVAL_NAMESPACE } from '../evidence/touch.ts';
import type { Graph } from './model.ts';

const NAMESPACES = ['git', APPROVAL_NAMESPACE].join(',');

/** Of a git principal, which signs commits and nothing else. */
export type CommitSigner = { readonly name: string; readonly key: string };

/** A line for each key of a person, under the name of their node, and for each of a git principal. */
export const allowedSigners = (
  { nodes }: Pick<Graph, 'nodes'>,
  principals: readonly CommitSigner[] = [],
): string =>
  [
    ...[...nodes].flatMap(([name, node]) =>
      node.kind === 'user' ? (node.ssh ?? []).map((key) => ({ name, key, of: NAMESPACES })) : [],
    ),
    ...principals.map((one) => ({ ...one, of: 'git' })),
  ]
    .map(({ name, key, of }) => `${name} namespaces="${of}" ${key}\n`)
    .join('');
