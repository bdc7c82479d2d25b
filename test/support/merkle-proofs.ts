/** Proofs by the recursive definitions of RFC 6962, over leaves that are all there: what those in one pass are held against. */
import type { Hash } from '../../src/core/ledger/line.ts';
import { largestPower, merkleRoot } from '../../src/core/ledger/merkle.ts';

/** Leaves of the test data of certificate transparency. */
export const TRANSPARENCY_LEAVES =
  ' 00 10 2021 3031 40414243 5051525354555657 606162636465666768696a6b6c6d6e6f'.split(' ');

/** RFC 6962 §2.1.1: audit path of the leaf at `index` (from 0), from the leaf upwards. */
export function provedByDefinition(sha256: Hash, leaves: readonly string[], index: number): string[] {
  if (leaves.length === 1) return [];
  const k = largestPower(leaves.length);
  const left = leaves.slice(0, k);
  const right = leaves.slice(k);
  return index < k
    ? [...provedByDefinition(sha256, left, index), merkleRoot(sha256, right)]
    : [...provedByDefinition(sha256, right, index - k), merkleRoot(sha256, left)];
}

/** RFC 6962 §2.1.2: proof that the first `size` leaves are a prefix of all leaves. */
export function consistencyByDefinition(sha256: Hash, leaves: readonly string[], size: number): string[] {
  return subproof(sha256, size, leaves, true);
}

function subproof(sha256: Hash, m: number, leaves: readonly string[], whole: boolean): string[] {
  if (m === leaves.length) return whole ? [] : [merkleRoot(sha256, leaves)];
  const k = largestPower(leaves.length);
  const left = leaves.slice(0, k);
  const right = leaves.slice(k);
  return m <= k
    ? [...subproof(sha256, m, left, whole), merkleRoot(sha256, right)]
    : [...subproof(sha256, m - k, right, false), merkleRoot(sha256, left)];
}
