/** RFC 6962 §2.1.1 and §2.1.2 in one pass: proofs over leaves that come one by one, of a ledger that fits into no memory. */
import { EntangleError } from '../errors.ts';
import type { Hash } from './line.ts';
import { EMPTY_TREE, largestPower, type MerkleState, merkleLeaf, merkleNode, merkleRoot } from './merkle.ts';

/** Leaves from (counted from 0) up to, not with, to. */
export type LeafRange = readonly [from: number, to: number];

/** Of a perfect subtree, a whole number that no other has; of none else a whole one. */
const keyOf = (from: number, to: number): number => from * 64 + Math.log2(to - from);

/** Subtrees whose roots are the audit path of the leaf at `index`, from the leaf upwards. */
export const inclusionRanges = (index: number, size: number): LeafRange[] => {
  if (!Number.isSafeInteger(index) || index < 0 || index >= size)
    throw new EntangleError('not_found', `no line ${index + 1} in a ledger of ${size} lines`);
  const path = (from: number, to: number): LeafRange[] => {
    if (to - from === 1) return [];
    const middle = from + largestPower(to - from);
    return index < middle ? [...path(from, middle), [middle, to]] : [...path(middle, to), [from, middle]];
  };
  return path(0, size);
};

/** Subtrees whose roots prove that the first `old` leaves are a prefix of all. */
export const consistencyRanges = (old: number, size: number): LeafRange[] => {
  if (!Number.isSafeInteger(old) || old < 1 || old > size)
    throw new EntangleError('not_found', `a ledger of ${size} lines has no prefix of ${old}`);
  const path = (from: number, to: number, isWhole: boolean): LeafRange[] => {
    if (to === old) return isWhole ? [] : [[from, to]];
    const middle = from + largestPower(to - from);
    return old <= middle
      ? [...path(from, middle, isWhole), [middle, to]]
      : [...path(middle, to, false), [from, middle]];
  };
  return path(0, size, true);
};

type Subtree = { from: number; to: number; root: string };

/** Which leaves each of its peaks is the root of. */
const subtreesOf = ({ size, peaks }: MerkleState): Subtree[] => {
  let [from, rest] = [0, size];
  return peaks.map((root) => {
    const tree = { from, to: from + 2 ** Math.floor(Math.log2(rest)), root };
    [from, rest] = [tree.to, size - tree.to];
    return tree;
  });
};

/** The proof that the lines of `old` are a prefix of those with so many more: by its own peaks and the leaves that came since. */
export const proofFrom = (sha256: Hash, old: MerkleState, added: readonly string[]): string[] => {
  const peaks = new Map(subtreesOf(old).map(({ from, to, root }) => [keyOf(from, to), root]));
  return consistencyRanges(old.size, old.size + added.length).map(
    ([from, to]) =>
      peaks.get(keyOf(from, to)) ?? merkleRoot(sha256, added.slice(from - old.size, to - old.size)),
  );
};

/**
 * Keeps the roots that are asked for, and of all else what is O(log n). Leaves are given in their order, up to `size` of them:
 * those that are not in `old`, whose peaks stand for the rest. What is asked for parts none of these.
 */
export const createSubtrees = (
  sha256: Hash,
  size: number,
  wanted: Iterable<LeafRange>,
  old: MerkleState = EMPTY_TREE,
) => {
  const asked = new Set<number>();
  for (const [from, to] of wanted) asked.add(keyOf(from, to));
  const peaks = subtreesOf(old);
  const found = new Map(peaks.map(({ from, to, root }) => [keyOf(from, to), root]));
  let count = old.size;
  const keep = (tree: Subtree): void => {
    const key = keyOf(tree.from, tree.to);
    if (asked.has(key)) found.set(key, tree.root);
    peaks.push(tree);
  };
  return {
    /** What comes after `size` leaves is left out. */
    add(leaf: string): void {
      if (count === size) return;
      keep({ from: count, to: count + 1, root: merkleLeaf(sha256, leaf) });
      count += 1;
      for (let rest = count; rest % 2 === 0; rest /= 2) {
        const right = peaks.pop()!;
        const left = peaks.pop()!;
        keep({ from: left.from, to: right.to, root: merkleNode(sha256, left.root, right.root) });
      }
    },
    /** Of a range that ends with the last leaf the tree is as wide as the peaks in it. */
    rootOf([from, to]: LeafRange): string {
      const known = found.get(keyOf(from, to));
      if (known !== undefined) return known;
      const roots = peaks.filter((peak) => peak.from >= from).map(({ root }) => root);
      if (count !== size || to !== size || roots.length === 0)
        throw new Error(`no root of leaves ${from} to ${to} after ${count}`);
      return roots.reduceRight((right, left) => merkleNode(sha256, left, right));
    },
  };
};
