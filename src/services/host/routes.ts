/** Sends each participant its newest neighbourhood, and each relay of ours its members. */
import { toHex } from '../../core/encoding/bytes.ts';
import { isWord } from '../../core/encoding/grammar.ts';
import { remembered } from '../../core/encoding/remembered.ts';
import { publishGate } from '../../core/graph/named-principals.ts';
import { routesOf } from '../../core/graph/routes.ts';
import { sinceOf } from '../../core/graph/standing.ts';
import type { SignedEvent } from '../../core/nostr/event.ts';
import { signEvent } from '../../core/nostr/event.ts';
import {
  MEMBERS_KIND,
  membersName,
  RECOVERY_TAG,
  SUCCESSION_NAME,
  TICKET_TAG,
} from '../../core/nostr/members.ts';
import { isRunning, type RunningAssignment } from '../../core/projection/queries.ts';
import { chainIn } from '../../core/projection/reducers/authority.ts';
import { contentOf, routesDedup } from '../../core/projection/reducers/routes.ts';
import type { RowOf } from '../../core/projection/rows.ts';
import type { Draft } from '../../core/protocol/compose.ts';
import { writeRoutesList } from '../../core/protocol/routes-list.ts';
import { MAX_BODY_BYTES, wireBytes } from '../../core/protocol/size.ts';
import type { BodyOf } from '../../core/protocol/table.ts';
import { type NodeKind, type PublishGate, TRUST_ENDINGS } from '../../core/vocabulary.ts';
import { signingKeyOf } from '../messaging/authority.ts';
import { nowSeconds } from '../messaging/home.ts';
import { readEvent } from '../messaging/read-event.ts';
import type { Host } from './host.ts';
import { headOf } from './host.ts';
import { heardStill, keptAssignments } from './kept-assignments.ts';
import { concerned, NO_ROUTES_MADE, type RoutesMadeOf } from './routes-made-of.ts';
import { isTrusted } from './runners.ts';
import { madeOf, type Now, nowOf, type Participant, participants, sha256Of } from './telling.ts';

/** The assignment that a node runs under now: the highest fence that is accepted. */
export const liveAssignment = (host: Host, node: string): RunningAssignment | undefined =>
  host.home.tables
    .list('assignments', { node })
    .filter(isRunning)
    .filter((row) => isTrusted(host, row.runner))
    .sort((a, b) => b.fence - a.fence)[0];

/** To people, of an agent whose publications somebody approves. */
const gateOf = ({ graph, principals }: Now, peer: string, reader: NodeKind): { gate?: PublishGate } => {
  const node = graph.nodes.get(peer);
  if (reader !== 'user' || node?.kind !== 'agent' || !node.policy.approval.has('source.publish')) return {};
  return { gate: publishGate(node, principals) };
};

/** What they are told by: the number of the telling, and the revision that was the head. */
type At = Pick<BodyOf<'routes'>, 'n' | 'revision' | 'digest'>;

const bodyFor = (host: Host, now: Now, participant: Participant, at: At): BodyOf<'routes'> => {
  const { graph, live, standings } = now;
  const routes = routesOf(graph, participant.name, sha256Of(host))!;
  return {
    n: at.n,
    revision: at.revision,
    digest: at.digest,
    self: { ...routes.self, pubkey: participant.owner },
    peers: routes.peers.map((peer) => {
      const pubkey = peer.pubkey ?? live.get(peer.name)?.pubkey ?? null;
      const since = sinceOf(standings.pairs, participant.name, peer.name);
      const stands = since === at.revision ? {} : { since };
      return { ...peer, pubkey, relays: [], ...stands, ...gateOf(now, peer.name, routes.self.kind) };
    }),
    approval: routes.approval,
    policy: routes.policy,
  };
};

const proofBytes = remembered((accept: SignedEvent): number => wireBytes({ accept }));

/** Adds the runners' accepts to the peers, for as long as the message holds them; the others go without. */
const withProofs = (host: Host, { live }: Now, body: BodyOf<'routes'>, bytes: number): BodyOf<'routes'> => {
  let left = MAX_BODY_BYTES - bytes;
  const peers = body.peers.map((peer) => {
    const row = peer.kind === 'agent' ? live.get(peer.name) : undefined;
    const accept = row && host.accepts.get(row.id);
    const size = accept ? proofBytes(accept) : 0;
    if (!accept || size > left) return peer;
    left -= size;
    return { ...peer, accept };
  });
  return { ...body, peers } as BodyOf<'routes'>;
};

/** Reads what the runners signed when they took the live assignments. */
export const loadAccepts = async (host: Host): Promise<void> => {
  const live = keptAssignments(host);
  for (const row of live) {
    if (host.accepts.has(row.id)) continue;
    const event = await readEvent(host.home, row.accept);
    if (event) host.accepts.set(row.id, event);
  }
  const ids = new Set(live.map((row) => row.id));
  for (const id of host.accepts.keys()) if (!ids.has(id)) host.accepts.delete(id);
};

/** Everything that routes are made of: while it stays the same, nothing new is to be said. */
export const routesBasis = (host: Host): string => {
  return JSON.stringify([
    headOf(host.home)?.n,
    host.home.epoch,
    host.assignments.moves,
    heardStill(host).map(({ id }) => id),
    host.home.tables.count('used_invites'),
    host.home.tables.list('principals').map(({ name, n }) => [name, n]),
  ]);
};

/** A message, and the blob of the peers that it does not hold. */
type Carried = { body: BodyOf<'routes'>; list: Uint8Array | null };
type Pending = { draft: Draft<'routes'>; list: Uint8Array | null };

/** Whole and with proofs where a message holds the peers; else they go as a list, without any. */
const carried = (host: Host, now: Now, owner: string, body: BodyOf<'routes'>): Carried => {
  const bytes = wireBytes(body);
  if (bytes <= MAX_BODY_BYTES) return { body: withProofs(host, now, body, bytes), list: null };
  const { home } = host;
  const { n, peers } = body;
  const list = writeRoutesList({ owner, epoch: home.epoch!.n, n, peers });
  const sha256 = toHex(home.suite.sha256(list));
  return { body: { ...body, peers: [], list: { sha256, size: list.length, peers: peers.length } }, list };
};

/** Says what is to be said, lists first; false where something else became true meanwhile. */
export const sayRoutes = async (host: Host, basis: string): Promise<boolean> => {
  const { pending, told } = findPending(host);
  for (const { list } of pending) if (list) await host.home.blobs.put(list);
  let isPresent = false;
  await host.exchange.send(() => {
    isPresent = routesBasis(host) === basis;
    return isPresent ? pending.map(({ draft }) => draft) : [];
  });
  if (isPresent) host.lastTold = told;
  return isPresent;
};

/** What is not yet said of the present graph, keys and epoch; nothing where all is said. */
export const pendingRoutes = (host: Host): Pending[] => findPending(host).pending;

/** With what all routes are made of: those that are made of the same as when they were said last need not be composed. */
const findPending = (host: Host): { pending: Pending[]; told: RoutesMadeOf } => {
  if (!host.graph) return { pending: [], told: NO_ROUTES_MADE };
  const now = nowOf(host, host.graph);
  const present = participants(now);
  const told = madeOf(host, now);
  const names = concerned(host.graph, told, host.lastTold);
  const changed = present.filter(({ name }) => names.has(name));
  const owners = new Set(present.map(({ owner }) => owner));
  const pending = [
    ...changed.flatMap((one) =>
      draftFor(host, one, {
        bodyAt: (at) => bodyFor(host, now, one, at),
        carry: (body) => carried(host, now, one.owner, body),
      }),
    ),
    ...removedParticipants(host, owners).flatMap((row) =>
      draftFor(
        host,
        { to: row.owner, owner: row.owner },
        { bodyAt: (at) => removalNotice(row, at), carry: (body) => ({ body, list: null }) },
      ),
    ),
  ];
  return { pending, told };
};

type Reader = Pick<Participant, 'to' | 'owner'>;
type Words = { bodyAt(at: At): BodyOf<'routes'>; carry(body: BodyOf<'routes'>): Carried };

const draftFor = (host: Host, { to, owner }: Reader, { bodyAt, carry }: Words): Pending[] => {
  const { home } = host;
  const said = home.tables.get('routes', owner);
  const current = said?.epoch === home.epoch!.n;
  // A list has its number in it: the same peers are the same content under the same number only.
  const isSaid = current && !hasJoinedSince(host, to, routesDedup(said));
  // Whom nothing of later revisions concerns is not told of them; proofs are of no revision.
  if (isSaid) {
    const body = bodyAt(said);
    if (said.content === contentOf(said.list === null ? body : carry(body).body)) return [];
  }
  const n = current ? said.n + 1 : 1;
  const head = headOf(home)!;
  const { body, list } = carry(bodyAt({ n, revision: head.n, digest: head.digest }));
  const dedup = routesDedup({ owner, epoch: home.epoch!.n, n });
  const isFarewell = body.peers.length === 0 && list === null;
  const expiration = isFarewell ? { expiration: nowSeconds(host.home) + FAREWELL_SECONDS } : {};
  return [{ draft: { type: 'routes', from: home.self.pubkey, to, body, dedup, ...expiration }, list }];
};

/** It came with an invite since: what an earlier home of its key acknowledged, this one never had. Once for each invite. */
const hasJoinedSince = ({ home }: Host, to: string, dedup: string): boolean => {
  const { tables, self } = home;
  const invites = tables.list('used_invites', { pubkey: to });
  if (invites.length === 0) return false;
  const [said] = tables.list('messages', { sender: self.pubkey, recipient: to, type: 'routes', dedup });
  return invites.some(
    ({ message }) => (tables.get('messages', message, 'in')?.line ?? 0) > (said?.line ?? 0),
  );
};

/** How long it is tried to tell somebody that they are out: their answer counts for nothing any more. */
const FAREWELL_SECONDS = 7 * 86_400;

/** People whose last routes still name peers, though the graph has them no more. */
const removedParticipants = (host: Host, present: ReadonlySet<string>): RowOf<'routes'>[] =>
  host.home.tables
    .list('routes', { kind: 'user' })
    .filter((row) => !present.has(row.owner) && !isGoodbye(row));

const isGoodbye = (row: RowOf<'routes'>): boolean => row.peers === 0;

const removalNotice = (row: RowOf<'routes'>, { n, revision, digest }: At): BodyOf<'routes'> => {
  const self = { name: row.name, kind: 'user', pubkey: row.owner } as const;
  return { n, revision, digest, self, peers: [], approval: {}, policy: {} };
};

/** Every key that may use the relay: the Host's own, trusted runners, the graph's people, running nodes. */
export const memberKeys = (host: Host): string[] => {
  const { tables, self, retired } = host.home;
  // Whoever only holds an invite writes to the Host, as any stranger may.
  const runners = tables
    .list('trust')
    .filter((row) => row.state === 'trusted')
    .map((row) => row.pubkey);
  const users = tables.list('users').map((row) => row.pubkey);
  const out = new Set(
    tables.list('trust').flatMap((row) => (isWord(TRUST_ENDINGS, row.state) ? [row.pubkey] : [])),
  );
  const nodes = keptAssignments(host).flatMap(({ runner, pubkey }) => (out.has(runner) ? [] : [pubkey]));
  const all = [self.pubkey, signingKeyOf(self), ...retired.keys(), ...runners, ...users, ...nodes];
  const inside = all.filter((key) => !out.has(key));
  return [...new Set([...inside, ...leavers(host)])].sort();
};

/** Who said goodbye has an hour to read that it was heard; nothing that it says counts. */
const leavers = ({ home: { tables, clock } }: Host): string[] =>
  tables
    .list('messages', { type: 'runner.goodbye', dir: 'in' })
    .filter(({ kept, sender }) => {
      const isGone = tables.get('trust', sender)?.state === 'left';
      return isGone && clock.now() - kept < PARTING_MS;
    })
    .map(({ sender }) => sender);
const PARTING_MS = 3_600_000;

/** So many keys make an event of less than 64 KiB, which every relay takes. */
const MEMBERS_OF_A_PART = 800;

/**
 * A relay of ours serves only members; the list is an ordinary Nostr list (NIP-51), signed by the Host. A long one comes
 * in parts; an empty part ends it, so that what an earlier, longer list had behind it counts no more. Tickets of open
 * invites stand in it under a tag of their own.
 */
export const membersEvents = (host: Host, { keys, tickets }: Members, after: number): SignedEvent[] => {
  const tags = [...keys.map((key) => ['p', key]), ...tickets.map((key) => [TICKET_TAG, key])];
  const parts = Math.ceil(tags.length / MEMBERS_OF_A_PART) + 1;
  return Array.from({ length: parts }, (_, i) =>
    membersPart(host, i + 1, tags.slice(i * MEMBERS_OF_A_PART, (i + 1) * MEMBERS_OF_A_PART), after),
  );
};

export type Members = { keys: readonly string[]; tickets: readonly string[] };

const membersPart = (host: Host, part: number, tags: string[][], after: number): SignedEvent =>
  toRelays(host, {
    created_at: Math.max(nowSeconds(host.home), after + 1),
    tags: [['d', membersName(part)], ...(part === 1 ? [[RECOVERY_TAG, host.recovery]] : []), ...tags],
    content: '',
  });

/** For a relay of ours: that the key which signs this signs for its Host. Nothing while it is the first one. */
export const successionEvents = (host: Host): SignedEvent[] => {
  const chain = chainIn(host.home.tables);
  const tags = [
    ['d', SUCCESSION_NAME],
    ['graph', host.home.graph],
  ];
  const event = { created_at: nowSeconds(host.home), tags, content: JSON.stringify(chain) };
  return chain.length === 0 ? [] : [toRelays(host, event)];
};

type Said = Pick<SignedEvent, 'created_at' | 'tags' | 'content'>;
const toRelays = ({ home }: Host, said: Said): SignedEvent =>
  signEvent(
    home.suite,
    { kind: MEMBERS_KIND, ...said },
    home.self.secretKey,
    home.random.bytes(32),
    signingKeyOf(home.self),
  );
