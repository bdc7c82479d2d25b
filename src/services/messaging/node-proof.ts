/** The node key's own word that it belongs to an assignment: signed once, when the key is made. */
import type { SignedEvent } from '../../core/nostr/event.ts';
import { signEvent, verifyEvent } from '../../core/nostr/event.ts';
import { NODE_PROOF, verifyEvidence } from '../../core/protocol/evidence.ts';
import type { Message } from '../../core/protocol/message.ts';
import { KIND, WIRE_VERSION } from '../../core/protocol/message.ts';
import type { BodyOf } from '../../core/protocol/table.ts';
import type { Home, Identity } from './home.ts';
import { nowSeconds } from './home.ts';

type Facts = {
  node: string;
  assignment: string;
  fence: number;
  runner: string;
  host: string;
  challenge: string;
};

const contentOf = (graph: string, facts: Facts): string => {
  const { node, assignment, fence, runner, host, challenge } = facts;
  return JSON.stringify([graph, node, assignment, fence, runner, host, challenge]);
};

/** Exactly these: a proof of another version may mean something else. */
const TAGS = [
  ['v', WIRE_VERSION],
  ['type', NODE_PROOF],
];

export const signNodeProof = (home: Home, identity: Identity, facts: Facts): SignedEvent =>
  signEvent(
    home.suite,
    {
      kind: KIND.node,
      created_at: nowSeconds(home),
      tags: TAGS,
      content: contentOf(home.graph, facts),
    },
    identity.secretKey,
    home.random.bytes(32),
    identity.pubkey,
  );

/** At the Host: the proof is by the introduced key, over exactly what was offered to that runner. */
export const isNodeProof = (home: Home, m: Message<BodyOf<'assignment.accept'>>): boolean => {
  const { proof, pubkey, node, assignment, fence } = m.body;
  const challenge = challengeOf(home, assignment, fence);
  const facts = { node, assignment, fence, runner: m.from, host: home.host, challenge };
  return (
    proof.pubkey === pubkey &&
    proof.kind === KIND.node &&
    JSON.stringify(proof.tags) === JSON.stringify(TAGS) &&
    proof.content === contentOf(home.graph, facts) &&
    verifyEvent(home.suite, proof)
  );
};

type Peer = BodyOf<'routes'>['peers'][number];

/** Where routes carry a runner's accept, it must introduce exactly this peer's key, and that key must say the same. */
export const isProvenPeer = (home: Home, peer: Peer): boolean => {
  if (!peer.accept) return true;
  const evidence = verifyEvidence(home.suite, peer.accept, {
    type: 'assignment.accept',
    role: 'runner',
    graph: home.graph,
  });
  if ('denial' in evidence) return false;
  const { pubkey, node, proof } = evidence.body as BodyOf<'assignment.accept'>;
  return (
    pubkey === peer.pubkey && node === peer.name && proof.pubkey === pubkey && verifyEvent(home.suite, proof)
  );
};

/** The nonce of an offer, derived so that a restarted Host knows it again. */
export const challengeOf = (home: Home, assignment: string, fence: number): string =>
  Array.from(
    home.suite
      .hmac(home.root, new TextEncoder().encode(`entangle/offer/1/${assignment}/${fence}`))
      .slice(0, 16),
    (byte) => byte.toString(16).padStart(2, '0'),
  ).join('');
