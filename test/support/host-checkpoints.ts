/** Checkpoints of any ledger, as a Host, or who has a key, signs them of the leaves that it claims. */

import { logPublicKey, logSign } from '../../src/core/crypto/ed25519.ts';
import type { Suite } from '../../src/core/crypto/suite.ts';
import { toBase64, toHex, utf8 } from '../../src/core/encoding/bytes.ts';
import { addLeaf, EMPTY_TREE, rootOf } from '../../src/core/ledger/merkle.ts';
import { logOrigin, noteText } from '../../src/core/ledger/note.ts';
import { composeRecord } from '../../src/core/protocol/compose.ts';
import { NOW } from './world.ts';

const LOG_KEY = new Uint8Array(32).fill(7);

export const checkpointBy = (
  { suite, graph }: { suite: Suite; graph: string },
  secretKey: Uint8Array,
  leaves: readonly string[],
) => {
  const { sha256 } = suite;
  const tree = leaves.reduce((state, leaf) => addLeaf(sha256, state, leaf), EMPTY_TREE);
  const [size, root] = [leaves.length, rootOf(sha256, tree)];
  const sig = toBase64(logSign(utf8(noteText({ origin: logOrigin(graph), size, root })), LOG_KEY));
  const log = toHex(logPublicKey(LOG_KEY));
  const body = { size, chain: '00'.repeat(32), root, peaks: [...tree.peaks], log, sig };
  const random = (n: number) => new Uint8Array(n).fill(size % 256);
  const event = composeRecord(suite, 'checkpoint', body, { secretKey, graph, createdAt: NOW, random });
  return { ...event, tags: event.tags.map((tag) => [...tag]) };
};
