/** Lines of a Host’s ledger in a format that others read: one text a line, and nothing kept but names. */

import type { AuditFormat } from '../command-words.ts';
import type { Suite } from '../crypto/suite.ts';
import { safeJson } from '../encoding/sanitize.ts';
import { EntangleError } from '../errors.ts';
import { GENESIS, type Head, type Line, verifyNext } from '../ledger/line.ts';
import { cefOf } from './cef.ts';
import { createAuditNames } from './names.ts';
import { ocsfOf } from './ocsf.ts';
import { auditedLine } from './record.ts';
import type { AuditSource } from './source.ts';

export type AuditExportOptions = AuditSource & {
  format: AuditFormat;
  /** Number of the last line that is known already: those behind it are given. */
  since: number;
  /** With the signed events, in which texts of people and agents stand. */
  isWhole: boolean;
  suite: Pick<Suite, 'sha256'>;
};

/**
 * Takes all lines from the first on, checks their chain, and gives the text of each behind the cursor, null of the others.
 * What is given hangs on the lines alone, so who goes on at a cursor gets what follows it, once.
 */
export const createAuditExport = (options: AuditExportOptions): ((line: Line) => string | null) => {
  const { format, since, isWhole, suite } = options;
  const names = createAuditNames(options.host);
  let head: Head = GENESIS;
  let previous: string | null = null;
  return (line) => {
    head = nextHead(suite, head, line);
    names.see(line);
    const before = previous;
    previous = line.event.id;
    if (line.n <= since) return null;
    const audited = auditedLine(line, names, isWhole);
    if (format === 'cef') return cefOf(audited, options);
    if (format === 'ndjson') return safeJson(audited.record);
    const { session } = audited.record;
    const node = session === null ? null : names.nodeOf(session);
    return safeJson(ocsfOf(audited, options, { previous: before, node }));
  };
};

/** The head with this line, which must continue the chain. */
export const nextHead = ({ sha256 }: Pick<Suite, 'sha256'>, head: Head, line: Line): Head => {
  try {
    return verifyNext(sha256, head, line);
  } catch (cause) {
    throw new EntangleError(
      'invalid',
      `line ${line.n} of the ledger is damaged: ${(cause as Error).message}`,
      {
        hint: 'run `entangle host audit verify`, which names its file and byte',
        cause,
      },
    );
  }
};
