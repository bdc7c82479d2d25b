/** Answers the rules of `authorize` from the read models: my own registry, my newest routes. */
import { judge } from '../../core/graph/edges.ts';
import { heardBefore } from '../../core/projection/queries.ts';
import { pinnedEpoch } from '../../core/projection/reducers/authority.ts';
import type { AuthorizationContext, Trust } from '../../core/protocol/authorize.ts';
import type { Epoch, Message } from '../../core/protocol/message.ts';
import { rowOf } from '../../core/protocol/table.ts';
import { TYPES } from '../../core/protocol/types.ts';
import type { Role, WorkType } from '../../core/vocabulary.ts';
import { admissionDenial } from './admission.ts';
import { isAuthority, isFollowed, mailboxOf } from './authority.ts';
import { limitDenial } from './edge-limits.ts';
import type { Home } from './home.ts';
import { epochOf, revisionOf } from './home.ts';
import { isRewritten } from './host-conflict.ts';
import { carriesAny, linksOf } from './links.ts';
import { stateVerdict } from './state-rules.ts';

/** The role pinned for a signer, as one of my identities sees it; never taken from a payload. */
export const pinnedRole = (home: Home, signer: string, me: string): Role | undefined => {
  if (signer === home.host) return 'host';
  if (home.kind === 'host') {
    if (home.tables.get('users', signer)) return 'user';
    return home.tables.get('hellos', signer)?.role;
  }
  const peer = home.tables.list('peers', { owner: me, pubkey: signer })[0];
  return peer && (peer.kind === 'user' ? 'user' : 'node');
};

const trustOf = (home: Home, signer: string, me: string): Trust => {
  const role = pinnedRole(home, signer, me);
  if (role === undefined) return 'stranger';
  if (home.kind !== 'host' || role === 'host') return 'trusted';
  if (role === 'user') return home.tables.get('users', signer) ? 'trusted' : 'pending';
  return home.tables.get('trust', signer)?.state ?? 'pending';
};

/**
 * The one case in which bytes go without an edge: the Host's to whom its routes named them. Which bytes these are, the
 * rules of the two types say.
 */
const isOfHost = (home: Home, me: string, peer: string, type: string, outgoing: boolean): boolean => {
  const [sender, recipient] = outgoing ? [me, peer] : [peer, me];
  const isToHolder = type === 'blob.get' && recipient === home.host;
  if (!isToHolder && !(type === 'blob.part' && sender === home.host)) return false;
  return trustOf(home, peer, me) === 'trusted';
};

/** Why my newest routes do not carry this type between us, or null; what was said before takes no new place. */
export const edgeDenial = (
  home: Home,
  me: string,
  peer: string,
  type: string,
  outgoing: boolean,
  again = false,
): string | null => {
  if (isOfHost(home, me, peer, type, outgoing)) return null;
  const row = home.tables.list('peers', { owner: me, pubkey: peer })[0];
  if (!row) return 'no_edge';
  let links = linksOf(row, outgoing);
  if (rowOf(type)?.sends === 'any') return carriesAny(links) ? null : 'no_edge';
  const mine = home.identities.get(me)?.role === 'user' ? 'user' : 'agent';
  const kind = outgoing ? mine : row.kind;
  const [sender, recipient] = outgoing ? [me, peer] : [peer, me];
  let over: string | null = null;
  // Any one edge that carries it and has room is enough.
  for (;;) {
    const decision = judge(links, type, kind, TYPES);
    if (decision.kind === 'denied') return over ?? decision.reason;
    const link = links.find(({ edge }) => edge === decision.edge)!;
    const limit = again ? null : limitDenial(home, link, type, { sender, recipient, kind, outgoing });
    if (limit === null) return null;
    over ??= limit;
    links = links.filter((one) => one !== link);
  }
};

/** The same of what goes out to a node by its name: while it runs nowhere no limit counts, and its edges do. */
export const edgeDenialTo = (home: Home, me: string, name: string, type: string): string | null => {
  const peer = home.tables.get('peers', me, name);
  if (!peer) return 'no_edge';
  if (peer.pubkey !== null) return edgeDenial(home, me, peer.pubkey, type, true);
  const decision = judge(linksOf(peer, true), type, 'agent', TYPES);
  return decision.kind === 'denied' ? decision.reason : null;
};

/** My newest routes have no edge any more to a node that I gave a task: its owner ends it, and can tell me nothing. */
export const isCutOffFrom = (
  home: Home,
  me: string,
  node: string,
  type: WorkType = 'task.request',
): boolean => {
  if (!home.tables.get('routes', me)) return false;
  const peer = home.tables.get('peers', me, node);
  if (!peer) return true;
  return peer.pubkey !== null && edgeDenial(home, me, peer.pubkey, type, true, true) !== null;
};

/** Whoever comes to sign for the Host counts its own epochs. */
const pinnedFor = (home: Home, m: Message): Epoch | null => {
  if (home.epoch) return home.epoch;
  const isOfOther = m.role === 'host' && !isFollowed(home, m);
  return isOfOther || !pinnedEpoch(home.tables) ? null : epochOf(home);
};

/** The same of a key, as a seal has it: of those of the Host the one that signs for it now. */
export const roleOfKey = (home: Home, key: string, me: string): Role | undefined => {
  if (key === mailboxOf(home, home.host)) return 'host';
  return isAuthority(home, key) ? undefined : pinnedRole(home, key, me);
};

export const authorizationContextOf = (home: Home, m: Message): AuthorizationContext => ({
  roleOfMe: (me) => home.identities.get(me)?.role,
  trust: (signer, me) => trustOf(home, signer, me),
  epoch: pinnedFor(home, m),
  rewritten: m.role === 'host' && isFollowed(home, m) && isRewritten(home),
  revision: revisionOf(home, m.to),
  edgeDenial: (one) => {
    const again = heardBefore(home.tables, one) !== undefined;
    return edgeDenial(home, one.to, one.from, one.type, false, again);
  },
  sentTo: (id, peer) => {
    const row = home.tables.get('messages', id, 'out');
    return row?.recipient === peer ? row.type : undefined;
  },
  receivedFrom: (id, peer) => {
    const row = home.tables.get('messages', id, 'in');
    return row?.sender === peer ? row.type : undefined;
  },
  leased: (me) => home.leases.isLive(me),
  admissionDenial: (one) => admissionDenial(home, one),
  stateVerdict: (one) => stateVerdict(home, one),
});
