/** Whom this person may write to, by the newest routes of their key, and what keys are called. */

import { npub } from '../../core/encoding/id.ts';
import { nearest } from '../../core/encoding/nearest.ts';
import { EntangleError } from '../../core/errors.ts';
import type { RowOf } from '../../core/projection/rows.ts';
import type { Home } from '../messaging/home.ts';

type Peer = RowOf<'peers'>;
type RunningPeer = Peer & { pubkey: string };
export const isRunningPeer = (peer: Peer): peer is RunningPeer => peer.pubkey !== null;

/** Of a node key: one that is a peer no more waits for nothing, and nobody could act on what is said to it. */
export const isPeer = ({ tables, self }: Home, pubkey: string): boolean =>
  tables.count('peers', { owner: self.pubkey, pubkey }) > 0;

export const peersOf = (home: Home): Peer[] => home.tables.list('peers', { owner: home.self.pubkey });

/** The node that was given a session, under whatever key it runs now; undefined where no edge leads to it any more. */
export const peerOfSession = (home: Home, session: RowOf<'sessions'>): Peer | undefined =>
  home.tables.get('peers', home.self.pubkey, nameOf(home, session.node));

/** The node of an open session of this person whose key is gone for good: keys are never used again, and the next was not asked yet. */
const peerUnheld = (home: Home, session: RowOf<'sessions'>): Peer | undefined => {
  if (session.open === 0 || session.requester !== home.self.pubkey) return undefined;
  const peer = peerOfSession(home, session);
  return peer?.pubkey === session.node ? undefined : peer;
};
export const isUnheld = (home: Home, session: RowOf<'sessions'>): boolean =>
  peerUnheld(home, session) !== undefined;

/** An open session of this person that waits for a node to run again. */
export const runsNowhere = (home: Home, session: RowOf<'sessions'>): boolean =>
  peerUnheld(home, session)?.pubkey === null;

/** No routes yet, the list of newer ones not yet, or a node without a key yet: all come by themselves when the Host is up. */
export const isComing = (home: Home, name: string): boolean => {
  const peer = home.tables.get('peers', home.self.pubkey, name);
  if (peer) return peer.pubkey === null;
  if (home.tables.get('announced_routes', home.self.pubkey)) return true;
  return home.tables.get('routes', home.self.pubkey) === undefined;
};

export const ASK_HOST = 'ask whoever runs the Host why: `entangle host assignment list` says it there';

export const peerNamed = (home: Home, name: string): RunningPeer => {
  const peer = home.tables.get('peers', home.self.pubkey, name);
  if (!peer) throw noPeer(home, name);
  if (isRunningPeer(peer)) return peer;
  throw new EntangleError('unavailable', `node "${name}" is not running`, {
    hint: ASK_HOST,
  });
};

const isHelloOut = ({ tables, host }: Home): boolean =>
  tables.list('outbox', { recipient: host, type: 'user.hello' }).length > 0;

/** No routes came yet: why, or null where some did. */
export const notNamed = (home: Home): EntangleError | null => {
  if (home.tables.get('routes', home.self.pubkey)) return null;
  return isHelloOut(home)
    ? new EntangleError('unavailable', 'the Host has not answered yet', {
        hint: 'try again when the Host is running, or join again with a new invite if that of this home was used or has expired',
      })
    : new EntangleError('unavailable', 'the Host has not named you in the graph yet', {
        hint: `ask whoever runs the Host to add your key to the graph: ${npub(home.self.pubkey)}`,
      });
};

/** Routes that name nobody: the graph has no place for this person's key, or not any more. */
const noPeer = (home: Home, name: string): EntangleError => {
  const unnamed = notNamed(home);
  if (unnamed !== null) return unnamed;
  const known = peersOf(home).map((row) => row.name);
  return known.length === 0
    ? new EntangleError('denied', 'you have no edges in the active graph', {
        hint: 'ask an operator to add your key and its edges to the graph',
      })
    : new EntangleError('not_found', `you have no edge to a node "${name}"`, {
        hint: `use ${whichOf(name, known)}`,
      });
};

/** A hint is a line: of many names the one that was surely meant, or the first ones. */
const NAMED = 12;
const whichOf = (name: string, known: readonly string[]): string => {
  if (known.length <= NAMED) return `one of ${known.join(', ')}`;
  const others = `one of ${known.slice(0, NAMED).join(', ')} and ${known.length - NAMED} more`;
  return nearest(name, known) ?? others;
};

/** As the routes call it; before there are any, one's own as one's hello did. */
export const nameOf = (home: Home, pubkey: string): string =>
  pubkey === home.host ? 'host' : (home.tables.get('keys', pubkey)?.name ?? npub(pubkey));
