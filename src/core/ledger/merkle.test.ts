import { describe, expect, test } from 'vitest';
import { sha256 } from '../../../test/support/ledger-events.ts';
import {
  consistencyByDefinition,
  provedByDefinition,
  TRANSPARENCY_LEAVES,
} from '../../../test/support/merkle-proofs.ts';
import { toHex } from '../encoding/bytes.ts';
import { checkCheckpoint, checkpointOf } from './checkpoint.ts';
import { addLeaf, EMPTY_TREE, merkleRoot, rootOf, verifyConsistency, verifyInclusion } from './merkle.ts';

const leaves = Array.from({ length: 40 }, (_, i) => toHex(sha256(Uint8Array.of(i))));
const treeOf = (count: number) =>
  leaves.slice(0, count).reduce((state, leaf) => addLeaf(sha256, state, leaf), EMPTY_TREE);

/** RFC 6962 §2.1, word by word: the slow oracle. */
function mth(d: Buffer[]): Buffer {
  if (d.length === 0) return Buffer.from(sha256(new Uint8Array(0)));
  if (d.length === 1) return Buffer.from(sha256(Buffer.concat([Buffer.of(0), d[0]!])));
  let k = 1;
  while (k * 2 < d.length) k *= 2;
  return Buffer.from(sha256(Buffer.concat([Buffer.of(1), mth(d.slice(0, k)), mth(d.slice(k))])));
}

describe('RFC 6962 tree', () => {
  test('the incremental root is the recursive definition, for every size', () => {
    for (let size = 0; size <= leaves.length; size++) {
      const expected = mth(leaves.slice(0, size).map((leaf) => Buffer.from(leaf, 'hex'))).toString('hex');
      expect(rootOf(sha256, treeOf(size))).toBe(expected);
      expect(merkleRoot(sha256, leaves.slice(0, size))).toBe(expected);
      expect(treeOf(size).peaks.length).toBeLessThanOrEqual(6);
    }
  });

  test('known roots: the empty list of RFC 6962 §2.1, and the test data of certificate transparency', () => {
    const inputs = TRANSPARENCY_LEAVES;
    const root = (size: number) => merkleRoot(sha256, inputs.slice(0, size));
    expect(root(0)).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
    expect(root(1)).toBe('6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d');
    expect(root(2)).toBe('fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125');
    expect(root(3)).toBe('aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77');
    expect(root(8)).toBe('5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328');
  });

  test('every leaf of every size is proven, and proves nothing else', () => {
    for (let size = 1; size <= 20; size++) {
      const part = leaves.slice(0, size);
      const root = merkleRoot(sha256, part);
      for (let index = 0; index < size; index++) {
        const proof = provedByDefinition(sha256, part, index);
        const claim = { leaf: part[index]!, index, size, root, proof };
        expect(verifyInclusion(sha256, claim)).toBe(true);
        expect(verifyInclusion(sha256, { ...claim, leaf: leaves[39]! })).toBe(false);
        expect(verifyInclusion(sha256, { ...claim, root: leaves[39]! })).toBe(false);
        expect(verifyInclusion(sha256, { ...claim, index: size })).toBe(false);
        expect(verifyInclusion(sha256, { ...claim, proof: [...proof, root] })).toBe(false);
        if (size > 1) {
          expect(verifyInclusion(sha256, { ...claim, index: (index + 1) % size })).toBe(false);
          expect(verifyInclusion(sha256, { ...claim, proof: proof.slice(1) })).toBe(false);
        }
      }
    }
  });

  test('every prefix is proven consistent, another history is not', () => {
    for (let size = 1; size <= 20; size++)
      for (let oldSize = 1; oldSize <= size; oldSize++) {
        const part = leaves.slice(0, size);
        const proof = consistencyByDefinition(sha256, part, oldSize);
        const claim = {
          oldSize,
          oldRoot: merkleRoot(sha256, part.slice(0, oldSize)),
          size,
          root: merkleRoot(sha256, part),
          proof,
        };
        expect(verifyConsistency(sha256, claim)).toBe(true);
        expect(verifyConsistency(sha256, { ...claim, oldRoot: leaves[39]! })).toBe(false);
        expect(verifyConsistency(sha256, { ...claim, root: leaves[39]! })).toBe(false);
        expect(verifyConsistency(sha256, { ...claim, proof: [...proof, leaves[0]!] })).toBe(false);
        expect(verifyConsistency(sha256, { ...claim, oldSize: 0 })).toBe(false);
        expect(verifyConsistency(sha256, { ...claim, oldSize: size + 1 })).toBe(false);
      }
  });

  const inclusion = {
    leaf: leaves[0]!,
    index: 0,
    size: 2,
    root: merkleRoot(sha256, leaves.slice(0, 2)),
    proof: provedByDefinition(sha256, leaves.slice(0, 2), 0),
  };
  test.each<[string, Partial<typeof inclusion>]>([
    ['a leaf that is no digest', { leaf: 'zz' }],
    ['a root that is no digest', { root: 'zz' }],
    ['a proof that is no digest', { proof: ['zz'] }],
    ['a broken size', { size: 1.5 }],
    ['a broken index', { index: 0.5 }],
    ['an index before the first', { index: -1 }],
    ['an index that is no number', { index: Number.NaN }],
    ['the size of a shorter ledger', { size: 1 }],
    ['no proof', { proof: [] }],
  ])('%s proves no line, and is no error', (_what, bad) => {
    expect(verifyInclusion(sha256, inclusion)).toBe(true);
    expect(verifyInclusion(sha256, { ...inclusion, ...bad })).toBe(false);
  });

  const prefix = {
    oldSize: 3,
    oldRoot: merkleRoot(sha256, leaves.slice(0, 3)),
    size: 7,
    root: merkleRoot(sha256, leaves.slice(0, 7)),
    proof: consistencyByDefinition(sha256, leaves.slice(0, 7), 3),
  };
  test.each<[string, Partial<typeof prefix>]>([
    ['an old root that is no digest', { oldRoot: 'zz' }],
    ['a root that is no digest', { root: 'zz' }],
    ['a proof that is no digest', { proof: ['zz', ...prefix.proof.slice(1)] }],
    ['a broken size', { size: 7.5 }],
    ['a broken old size', { oldSize: 3.5 }],
    ['an old size that is no number', { oldSize: Number.NaN }],
    ['two roots that are the same and no digests', { oldSize: 7, oldRoot: 'zz', root: 'zz', proof: [] }],
    ['no proof', { proof: [] }],
    ['a longer proof', { proof: [...prefix.proof, leaves[0]!, leaves[1]!, leaves[2]!] }],
    ['a whole history that is another', { oldSize: 7, oldRoot: prefix.oldRoot, proof: [] }],
  ])('%s proves no prefix, and is no error', (_what, bad) => {
    expect(verifyConsistency(sha256, prefix)).toBe(true);
    expect(verifyConsistency(sha256, { ...prefix, ...bad })).toBe(false);
  });
});

describe('checkpoint', () => {
  const head = { n: 3, chain: 'ab'.repeat(32) };
  const checkpoint = checkpointOf(sha256, head, treeOf(3));

  test('T102: another ledger of the same length is found out', () => {
    expect(() => checkCheckpoint(sha256, checkpoint, head, treeOf(3))).not.toThrow();
    expect(() => checkCheckpoint(sha256, checkpoint, { n: 4, chain: head.chain }, treeOf(4))).toThrowError(
      /not 4/,
    );
    expect(() =>
      checkCheckpoint(sha256, { ...checkpoint, chain: 'cd'.repeat(32) }, head, treeOf(3)),
    ).toThrowError(/not the one of the checkpoint/);
    expect(() => checkCheckpoint(sha256, { ...checkpoint, root: 'cd'.repeat(32) }, head, treeOf(3))).toThrow(
      expect.objectContaining({
        code: 'invalid',
        message: 'the ledger is not the one of the checkpoint at line 3',
        hint: expect.stringContaining('restore the ledger from a backup'),
      }),
    );
    expect(() => checkpointOf(sha256, head, treeOf(2))).toThrowError(/different ledgers/);
  });
});
