/** RFC 6962 §2.1: the Merkle tree over the leaves of a ledger, and the verification of its proofs; those are made in `subtrees.ts`. */
import { fromHex, isHex, toHex } from '../encoding/bytes.ts';
import type { Hash } from './line.ts';

/** Roots of the perfect subtrees of the first `size` leaves, largest first: O(log n) values, all hex. */
export type MerkleState = { readonly size: number; readonly peaks: readonly string[] };

export const EMPTY_TREE: MerkleState = { size: 0, peaks: [] };

// RFC 6962 §2.1: MTH({d(0)}) = SHA-256(0x00 || d(0))
export const merkleLeaf = (sha256: Hash, leaf: string) => toHex(sha256(fromHex(`00${leaf}`)));
// RFC 6962 §2.1: MTH(D[n]) = SHA-256(0x01 || MTH(D[0:k]) || MTH(D[k:n]))
export const merkleNode = (sha256: Hash, left: string, right: string) =>
  toHex(sha256(fromHex(`01${left}${right}`)));

/** The state with one more leaf (64 hex characters). */
export function addLeaf(sha256: Hash, state: MerkleState, leaf: string): MerkleState {
  const peaks = [...state.peaks];
  let node = merkleLeaf(sha256, leaf);
  // Each trailing 1 bit of the size is a perfect subtree that the new leaf completes.
  for (let rest = state.size; rest % 2 === 1; rest = Math.floor(rest / 2))
    node = merkleNode(sha256, peaks.pop()!, node);
  peaks.push(node);
  return { size: state.size + 1, peaks };
}

/** Root over all leaves of the state; of an empty tree, the hash of nothing. */
export function rootOf(sha256: Hash, state: MerkleState): string {
  if (state.peaks.length === 0) return toHex(sha256(new Uint8Array(0)));
  return state.peaks.reduceRight((right, left) => merkleNode(sha256, left, right));
}

/** Root over a list of leaves. */
export const merkleRoot = (sha256: Hash, leaves: readonly string[]): string =>
  rootOf(
    sha256,
    leaves.reduce<MerkleState>((state, leaf) => addLeaf(sha256, state, leaf), EMPTY_TREE),
  );

/** True when the leaf stands at `index` of the tree of `size` leaves with this root. Never throws for a bad proof. */
export function verifyInclusion(
  sha256: Hash,
  claim: { leaf: string; index: number; size: number; root: string; proof: readonly string[] },
): boolean {
  const { leaf, index, size, root, proof } = claim;
  if (!isHash(leaf) || !isHash(root) || !proof.every(isHash)) return false;
  if (!Number.isSafeInteger(size) || !Number.isSafeInteger(index) || index < 0 || index >= size) return false;
  let [fn, sn, node] = [index, size - 1, merkleLeaf(sha256, leaf)];
  // RFC 9162 §2.1.3.2, the same tree: walk up while the last node of each level is `sn`.
  for (const sibling of proof) {
    if (sn === 0) return false;
    if (fn % 2 === 1 || fn === sn) {
      node = merkleNode(sha256, sibling, node);
      while (fn % 2 === 0 && fn !== 0) [fn, sn] = [half(fn), half(sn)];
    } else node = merkleNode(sha256, node, sibling);
    [fn, sn] = [half(fn), half(sn)];
  }
  return sn === 0 && node === root;
}

/** True when the tree (oldSize, oldRoot) is a prefix of (size, root). Never throws for a bad proof. */
export function verifyConsistency(
  sha256: Hash,
  claim: { oldSize: number; oldRoot: string; size: number; root: string; proof: readonly string[] },
): boolean {
  const { oldSize, oldRoot, size, root, proof } = claim;
  if (!isHash(oldRoot) || !isHash(root) || !proof.every(isHash)) return false;
  if (!Number.isSafeInteger(oldSize) || !Number.isSafeInteger(size)) return false;
  if (oldSize < 1 || oldSize > size) return false;
  if (oldSize === size) return proof.length === 0 && oldRoot === root;
  // RFC 9162 §2.1.4.2
  const path = isPowerOfTwo(oldSize) ? [oldRoot, ...proof] : [...proof];
  let [fn, sn] = [oldSize - 1, size - 1];
  while (fn % 2 === 1) [fn, sn] = [half(fn), half(sn)];
  const first = path.shift();
  if (first === undefined) return false;
  let [fr, sr] = [first, first];
  for (const node of path) {
    if (sn === 0) return false;
    if (fn % 2 === 1 || fn === sn) {
      [fr, sr] = [merkleNode(sha256, node, fr), merkleNode(sha256, node, sr)];
      while (fn % 2 === 0 && fn !== 0) [fn, sn] = [half(fn), half(sn)];
    } else sr = merkleNode(sha256, sr, node);
    [fn, sn] = [half(fn), half(sn)];
  }
  return sn === 0 && fr === oldRoot && sr === root;
}

/** Largest power of two smaller than n. */
export function largestPower(n: number): number {
  let k = 1;
  while (k * 2 < n) k *= 2;
  return k;
}
const half = (n: number) => Math.floor(n / 2);
const isPowerOfTwo = (n: number) => 2 ** Math.round(Math.log2(n)) === n;
const isHash = (value: string) => isHex(value, 32);
