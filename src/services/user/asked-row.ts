/** What a list has of anything that a node puts to this person about a change. */
import { shownTime } from '../../core/encoding/time.ts';
import type { RowOf } from '../../core/projection/rows.ts';
import type { Home } from '../messaging/home.ts';
import { nameOf } from './peers.ts';

export const askedRow = (home: Home, row: RowOf<'approvals'> | RowOf<'reviews'>) => ({
  id: row.id,
  session: row.session,
  node: nameOf(home, row.node),
  title: row.title,
  files: row.files,
  documentBytes: row.size,
  subjectDigest: `sha256:${row.subject}`,
  expires: shownTime(row.expires),
});
