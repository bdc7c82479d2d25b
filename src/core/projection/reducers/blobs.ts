/** Blobs on the wire: who may read which bytes, who asked, which parts came. */
import { canonicalize } from '../../encoding/canonical.ts';
import type { Transcript } from '../../protocol/messages/a2a.ts';
import type { BodyOf } from '../../protocol/table.ts';
import type { LedgerMessage } from '../ledger-message.ts';
import type { Tables } from '../rows.ts';

/** A message from holder to reader named these bytes: the reader may ask for them. */
export const nameBlob = (
  tables: Tables,
  sha256: string,
  holder: string,
  reader: string,
  size: number,
): void => {
  const before = tables.get('blob_grants', sha256, holder, reader);
  tables.put('blob_grants', { sha256, holder, reader, size: Math.min(before?.size ?? size, size) });
};

/** The same of a long text. */
export const nameText = (
  tables: Tables,
  { body, from, to }: LedgerMessage<{ whole?: { sha256: string; size: number } | undefined }>,
): void => {
  if (body.whole) nameBlob(tables, body.whole.sha256, from, to, body.whole.size);
};

/** The same of what a turn printed; of two that a signer tells of one turn the same stands everywhere. */
export const nameTranscript = (
  tables: Tables,
  { body, from, to }: LedgerMessage<{ session: string; transcript?: Transcript | undefined }>,
): void => {
  const told = body.transcript;
  if (!told) return;
  for (const part of told.blobs) nameBlob(tables, part, from, to, told.size);
  const { session } = body;
  const { attempt, turn } = told;
  const before = tables.get('transcripts', session, attempt, turn, from)?.told;
  if (before && canonicalize(before) <= canonicalize(told)) return;
  tables.put('transcripts', { session, attempt, turn, by: from, told });
};

export const reduceFile = (tables: Tables, told: LedgerMessage<BodyOf<'artifact.file'>>): void => {
  const { artifact: id, session, attempt, file, media, words = '' } = told.body;
  for (const blob of file.blobs) nameBlob(tables, blob, told.from, told.to, file.size);
  const before = tables.get('files', id);
  // One id, one file: of two messages that tell it, whichever came first, the same one stands
  if (before && before.message <= told.id) return;
  const line = before?.line ?? told.line;
  tables.put('files', {
    ...{ id, session, attempt, by: told.from, file, size: file.size, media, words },
    ...{ message: told.id, at: told.at, line },
  });
};

export const reduceBlobGet = (tables: Tables, told: LedgerMessage<BodyOf<'blob.get'>>): void => {
  const served = tables.get('blob_requests', told.id)?.served ?? 0;
  tables.put('blob_requests', {
    id: told.id,
    sha256: told.body.sha256,
    asker: told.from,
    holder: told.to,
    served,
  });
};

export const reduceBlobPart = (tables: Tables, told: LedgerMessage<BodyOf<'blob.part'>>): void => {
  const { sha256, n, of } = told.body;
  if (told.dir === 'in') tables.put('blob_parts', { sha256, by: told.from, n, of, id: told.id, line: 0 });
  else if (n >= of - 1 && told.re)
    tables.put('blob_requests', { id: told.re, sha256, asker: told.to, holder: told.from, served: 1 });
};
