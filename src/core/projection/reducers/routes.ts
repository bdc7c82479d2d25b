/** Each participant's newest routes with the peers they name. */
import { concat, fromBase64 } from '../../encoding/bytes.ts';
import type { PeerRelation } from '../../graph/routes.ts';
import { partCount } from '../../protocol/blob-parts.ts';
import { type RoutesList, readRoutesList } from '../../protocol/routes-list.ts';
import type { BodyOf } from '../../protocol/table.ts';
import type { LedgerMessage } from '../ledger-message.ts';
import type { RowOf, Tables } from '../rows.ts';
import { nameBlob, reduceBlobPart } from './blobs.ts';
import { meetKey, sortable } from './registry.ts';

type Body = BodyOf<'routes'>;
type Peers = RoutesList['peers'];
/** Of which owner, and which of its routes: the highest (epoch, n) wins. */
type Place = { owner: string; epoch: number; n: number };

const isNewer = (one: Place, than: Omit<Place, 'owner'> | undefined): boolean =>
  !than || one.epoch > than.epoch || (one.epoch === than.epoch && one.n > than.n);

export const reduceRoutes = (tables: Tables, told: LedgerMessage<Body>): void => {
  const { body, from, to } = told;
  const { list } = body;
  const place = { owner: body.self.pubkey ?? to, epoch: told.epoch.n, n: body.n };
  if (list) nameBlob(tables, list.sha256, from, to, list.size);
  if (told.dir === 'out') {
    const before = tables.get('routes', place.owner);
    if (putRoutes(tables, place, body) && before) dropSuperseded(tables, told, before);
  } else if (list)
    announce(tables, { ...place, me: to, sha256: list.sha256, size: list.size, announced: body });
  else takeRoutes(tables, place, body, body.peers);
};

/** Until its peers are here the routes before them stay in force; what is newer takes the place of both. */
const announce = (tables: Tables, row: RowOf<'announced_routes'>): void => {
  const before = tables.get('announced_routes', row.owner);
  if (!isNewer(row, before) || !isNewer(row, tables.get('routes', row.owner))) return;
  if (before) forgetAnnounced(tables, before);
  tables.put('announced_routes', row);
};

const forgetAnnounced = (tables: Tables, { owner, sha256 }: RowOf<'announced_routes'>): void => {
  tables.remove('announced_routes', owner);
  for (const part of tables.list('routes_parts', { sha256 })) tables.remove('routes_parts', sha256, part.n);
};

/** The routes whose list these bytes belong to. */
export const announcedBy = (tables: Tables, sha256: string): RowOf<'announced_routes'> | undefined =>
  tables.list('announced_routes', { sha256 })[0];

/** The whole list, where this part is all that was missing. */
export const listWith = (
  tables: Tables,
  { sha256, size }: RowOf<'announced_routes'>,
  { n, data }: Pick<BodyOf<'blob.part'>, 'n' | 'data'>,
): Uint8Array | null => {
  const of = partCount(size);
  const before = tables.count('routes_parts', { sha256 });
  // Counted before any is read: they are many, and most are not the last
  if (before + (tables.get('routes_parts', sha256, n) ? 0 : 1) < of) return null;
  const parts = new Map(tables.list('routes_parts', { sha256 }).map((part) => [part.n, part.data]));
  parts.set(n, data);
  return concat(...Array.from({ length: of }, (_, i) => fromBase64(parts.get(i)!)));
};

/** A part of announced routes, or of any other blob. */
export const reducePart = (tables: Tables, told: LedgerMessage<BodyOf<'blob.part'>>): void => {
  const row = told.dir === 'in' ? announcedBy(tables, told.body.sha256) : undefined;
  if (row) takePart(tables, row, told.body);
  else reduceBlobPart(tables, told);
};

/** The bytes were compared with the digest before the last of them was let in. */
const takePart = (tables: Tables, row: RowOf<'announced_routes'>, part: BodyOf<'blob.part'>): void => {
  const bytes = listWith(tables, row, part);
  if (bytes === null) {
    tables.put('routes_parts', { sha256: part.sha256, n: part.n, data: part.data });
    return;
  }
  forgetAnnounced(tables, row);
  const list = readRoutesList(bytes);
  if (list) takeRoutes(tables, row, row.announced, list.peers);
};

const takeRoutes = (tables: Tables, place: Place, body: Body, peers: Peers): void => {
  meetPeers(tables, place, peers);
  // The graph's name for a person, whatever name they were invited by
  if (body.self.kind === 'user')
    meetKey(tables, place.owner, 'user', body.self.name, sortable(place.epoch, place.n));
  if (!putRoutes(tables, place, body)) return;
  const { owner } = place;
  const announced = tables.get('announced_routes', owner);
  if (announced && !isNewer(announced, place)) forgetAnnounced(tables, announced);
  for (const peer of tables.list('peers', { owner })) tables.remove('peers', owner, peer.name);
  for (const peer of peers) {
    const { name, pubkey, kind, person = name, relations, ssh = [], reach = null, gate = null } = peer;
    tables.put('peers', {
      owner,
      name,
      pubkey,
      kind,
      person,
      relations: relations as PeerRelation[],
      since: peer.since ?? body.revision,
      ssh,
      reach,
      gate,
    });
  }
  dropUndeliverable(tables, owner);
  retire(tables, owner, body.self.name);
};

/** False where newer ones are here. */
const putRoutes = (tables: Tables, { owner, epoch, n }: Place, body: Body): boolean => {
  if (!isNewer({ owner, epoch, n }, tables.get('routes', owner))) return false;
  const { self, revision, digest, policy, approval } = body;
  tables.put('routes', {
    owner,
    name: self.name,
    kind: self.kind,
    epoch,
    n,
    revision,
    digest,
    policy,
    approval,
    content: contentOf(body),
    peers: body.list?.peers ?? body.peers.length,
    list: body.list?.sha256 ?? null,
  });
  return true;
};

/** Node keys are never used again: what still waits for one that was replaced would be sent for ever. */
const dropUndeliverable = (tables: Tables, owner: string): void => {
  for (const row of tables.list('outbox', { sender: owner })) {
    const key = tables.get('keys', row.recipient);
    const now = key?.role === 'node' ? tables.get('peers', owner, key.name)?.pubkey : null;
    if (now && now !== row.recipient) tables.remove('outbox', row.id);
  }
};

/** What earlier keys of this node still had to say: nobody's newest routes name them, so nobody would hear it. */
const retire = (tables: Tables, owner: string, node: string): void => {
  const present = tables.list('assignments', { pubkey: owner })[0];
  if (!present) return;
  for (const { pubkey, fence } of tables.list('assignments', { node }))
    if (pubkey !== null && fence < present.fence)
      for (const row of tables.list('outbox', { sender: pubkey })) tables.remove('outbox', row.id);
};

/** Of older routes too, whenever they come: open sessions may still be with a key that only they name. */
const meetPeers = (tables: Tables, { epoch, n }: Place, peers: Peers): void => {
  const said = sortable(epoch, n);
  for (const { pubkey, kind, name } of peers)
    if (pubkey) meetKey(tables, pubkey, kind === 'user' ? 'user' : 'node', name, said);
};

/** A newer snapshot makes the one before it not worth delivering, which made those before it so. */
const dropSuperseded = (tables: Tables, { from, to }: LedgerMessage, before: Place): void => {
  const same = { sender: from, recipient: to, type: 'routes', dedup: routesDedup(before) } as const;
  for (const { id } of tables.list('outbox', same)) tables.remove('outbox', id);
};

/** The dedup key of routes: whoever runs several nodes is told of each. */
export const routesDedup = ({ owner, epoch, n }: Place): string =>
  `routes:${epoch}:${owner.slice(0, 16)}:${n}`;

/** What the routes say apart from their number: equal contents need not be sent again. */
export const contentOf = (body: Body): string => {
  const { self, revision, digest, policy, approval, peers, list } = body;
  const keys = peers.map((peer) => [
    peer.name,
    peer.pubkey,
    peer.person ?? null,
    peer.relations,
    peer.ssh ?? [],
    peer.reach,
    peer.gate,
    peer.since,
  ]);
  return JSON.stringify([self, revision, digest, policy, approval, list?.sha256 ?? keys]);
};
