/** How the commits and branches of a node are called: what a server’s rules ask for, from its `workspace` in the graph. */
import type { Workspace } from '../graph/model.ts';
import { checkBranch, HEADS } from './remote.ts';

export type NamedSession = { readonly node: string; readonly session: string };
export const DEFAULT_BRANCH = 'entangle/{node}/{session}';

const filledIn = (pattern: string, values: Readonly<Record<string, string>>): string =>
  pattern.replace(/\{(\w+)\}/g, (whole, word: string) => values[word] ?? whole);

/** Where what a session made is published. */
export const branchNameOf = (pattern: string | undefined, { node, session }: NamedSession): string =>
  filledIn(pattern ?? DEFAULT_BRANCH, { node, session });

const LONGEST: NamedSession = { node: 'n'.repeat(63), session: '0'.repeat(36) };
/** Refuses a pattern that gives a branch which git cannot take, or which has no room in an approval, whatever the names. */
export const checkBranchPattern = (pattern: string): string => {
  const longest = branchNameOf(pattern, LONGEST);
  checkBranch(longest);
  // Its whole name stands there
  checkBranch(`${longest}${'-'.repeat(HEADS.length)}`);
  return pattern;
};

/** `change`: one id for all commits of a session, in the form that Gerrit wants. */
export type MessageOfCommit = NamedSession & {
  readonly title: string;
  readonly change: string;
  /** Npub of the node that made it, and of who gave it the task. */
  readonly key: string;
  readonly requester: string;
};

/** Trailers by which its evidence is found; no trailer of a graph begins so. */
export const TRAILERS = {
  session: 'Entangle-Session',
  node: 'Entangle-Node',
  requester: 'Entangle-Requested-By',
} as const;

/** The subject of a commit, what its trailers say, and the trailers that say whose it is. */
export const commitMessageOf = (
  { message = '{title}', trailers = [] }: Pick<Workspace, 'message' | 'trailers'>,
  { title, ...values }: MessageOfCommit,
  more: readonly string[] = [],
): string => {
  const lines = trailers.map((line) => filledIn(line, values));
  const ours = [
    `${TRAILERS.session}: ${values.session}`,
    `${TRAILERS.node}: ${values.key}`,
    `${TRAILERS.requester}: ${values.requester}`,
  ];
  const block = [...ours, ...lines].join('\n');
  const first = filledIn(message, { ...values, title: title || 'task' });
  return `${[first, ...more, block].join('\n\n')}\n`;
};

/** Name and email of an author that the graph has; null where it has none. */
export const authorOf = ({ author }: Pick<Workspace, 'author'>): { name: string; email: string } | null => {
  const parts = /^(.+) <(.+)>$/.exec(author ?? '');
  return parts && { name: parts[1]!, email: parts[2]! };
};

/** The branch that others work on, which a signed reference is of: that of a session has the id of the session in its name. */
export const landsOn = ({
  ref,
  session,
}: {
  readonly ref: string;
  readonly session: string;
}): string | null => (ref.includes(session) ? null : ref.startsWith(HEADS) ? ref.slice(HEADS.length) : ref);
