/** Routes as they are where no message holds their peers: the message, and the list that it names in its parts. */
import { toBase64, toHex } from '../../src/core/encoding/bytes.ts';
import { partBounds, partCount } from '../../src/core/protocol/blob-parts.ts';
import { type RoutesList, writeRoutesList } from '../../src/core/protocol/routes-list.ts';
import type { BodyOf } from '../../src/core/protocol/table.ts';
import { peerOf, relationsOf, routesOf } from './introductions.ts';
import { KIT_EPOCH, type MessageKit, type Name } from './message-kit.ts';

export type ListedRoutes = {
  body: BodyOf<'routes'>;
  sha256: string;
  bytes: Uint8Array;
  part(n: number, bytes?: Uint8Array): BodyOf<'blob.part'>;
};
export type Changes = {
  list?: Partial<RoutesList>;
  bytes?: (bytes: Uint8Array) => Uint8Array;
  peers?: number;
};

/** Neighbours that nobody hears of otherwise: as many as make a list of several parts. */
const strangers = (count: number): RoutesList['peers'] =>
  Array.from({ length: count }, (_, i) => ({
    name: `agent-${i}`,
    kind: 'agent',
    pubkey: i.toString(16).padStart(64, '0'),
    relays: [],
    relations: [{ relation: 'delegates_to', side: 'a' }],
  }));

/** Of these names of the kit and a hundred more; what the message says of the list is true of what is changed in it. */
export const listedRoutes = (
  kit: MessageKit,
  owner: Name,
  names: readonly Name[],
  n = 2,
  changes: Changes = {},
): ListedRoutes => {
  const known = names.map((name) => peerOf(kit, name, relationsOf(owner, name)));
  const peers = [...known, ...strangers(100)];
  const list = { owner: kit.who[owner].pubkey, epoch: KIT_EPOCH.n, n, peers, ...changes.list };
  const bytes = (changes.bytes ?? ((same) => same))(writeRoutesList(list));
  const sha256 = toHex(kit.homes.host.suite.sha256(bytes));
  const of = partCount(bytes.length);
  return {
    body: {
      ...routesOf(kit, owner, [], n),
      list: { sha256, size: bytes.length, peers: changes.peers ?? peers.length },
    },
    sha256,
    bytes,
    part: (i, from = bytes) => ({
      sha256,
      n: i,
      of,
      data: toBase64(from.subarray(...partBounds(bytes.length, i))),
    }),
  };
};
