/** A tree of sessions in words, for a screen and for a command alike. Not sanitized. */
import { isWaiting, type SessionTree, type TreeNode } from './tree.ts';

/** `isNote`: of the row above it. */
type TreeRow = { depth: number; text: string; isSigned: boolean; isNote?: true };

const files = (n: number): string => (n === 1 ? '1 file' : `${n} files`);

const treeChange = ({ commit, files: n, count }: NonNullable<TreeNode['change']>): string =>
  `${commit.slice(0, 7)} ${count ? `+${count.added} -${count.removed} ` : ''}(${files(n)})`;

const waitsFor = (node: TreeNode, all: readonly TreeNode[]): string[] =>
  all.filter((one) => isWaiting(one) && one.path.length > node.path.length).map((one) => one.node);

const stateText = (node: TreeNode, all: readonly TreeNode[]): string => {
  const { state, approval, escalation, told } = node;
  if (told === 'named') return 'not told to you';
  switch (state) {
    case null:
      return `what it asked you: ${(approval ?? escalation ?? '').replaceAll('_', ' ')}`;
    case 'waiting_approval':
      return 'waiting approval';
    case 'waiting_answer':
      return 'waiting for your answer';
    case 'waiting_child':
      return `waiting for ${[...new Set(waitsFor(node, all))].join(', ')}`;
    default:
      return state.replaceAll('_', ' ');
  }
};

/** Whose word it is that a node has its place there, and what of it is not told. */
const placeText = ({ path, node, told }: TreeNode): string | null => {
  const above = path.at(-2) ?? '';
  if (told === 'asked')
    return path.length > 2
      ? `that ${above} gave it this is the word of ${node}; how it goes it tells ${above}`
      : `how it goes it tells ${above}`;
  return told === 'named' ? 'only the nodes below it name it' : null;
};

const nodeRows = (one: TreeNode, all: readonly TreeNode[]): TreeRow[] => {
  const depth = one.path.length - 1;
  const parts = [
    `${one.node}  ${stateText(one, all)}`,
    one.attempt !== null && one.attempt > 1 ? `attempt ${one.attempt}` : null,
    one.turn === null ? null : `turn ${one.turn}`,
    one.change && treeChange(one.change),
  ];
  const text = parts.filter((part) => part !== null).join(' · ');
  const place = placeText(one);
  const rows: TreeRow[] = [{ depth, text, isSigned: one.told !== 'named' }];
  return place === null ? rows : [...rows, { depth, text: place, isSigned: false, isNote: true }];
};

/** The first row is whoever launched it. */
export const treeRows = (
  { requester, since, isOwn, nodes }: SessionTree,
  age: (since: string) => string,
): TreeRow[] => [
  {
    depth: 0,
    text: `requested by ${requester}${since === null ? '' : `, ${age(since)}`}`,
    isSigned: isOwn,
  },
  ...nodes.flatMap((one) => nodeRows(one, nodes)),
];

/** What stands before it: what is below another begins further right. */
export const treeIndent = ({ depth, isNote }: TreeRow): string =>
  `${'  '.repeat(Math.max(0, depth - 1))}${depth === 0 ? '' : isNote ? '  ' : '└ '}`;
export const treeMark = ({ isSigned }: TreeRow): string => (isSigned ? '✓ signed' : '≈ claimed');
export const treeLine = (row: TreeRow): string => `${treeIndent(row)}${row.text}  ${treeMark(row)}`;
