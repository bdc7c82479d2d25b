/** Tables of what each participant knows of the graph. */
import type { Reach } from '../graph/network.ts';
import type { PeerRelation } from '../graph/routes.ts';
import type { BodyOf } from '../protocol/table.ts';
import type { NodeKind, PublishGate } from '../vocabulary.ts';
import { int, json, nullable, type Schema, text, word } from './tables.ts';

type RoutesBody = BodyOf<'routes'>;

export const ROUTES_ROWS = {
  /** Newest routes by whose they are (a public key), and the peers they name. */
  routes: {
    columns: {
      owner: text,
      name: text,
      kind: word<NodeKind>(),
      epoch: int,
      n: int,
      revision: int,
      digest: text,
      policy: json<RoutesBody['policy']>(),
      approval: json<RoutesBody['approval']>(),
      content: text,
      /** How many peers they name. */
      peers: int,
      /** Digest of the list that they came in, where no message held them. */
      list: nullable(text),
    },
    key: ['owner'],
    index: [['kind']],
  },
  peers: {
    columns: {
      owner: text,
      name: text,
      pubkey: nullable(text),
      kind: word<NodeKind>(),
      person: text,
      relations: json<PeerRelation[]>(),
      /** The revision since which both stand to each other so: what is said to them is judged by that one or a newer. */
      since: int,
      ssh: json<readonly string[]>(),
      reach: nullable(json<Reach>()),
      gate: nullable(word<PublishGate>()),
    },
    key: ['owner', 'name'],
    index: [['owner', 'pubkey'], ['pubkey']],
  },
  /** The newest routes of an owner whose peers are still on their way from the Host to `me`, who was told. */
  announced_routes: {
    columns: {
      owner: text,
      me: text,
      sha256: text,
      size: int,
      epoch: int,
      n: int,
      announced: json<RoutesBody>(),
    },
    key: ['owner'],
    index: [['sha256']],
  },
  /** What came of their lists, in base64. */
  routes_parts: { columns: { sha256: text, n: int, data: text }, key: ['sha256', 'n'] },
} as const satisfies Schema;
