/** A checkpoint: what a Host swears its ledger was, small enough for everybody to keep (docs/design.md §7). */
import { logVerify } from '../crypto/ed25519.ts';
import { fromBase64, fromHex, utf8 } from '../encoding/bytes.ts';
import { EntangleError } from '../errors.ts';
import type { Hash, Head } from './line.ts';
import { type MerkleState, rootOf } from './merkle.ts';
import { type LogSignature, logOrigin, noteText } from './note.ts';

/** Number of lines, chain value of the last one, RFC 6962 root over their leaves. */
export type Checkpoint = { size: number; chain: string; root: string };

/** The checkpoint of a ledger whose head and tree are these. */
export function checkpointOf(sha256: Hash, head: Head, tree: MerkleState): Checkpoint {
  if (head.n !== tree.size) throw new Error(`head ${head.n} and tree ${tree.size} are of different ledgers`);
  return { size: head.n, chain: head.chain, root: rootOf(sha256, tree) };
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

/** Whether the log signed the head of that graph’s ledger. */
export const isLogHead = (
  graph: string,
  { size, root, log, sig }: Pick<Checkpoint, 'size' | 'root'> & LogSignature,
): boolean => {
  try {
    return logVerify(fromBase64(sig), utf8(noteText({ origin: logOrigin(graph), size, root })), fromHex(log));
  } catch {
    return false;
  }
};
