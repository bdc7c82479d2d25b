/** Routes whose peers no message holds: what the recipient lets in of their list, which the Host serves in parts. */
import { fromBase64, toHex } from '../../core/encoding/bytes.ts';
import { announcedBy, contentOf, listWith } from '../../core/projection/reducers/routes.ts';
import type { RowOf } from '../../core/projection/rows.ts';
import type { Verdict } from '../../core/protocol/authorize.ts';
import { partBounds, partCount } from '../../core/protocol/blob-parts.ts';
import type { Message } from '../../core/protocol/message.ts';
import { readRoutesList } from '../../core/protocol/routes-list.ts';
import type { BodyOf } from '../../core/protocol/table.ts';
import type { Home } from './home.ts';
import { reject, when } from './verdict.ts';

type Routes = BodyOf<'routes'>;

/** Since a later one would hold what is said to them for ever. */
export const isSaidBy = (revision: number, { since = revision }: Routes['peers'][number]): boolean =>
  since <= revision;

/**
 * Each digest is named once: what is let in as a part of a list is then always judged as one, never before it was
 * announced or after.
 */
export const ofAnnouncement = (
  home: Home,
  m: Message<Routes>,
  list: NonNullable<Routes['list']>,
): Verdict | null => {
  const coming = home.tables.get('announced_routes', m.body.self.pubkey ?? m.to);
  const same = coming?.epoch === m.epoch.n && coming.n === m.body.n;
  if (same && contentOf(coming.announced) !== contentOf(m.body)) return reject('fork');
  const isNamed = home.tables.get('blob_grants', list.sha256, m.from, m.to) !== undefined;
  return when(isNamed || m.body.peers.length > 0, reject('bad_routes'));
};

/** Parts of what is no list, or of one that newer routes took the place of, are as good as any. */
export const ofRoutesPart = (home: Home, m: Message<BodyOf<'blob.part'>>): Verdict | null => {
  const row = announcedBy(home.tables, m.body.sha256);
  if (!row) return null;
  const { size, sha256 } = row;
  const { n, of, data } = m.body;
  const [from, to] = partBounds(size, n);
  if (of !== partCount(size) || lengthOf(data) !== to - from) return reject('wrong_size');
  const bytes = listWith(home.tables, row, m.body);
  if (bytes === null) return null;
  if (toHex(home.suite.sha256(bytes)) !== sha256) return reject('wrong_digest');
  return when(!isListOf(row, bytes), reject('bad_routes'));
};

/** Of its bytes; -1 for what is no base64. */
const lengthOf = (data: string): number => {
  try {
    return fromBase64(data).length;
  } catch {
    return -1;
  }
};

const isListOf = ({ owner, epoch, n, announced }: RowOf<'announced_routes'>, bytes: Uint8Array): boolean => {
  const list = readRoutesList(bytes);
  return (
    list !== null &&
    list.owner === owner &&
    list.epoch === epoch &&
    list.n === n &&
    list.peers.length === announced.list?.peers &&
    list.peers.every((peer) => isSaidBy(announced.revision, peer))
  );
};
