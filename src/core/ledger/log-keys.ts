/** Which key signs for the log of a Host, line by line: one at a time, and none again that was replaced. */
import { readShape } from '../encoding/read-shape.ts';
import { parseStrict } from '../encoding/strict-json.ts';
import { EntangleError } from '../errors.ts';
import { RECORDS } from '../protocol/messages/records.ts';
import type { Hash, Line } from './line.ts';
import { readNote, type TreeHead } from './note.ts';

type LogHead = TreeHead & { log: string };

const refused = (words: string): EntangleError =>
  new EntangleError('invalid', words, {
    hint: 'ask who keeps this ledger: somebody signs with a key of the log that the Host does not use',
  });

export type LogKeys = {
  /** A checkpoint in the ledger. Throws where its key is not the one that signs by then. */
  signed(head: LogHead): void;
  /** A statement of a commit in the ledger; the same of its key. */
  stated(line: Line): void;
  /** A proof, in the ledger, that a statement is in the log; the same of the head in it. */
  proved(line: Line): void;
  /** A record that another key follows. Throws where it does not follow from the checkpoint before it. */
  rotated(line: Line): void;
  /** How many lines the last head has that this key may have signed; null where it is not replaced. */
  mostOf(log: string): number | null;
};

export const createLogKeys = (sha256: Hash): LogKeys => {
  const retired = new Map<string, { size: number; line: number }>();
  let bound: string | null = null;
  let last: LogHead | null = null;
  const requireBound = (log: string, what: string): void => {
    const gone = retired.get(log);
    if (gone) throw refused(`${what} is signed by a key of the log that line ${gone.line} replaced`);
    // Of a ledger whose log never got another key by a record, the checkpoints alone name it
    if (bound !== null && log !== bound)
      throw refused(`${what} is signed by a key of the log that its Host never named`);
  };
  return {
    signed(head) {
      requireBound(head.log, 'its checkpoint');
      last = head;
    },
    stated({ event }) {
      // Pruned: that it was stated is left
      if (event.content === '') return;
      const { statement } = parseStrict(event.content) as { statement?: { log: string } };
      if (statement) requireBound(statement.log, 'its statement of a commit');
    },
    proved({ event }) {
      if (event.content === '') return;
      const { proof } = parseStrict(event.content) as { proof: string };
      const note = proof.slice(proof.indexOf('\n\n') + 2);
      for (const [log, { size, line }] of retired)
        if ((readNote(sha256, note, log)?.size ?? 0) > size)
          throw refused(`its proof of a statement is signed by a key of the log that line ${line} replaced`);
    },
    rotated({ n, event }) {
      const { data } = readShape(RECORDS['log.rotated'], parseStrict(event.content));
      if (!data) throw refused('it names a key of the log in a record that cannot be read');
      const { from, to, size, root } = data;
      const follows = last?.log === from && last.size === size && last.root === root;
      if (!follows || from === to || retired.has(to))
        throw refused('it gives the log another key, which does not follow from the checkpoint before it');
      retired.set(from, { size, line: n });
      bound = to;
    },
    mostOf: (log) => retired.get(log)?.size ?? null,
  };
};
