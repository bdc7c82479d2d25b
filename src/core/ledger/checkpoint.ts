/** A checkpoint: what a Host swears its ledger was, small enough for every participant to keep (docs/design.md §7). */
import { EntangleError } from '../errors.ts';
import type { Hash, Head } from './line.ts';
import { type MerkleState, rootOf } from './merkle.ts';

/** Content of the kind 24155 event: number of lines, chain value of the last one, RFC 6962 root over their leaves. */
export type Checkpoint = { size: number; chain: string; root: string };

const CONTENT = /^\{"chain":"([0-9a-f]{64})","root":"([0-9a-f]{64})","size":(0|[1-9]\d{0,15})\}$/;

/** The checkpoint of a ledger whose head and tree are these. */
export function checkpointOf(sha256: Hash, head: Head, tree: MerkleState): Checkpoint {
  if (head.n !== tree.size) throw new Error(`head ${head.n} and tree ${tree.size} are of different ledgers`);
  return { size: head.n, chain: head.chain, root: rootOf(sha256, tree) };
}

/** RFC 8785 text of a checkpoint: the content of the event that the Host Authority signs. */
export const writeCheckpoint = ({ chain, root, size }: Checkpoint): string =>
  JSON.stringify({ chain, root, size });

/** Reads a content; refuses every other spelling of it. */
export function parseCheckpoint(content: string): Checkpoint {
  const found = CONTENT.exec(content);
  if (found === null) throw new EntangleError('invalid', 'not a checkpoint');
  return { chain: found[1]!, root: found[2]!, size: Number(found[3]) };
}

/** Throws where a ledger, folded up to `checkpoint.size`, is not the one the checkpoint was made of. */
export function checkCheckpoint(sha256: Hash, checkpoint: Checkpoint, head: Head, tree: MerkleState): void {
  const mine = checkpointOf(sha256, head, tree);
  if (mine.size !== checkpoint.size)
    throw new EntangleError('invalid', `the checkpoint is of ${checkpoint.size} lines, not ${mine.size}`);
  if (mine.chain !== checkpoint.chain || mine.root !== checkpoint.root)
    throw new EntangleError('invalid', `the ledger is not the one of the checkpoint at line ${mine.size}`, {
      hint: 'restore the ledger from a backup: lines were changed, removed or reordered after the checkpoint was signed',
    });
}
