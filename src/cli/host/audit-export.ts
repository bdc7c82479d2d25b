/** The record of a Host, read beside whoever serves it, and written where it is wanted: piece by piece, never all at once. */

import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import * as Flags from '@oclif/core/flags';
import { suiteWasm } from '../../adapters/crypto/suite-wasm.ts';
import { readLedger } from '../../adapters/ledger/read.ts';
import { createWhole } from '../../adapters/system/files.ts';
import { createAuditExport } from '../../core/audit/export.ts';
import { AUDIT_FORMATS, type AuditFormat } from '../../core/command-words.ts';
import { EntangleError } from '../../core/errors.ts';
import { hostConfig } from '../../services/setup/config.ts';
import { hostName } from '../kit/flags.ts';
import { newFile } from '../kit/new-file.ts';
import { counted, pairs } from '../kit/render.ts';
import { requireConfig } from '../wiring/home-config.ts';
import { NO_HOST } from '../wiring/missing-home.ts';

export const auditFormat = Flags.option({
  description: 'ndjson: all that a record says; ocsf: OCSF 1.9.0; cef: the Common Event Format',
  env: 'ENTANGLE_AUDIT_FORMAT',
  options: AUDIT_FORMATS,
  default: 'ndjson',
})();
export const auditSince = Flags.integer({
  description: 'give what follows the record with this cursor',
  env: 'ENTANGLE_SINCE',
  helpValue: 'CURSOR',
  min: 0,
  default: 0,
});
export const wholeFlag = Flags.boolean({
  description: 'also the signed events, in which the words of people and agents stand',
  env: 'ENTANGLE_AUDIT_WHOLE',
});
export const auditExportFlags = {
  host: hostName,
  format: auditFormat,
  since: auditSince,
  output: Flags.string({
    char: 'o',
    description: 'file to create, instead of stdout; none is written over',
    env: 'ENTANGLE_OUTPUT',
    helpValue: 'FILE',
  }),
  whole: wholeFlag,
};

export type ExportedAudit = { format: AuditFormat; records: number; cursor: string; file: string | null };
type Wanted = { format: AuditFormat; since: number; whole: boolean; output?: string | undefined };
export type AuditPiece = { n: number; text: string };

/** Each record behind the cursor, as its text without a newline. */
export async function* auditPieces(
  directory: string,
  version: string,
  { format, since, whole }: Omit<Wanted, 'output'>,
): AsyncGenerator<AuditPiece> {
  const { graph } = await requireConfig(directory, hostConfig, NO_HOST);
  let give: ReturnType<typeof createAuditExport> | null = null;
  let last = 0;
  for await (const line of readLedger(join(directory, 'ledger'), 1)) {
    // The first line of a ledger is its home’s own
    give ??= createAuditExport({
      ...{ format, since, isWhole: whole, suite: suiteWasm },
      ...{ graph, host: line.event.pubkey, version },
    });
    last = line.n;
    const text = give(line);
    if (text !== null) yield { n: line.n, text };
  }
  if (since > last)
    throw new EntangleError('not_found', `no record ${since}: the ledger has ${last} lines`, {
      hint: 'use 0 to begin anew: this cursor is of another ledger, or of one before a restore',
    });
}

export const exportAudit = async (
  directory: string,
  version: string,
  wanted: Wanted,
): Promise<ExportedAudit> => {
  if (wanted.whole && wanted.format === 'cef')
    throw new EntangleError('usage', 'CEF has no place for a signed event', {
      hint: 'use --format ndjson or --format ocsf with --whole',
    });
  const file = await newFile(wanted.output);
  let records = 0;
  let cursor = wanted.since;
  const lines = async function* () {
    for await (const { n, text } of auditPieces(directory, version, wanted)) {
      records += 1;
      cursor = n;
      yield `${text}\n`;
    }
  };
  const pieces = Readable.from(lines());
  if (file === null) await pipeline(pieces, process.stdout, { end: false });
  else await createWhole(file, pieces);
  return { format: wanted.format, records, cursor: `${cursor}`, file };
};

export const exportedText = ({ format, records, cursor, file }: ExportedAudit): string =>
  pairs([
    ['records', `${counted(records, 'record')} as ${format}`],
    ['file', file ?? 'stdout'],
    ['cursor', `${cursor}: what comes later is given by --since ${cursor}`],
  ]);
