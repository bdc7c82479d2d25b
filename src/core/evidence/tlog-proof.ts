/** That a Host’s statement is in its log: a C2SP tlog-proof (c2sp.org/tlog-proof), whose extra data is what the leaf is made of. */
import { MAX_TLOG_PROOF } from '../bounds.ts';
import { fromBase64, fromHex, fromUtf8, toBase64, toHex, utf8 } from '../encoding/bytes.ts';
import { type Hash, leafOf, leafTextOf } from '../ledger/line.ts';
import { verifyInclusion } from '../ledger/merkle.ts';
import { type LogNote, logOrigin, readNote } from '../ledger/note.ts';
import type { SignedEvent } from '../nostr/event.ts';

const HEADER = 'c2sp.org/tlog-proof@v1';
/** Its line in the ledger of the Host; the audit path, in hex, to the head in the signed note. */
export type TlogProof = {
  line: { n: number; at: string; event: SignedEvent };
  path: readonly string[];
  note: string;
};

export const writeTlogProof = ({ line, path, note }: TlogProof): string =>
  [
    HEADER,
    `extra ${toBase64(utf8(leafTextOf({ ...line, dir: 'out' })))}`,
    `index ${line.n - 1}`,
    ...path.map((hash) => toBase64(fromHex(hash))),
    '',
    note,
  ].join('\n');

const PROOF = new RegExp(
  `^${HEADER.replaceAll('.', '\\.')}\\nextra ([A-Za-z0-9+/]+={0,2})\\nindex (0|[1-9]\\d{0,15})\\n((?:[A-Za-z0-9+/]{43}=\\n){0,63})\\n([^]+)$`,
);
const LINE_AT = /^\{"at":"([0-9TZ:.-]{24})"/;

/** The head that it leads to: of that event of a Host, in the log of that graph, signed by that key. Null for anything else. */
export const readTlogProof = (
  sha256: Hash,
  text: string,
  { event, graph, log }: { event: SignedEvent; graph: string; log: string },
): LogNote | null => {
  const [, extra, index, hashes, signed] = (text.length <= MAX_TLOG_PROOF && PROOF.exec(text)) || [];
  if (extra === undefined) return null;
  const note = readNote(sha256, signed!, log);
  if (note?.origin !== logOrigin(graph)) return null;
  try {
    const leaf = fromUtf8(fromBase64(extra));
    const line = { n: Number(index) + 1, at: LINE_AT.exec(leaf)?.[1] ?? '', dir: 'out' as const, event };
    const proof = hashes!
      .split('\n')
      .filter(Boolean)
      .map((hash) => toHex(fromBase64(hash)));
    const claim = { ...{ leaf: leafOf(sha256, line), index: Number(index), proof }, ...note };
    return leaf === leafTextOf(line) && verifyInclusion(sha256, claim) ? note : null;
  } catch {
    return null;
  }
};
