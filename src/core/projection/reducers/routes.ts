/** Each participant's newest routes with the peers they name. */
import type { PeerRelation } from '../../graph/routes.ts';
import type { BodyOf } from '../../protocol/table.ts';
import type { LedgerMessage } from '../ledger-message.ts';
import type { Tables } from '../rows.ts';
import { meetKey, sortable } from './registry.ts';

export const reduceRoutes = (tables: Tables, told: LedgerMessage<BodyOf<'routes'>>): void => {
  const { self, n, revision, digest, policy, approval, peers } = told.body;
  const owner = self.pubkey ?? told.to;
  if (told.dir === 'in') meetPeers(tables, told);
  const before = tables.get('routes', owner);
  const newer = !before || told.epoch.n > before.epoch || (told.epoch.n === before.epoch && n > before.n);
  if (!newer) return;
  tables.put('routes', {
    owner,
    name: self.name,
    kind: self.kind,
    epoch: told.epoch.n,
    n,
    revision,
    digest,
    policy,
    approval,
    content: contentOf(told.body),
    peers: peers.length,
  });
  if (told.dir === 'out') {
    dropSuperseded(tables, told, owner);
    return;
  }
  for (const peer of tables.list('peers', { owner })) tables.remove('peers', owner, peer.name);
  for (const { name, pubkey, kind, person = name, relations } of peers)
    tables.put('peers', { owner, name, pubkey, kind, person, relations: relations as PeerRelation[] });
  dropUndeliverable(tables, owner);
  retire(tables, owner, self.name);
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
const meetPeers = (tables: Tables, told: LedgerMessage<BodyOf<'routes'>>): void => {
  const said = sortable(told.epoch.n, told.body.n);
  for (const { pubkey, kind, name } of told.body.peers)
    if (pubkey) meetKey(tables, pubkey, kind === 'user' ? 'user' : 'node', name, said);
};

/** A newer snapshot makes the older ones to the same owner not worth delivering. */
const dropSuperseded = (tables: Tables, told: LedgerMessage, owner: string): void => {
  const older = tables.list('outbox', { sender: told.from, recipient: told.to, type: 'routes' });
  for (const row of older)
    if (row.id !== told.id && row.dedup.split(':')[2] === owner.slice(0, 16)) tables.remove('outbox', row.id);
};

/** What the routes say apart from their number: equal contents need not be sent again. */
export const contentOf = (body: BodyOf<'routes'>): string => {
  const { self, revision, digest, policy, approval, peers } = body;
  const keys = peers.map((peer) => [peer.name, peer.pubkey, peer.person ?? null, peer.relations]);
  return JSON.stringify([self, revision, digest, policy, approval, keys]);
};
