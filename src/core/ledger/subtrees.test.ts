/** RFC 6962 §2.1.1 and §2.1.2: proofs in one pass are those of the recursive definition, and the published ones. */
import { describe, expect, test } from 'vitest';
import { sha256 } from '../../../test/support/ledger-events.ts';
import {
  consistencyByDefinition,
  provedByDefinition,
  TRANSPARENCY_LEAVES,
} from '../../../test/support/merkle-proofs.ts';
import { toHex } from '../encoding/bytes.ts';
import {
  addLeaf,
  EMPTY_TREE,
  type MerkleState,
  merkleRoot,
  verifyConsistency,
  verifyInclusion,
} from './merkle.ts';
import { consistencyRanges, createSubtrees, inclusionRanges, type LeafRange, proofFrom } from './subtrees.ts';

const leaves = Array.from({ length: 33 }, (_, i) => toHex(sha256(Uint8Array.of(i))));
const rootsOf = (
  all: readonly string[],
  size: number,
  ranges: readonly LeafRange[],
  old?: MerkleState,
): string[] => {
  const trees = createSubtrees(sha256, size, ranges, old);
  for (const leaf of all) trees.add(leaf);
  return ranges.map((range) => trees.rootOf(range));
};

test('an audit path, of every leaf of every size, whatever comes after', () => {
  for (let size = 1; size <= leaves.length; size++)
    for (let index = 0; index < size; index++)
      expect(rootsOf(leaves, size, inclusionRanges(index, size))).toEqual(
        provedByDefinition(sha256, leaves.slice(0, size), index),
      );
});
test('the consistency of every two sizes', () => {
  for (let size = 1; size <= leaves.length; size++)
    for (let old = 1; old <= size; old++)
      expect(rootsOf(leaves, size, consistencyRanges(old, size))).toEqual(
        consistencyByDefinition(sha256, leaves.slice(0, size), old),
      );
});
test('the same, by the peaks of the old one and what came since alone', () => {
  for (let size = 1; size <= leaves.length; size++)
    for (let old = 1; old <= size; old++) {
      const { peaks } = leaves.slice(0, old).reduce((tree, leaf) => addLeaf(sha256, tree, leaf), EMPTY_TREE);
      expect(proofFrom(sha256, { size: old, peaks }, leaves.slice(old, size))).toEqual(
        consistencyByDefinition(sha256, leaves.slice(0, size), old),
      );
    }
});
test('an audit path of what came after the old one, by its peaks and what came since alone', () => {
  for (const size of [1, 2, 3, 7, 8, 13, 21])
    for (let old = 0; old < size; old++) {
      const tree = leaves.slice(0, old).reduce((all, leaf) => addLeaf(sha256, all, leaf), EMPTY_TREE);
      const paths = Array.from({ length: size - old }, (_, i) => inclusionRanges(old + i, size));
      expect(rootsOf(leaves.slice(old, size), size, paths.flat(), tree)).toEqual(
        paths.flatMap((_, i) => provedByDefinition(sha256, leaves.slice(0, size), old + i)),
      );
    }
});
test('many at once', () => {
  const all = [3, 17, 31].map((index) => inclusionRanges(index, 33));
  expect(rootsOf(leaves, 33, all.flat())).toEqual(
    [3, 17, 31].flatMap((i) => provedByDefinition(sha256, leaves, i)),
  );
});
test('of what is not there is refused; too few leaves prove nothing', () => {
  for (const index of [-1, 33, 1.5, Number.NaN])
    expect(() => inclusionRanges(index, 33)).toThrow(
      expect.objectContaining({ code: 'not_found', message: `no line ${index + 1} in a ledger of 33 lines` }),
    );
  for (const old of [0, 34, 1.5])
    expect(() => consistencyRanges(old, 33)).toThrow(
      expect.objectContaining({ code: 'not_found', message: `a ledger of 33 lines has no prefix of ${old}` }),
    );
  expect(() => rootsOf(leaves.slice(0, 32), 33, [[32, 33]])).toThrow(/no root/);
});

describe('the test data of certificate transparency', () => {
  const inputs = TRANSPARENCY_LEAVES;
  const root = merkleRoot(sha256, inputs);
  test('inclusion of the first of eight', () => {
    const proof = rootsOf(inputs, 8, inclusionRanges(0, 8));
    expect(proof).toEqual([
      '96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7',
      '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
      '6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4',
    ]);
    // The data there are no digests, so the leaf is given as one here
    expect(verifyInclusion(sha256, { leaf: leaves[0]!, index: 0, size: 8, root, proof })).toBe(false);
  });
  test('consistency of six with eight', () => {
    const proof = rootsOf(inputs, 8, consistencyRanges(6, 8));
    expect(proof).toEqual([
      '0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a',
      'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
      'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
    ]);
    const claim = { oldSize: 6, oldRoot: merkleRoot(sha256, inputs.slice(0, 6)), size: 8, root, proof };
    expect(verifyConsistency(sha256, claim)).toBe(true);
    expect(verifyConsistency(sha256, { ...claim, oldRoot: root })).toBe(false);
  });
});
