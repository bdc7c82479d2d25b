/** A small ledger whose Host signed its head, and bundles of its lines. Of a world with real signatures. */
import type { Bundle } from '../../src/core/audit/bundle.ts';
import { createProver } from '../../src/core/audit/prove.ts';
import { logPublicKey, logSign } from '../../src/core/crypto/ed25519.ts';
import { toBase64, toHex, utf8 } from '../../src/core/encoding/bytes.ts';
import { checkpointOf } from '../../src/core/ledger/checkpoint.ts';
import { GENESIS, type Head, type Line, leafOf, nextLine } from '../../src/core/ledger/line.ts';
import { addLeaf, EMPTY_TREE } from '../../src/core/ledger/merkle.ts';
import { logOrigin, noteText } from '../../src/core/ledger/note.ts';
import { composeRecord } from '../../src/core/protocol/compose.ts';
import type { RecordBody, RecordType } from '../../src/core/protocol/messages/records.ts';
import { NOW, type World } from './world.ts';

export const provenLedger = (world: World) => {
  const {
    suite,
    actors: { host },
  } = world;
  const { sha256 } = suite;
  const logKey = new Uint8Array(32).fill(7);

  const recordBy = <T extends RecordType>(
    secretKey: Uint8Array,
    type: T,
    body: RecordBody<T>,
    graph = world.graph,
  ) => composeRecord(suite, type, body, { secretKey, graph, createdAt: NOW, random: world.random });
  const lines: Line[] = [];
  const append = (event: Line['event']): void => {
    const before: Head = lines.at(-1) ?? GENESIS;
    lines.push(nextLine(sha256, before, '2026-11-23T10:00:00.000Z', { dir: 'local', event }));
  };
  for (const name of ['ci', 'late', 'gone'])
    append(recordBy(host.secretKey, 'operator.revoked', { name, by: 'bootstrap' }));
  append(
    recordBy(host.secretKey, 'operator.added', {
      name: 'x',
      role: 'viewer',
      sha256: 'ab'.repeat(32),
      expiresAt: null,
      by: null,
    }),
  );
  const headBy = (secretKey: Uint8Array, graph = world.graph, signedBy = logKey) => {
    const tree = lines.reduce((state, line) => addLeaf(sha256, state, leafOf(sha256, line)), EMPTY_TREE);
    const { size, chain, root } = checkpointOf(sha256, lines.at(-1)!, tree);
    const sig = toBase64(logSign(utf8(noteText({ origin: logOrigin(graph), size, root })), signedBy));
    const body = { size, chain, root, peaks: [...tree.peaks], log: toHex(logPublicKey(logKey)), sig };
    return { size, event: recordBy(secretKey, 'checkpoint', body, graph) };
  };
  const bundleOfLines = (numbers: number[], head = headBy(host.secretKey)): Bundle => {
    const prover = createProver(sha256, world.graph, head, numbers);
    for (const line of lines) prover.see(line);
    return prover.bundle();
  };
  return { lines, append, recordBy, headBy, bundleOfLines };
};
