/** State rules of assignments and of routes: each refuses what no other rule does. */
import { expect } from 'vitest';
import {
  ASSIGNMENT,
  acceptOf,
  offerOf,
  peerOf,
  proofFacts,
  relationsOf,
  routesOf,
  trustedRunners,
} from '../../../test/sim/introductions.ts';
import type { Forged, MessageKit, Name } from '../../../test/sim/message-kit.ts';
import { type RuleRow, testRuleRows } from '../../../test/sim/rule-rows.ts';
import type { SignedEvent } from '../../core/nostr/event.ts';
import { signEvent } from '../../core/nostr/event.ts';
import { NODE_PROOF } from '../../core/protocol/evidence.ts';
import { KIND } from '../../core/protocol/message.ts';
import type { BodyOf } from '../../core/protocol/table.ts';
import { challengeOf, signNodeProof } from './node-proof.ts';

type Accept = BodyOf<'assignment.accept'>;
/** The first runner is offered the node; its acceptance, right or with one thing wrong. */
const offered = async (kit: MessageKit) => {
  const offer = await kit.send({
    type: 'assignment.offer',
    from: 'host',
    to: 'runner',
    body: offerOf(kit, 'node'),
  });
  return (changes: Partial<Accept> = {}): Forged => ({
    type: 'assignment.accept',
    from: 'runner',
    to: 'host',
    re: offer.id,
    body: { ...acceptOf(kit, 'node'), ...changes },
  });
};
/** A genuine proof by this key, about other facts than those offered. */
const proofBy = (kit: MessageKit, key: Name, facts: Partial<ReturnType<typeof proofFacts>> = {}) =>
  signNodeProof(kit.homes.host, kit.who[key], { ...proofFacts(kit, 'node'), ...facts });
const forged = (event: SignedEvent): SignedEvent => ({
  ...event,
  sig: event.sig.replace(/^../, (two) => (two === '00' ? '01' : '00')),
});
const resigned = (kit: MessageKit, event: SignedEvent, changes: object): SignedEvent => {
  const { kind, created_at, tags, content } = { ...event, ...changes };
  return signEvent(
    kit.homes.host.suite,
    { kind, created_at, tags, content },
    kit.who.node.secretKey,
    new Uint8Array(32),
  );
};

/** A row of an acceptance with a proof that is wrong in one thing. */
const proofRow = (rule: string, proof: (kit: MessageKit) => SignedEvent): RuleRow => ({
  rule: `assignment.accept: ${rule}`,
  reason: 'bad_proof',
  start: trustedRunners,
  given: async (kit) => {
    const accept = await offered(kit);
    return { refused: accept({ proof: proof(kit) }), allowed: accept() };
  },
});

const ACCEPTS: RuleRow[] = [
  {
    rule: 'assignment.accept: by another runner than it was offered to',
    reason: 'not_assigned',
    start: trustedRunners,
    given: async (kit) => {
      const accept = await offered(kit);
      const own = await kit.send({
        type: 'assignment.offer',
        from: 'host',
        to: 'runner2',
        body: offerOf(kit, 'node2'),
      });
      const proof = proofBy(kit, 'node', { runner: kit.who.runner2.pubkey });
      return { refused: { ...accept({ proof }), from: 'runner2', re: own.id }, allowed: accept() };
    },
  },
  {
    rule: 'assignment.accept: of an assignment that was never made',
    reason: 'not_assigned',
    start: trustedRunners,
    given: async (kit) => {
      const accept = await offered(kit);
      return { refused: accept({ assignment: ASSIGNMENT.sibling }), allowed: accept() };
    },
  },
  {
    rule: 'assignment.receipt: of an assignment that was never made',
    reason: 'not_assigned',
    given: async () => {
      const receipt = (assignment: string): Forged => {
        const body = { assignment, fence: 1, state: 'started' as const };
        return { type: 'assignment.receipt', from: 'runner', to: 'host', body };
      };
      return { refused: receipt(ASSIGNMENT.sibling), allowed: receipt(ASSIGNMENT.node) };
    },
  },
  {
    rule: 'assignment.accept: under another fence than the one offered',
    reason: 'not_assigned',
    start: trustedRunners,
    given: async (kit) => {
      const accept = await offered(kit);
      return { refused: accept(acceptOf(kit, 'node', 2)), allowed: accept() };
    },
  },
  proofRow('the proof of another challenge', (kit) =>
    proofBy(kit, 'node', { challenge: challengeOf(kit.homes.host, ASSIGNMENT.node, 2) }),
  ),
  proofRow('the proof of another fence', (kit) => proofBy(kit, 'node', { fence: 2 })),
  proofRow('the proof of another assignment', (kit) =>
    proofBy(kit, 'node', { assignment: ASSIGNMENT.node2 }),
  ),
  proofRow('the proof of another node', (kit) => proofBy(kit, 'node', { node: 'node2' })),
  proofRow('the proof for another runner', (kit) => proofBy(kit, 'node', { runner: kit.who.runner2.pubkey })),
  proofRow('the proof for another Host', (kit) => proofBy(kit, 'node', { host: kit.who.bob.pubkey })),
  proofRow('the proof of another federation', (kit) => {
    const elsewhere = { ...kit.homes.host, graph: `${kit.who.bob.pubkey}/acme` };
    return signNodeProof(elsewhere, kit.who.node, proofFacts(kit, 'node'));
  }),
  proofRow('the proof of another key', (kit) => proofBy(kit, 'sibling')),
  proofRow('the proof as an event of another kind', (kit) =>
    resigned(kit, proofBy(kit, 'node'), { kind: KIND.runner }),
  ),
  proofRow('the proof as an event of another type', (kit) =>
    resigned(kit, proofBy(kit, 'node'), { tags: [['type', 'task.result']] }),
  ),
  proofRow('the proof as an event that names its type in another tag', (kit) =>
    resigned(kit, proofBy(kit, 'node'), { tags: [['alt', NODE_PROOF]] }),
  ),
  proofRow('the proof of another version', (kit) =>
    resigned(kit, proofBy(kit, 'node'), {
      tags: [
        ['v', '2'],
        ['type', NODE_PROOF],
      ],
    }),
  ),
  proofRow('the proof with another tag beside its own', (kit) => {
    const proof = proofBy(kit, 'node');
    return resigned(kit, proof, { tags: [...proof.tags, ['expiration', '1']] });
  }),
  proofRow('the proof with a forged signature', (kit) => forged(proofBy(kit, 'node'))),
  {
    rule: 'assignment.accept: a second key for what was accepted',
    reason: 'already_accepted',
    start: trustedRunners,
    given: async (kit) => {
      const accept = await offered(kit);
      expect(await kit.tell(accept())).toBe('accepted');
      const second = accept({ pubkey: kit.who.sibling.pubkey, proof: proofBy(kit, 'sibling') });
      const body = { assignment: ASSIGNMENT.node, fence: 1, state: 'started' as const };
      return { refused: second, allowed: { type: 'assignment.receipt', from: 'runner', to: 'host', body } };
    },
  },
  {
    rule: 'assignment.accept: of what the same key accepted before',
    reason: 'late: assignment_over',
    start: trustedRunners,
    given: async (kit) => {
      const accept = await offered(kit);
      expect(await kit.tell(accept())).toBe('accepted');
      const body = { assignment: ASSIGNMENT.node, fence: 1, state: 'started' as const };
      return { refused: accept(), allowed: { type: 'assignment.receipt', from: 'runner', to: 'host', body } };
    },
  },
  {
    rule: 'assignment.accept: a node key that is somebody’s already',
    reason: 'key_reuse',
    start: trustedRunners,
    given: async (kit) => {
      const accept = await offered(kit);
      const { pubkey } = kit.who.alice;
      return { refused: accept({ pubkey, proof: proofBy(kit, 'alice') }), allowed: accept() };
    },
  },
  {
    rule: 'assignment.accept: of what was revoked meanwhile',
    reason: 'late: assignment_over',
    start: trustedRunners,
    given: async (kit) => {
      const accept = await offered(kit);
      const body = { assignment: ASSIGNMENT.node, fence: 1, reason: 'moved' };
      await kit.send({ type: 'assignment.revoke', from: 'host', to: 'runner', body });
      const receipt = { assignment: ASSIGNMENT.node, fence: 1, state: 'stopped' as const };
      return {
        refused: accept(),
        allowed: { type: 'assignment.receipt', from: 'runner', to: 'host', body: receipt },
      };
    },
  },
];

/** A row of what a runner says of an assignment: the same rule for each type. */
const ofAssignment = (rule: string, changes: { from?: 'runner2'; fence?: number }): RuleRow[] => [
  {
    rule: `assignment.receipt: ${rule}`,
    reason: 'not_assigned',
    given: async () => {
      const { from = 'runner', fence = 1 } = changes;
      const receipt = (by: 'runner' | 'runner2', under: number): Forged => {
        const body = { assignment: ASSIGNMENT.node, fence: under, state: 'started' as const };
        return { type: 'assignment.receipt', from: by, to: 'host', body };
      };
      return { refused: receipt(from, fence), allowed: receipt('runner', 1) };
    },
  },
  {
    rule: `assignment.reject: ${rule}`,
    reason: 'not_assigned',
    start: trustedRunners,
    given: async (kit) => {
      const { re } = (await offered(kit))() as { re: string };
      const own = await kit.send({
        type: 'assignment.offer',
        from: 'host',
        to: 'runner2',
        body: offerOf(kit, 'node2'),
      });
      const { from = 'runner', fence = 1 } = changes;
      const refusal = (by: 'runner' | 'runner2', under: number): Forged => {
        const body = { assignment: ASSIGNMENT.node, fence: under, reason: 'full' };
        return { type: 'assignment.reject', from: by, to: 'host', re: by === 'runner' ? re : own.id, body };
      };
      return { refused: refusal(from, fence), allowed: refusal('runner', 1) };
    },
  },
];

const routesTo = (body: BodyOf<'routes'>): Forged => ({
  type: 'routes',
  from: 'host',
  to: 'alice',
  body,
});
const proven = (kit: MessageKit, changes: { accept?: SignedEvent; name?: string; pubkey?: string } = {}) => {
  const accept = kit.compose({
    type: 'assignment.accept',
    from: 'runner',
    to: 'host',
    body: acceptOf(kit, 'node'),
  });
  return {
    ...peerOf(kit, 'node', relationsOf('alice', 'node')),
    accept,
    ...changes,
  } as BodyOf<'routes'>['peers'][number];
};
const peerRow = (rule: string, peer: (kit: MessageKit) => ReturnType<typeof proven>): RuleRow => ({
  rule: `routes: a peer whose proof ${rule}`,
  reason: 'bad_proof',
  given: async (kit) => ({
    refused: routesTo(routesOf(kit, 'alice', [peer(kit)], 2)),
    allowed: routesTo(routesOf(kit, 'alice', [proven(kit)], 2)),
  }),
});
const acceptBy = (kit: MessageKit, changes: Partial<Accept>, from: Name = 'runner'): SignedEvent =>
  kit.compose({
    type: 'assignment.accept',
    from,
    to: 'host',
    body: { ...acceptOf(kit, 'node'), ...changes },
  });

const ROUTES: RuleRow[] = [
  {
    rule: 'routes: two contents under one number of one epoch',
    reason: 'fork',
    given: async (kit) => {
      const body = routesOf(kit, 'alice', [peerOf(kit, 'node', relationsOf('alice', 'node'))]);
      return { refused: routesTo({ ...body, peers: [] }), allowed: routesTo(body) };
    },
  },
  {
    rule: 'routes: two contents under one number, of a node whose runner they are for',
    reason: 'fork',
    given: async (kit) => {
      const body = routesOf(kit, 'node', [peerOf(kit, 'alice', relationsOf('node', 'alice'))], 2);
      const routes = (changes: Partial<typeof body> = {}): Forged => ({
        ...{ type: 'routes', from: 'host', to: 'runner' },
        body: { ...body, ...changes },
      });
      expect(await kit.tell(routes())).toBe('accepted');
      return { refused: routes({ peers: [] }), allowed: routes() };
    },
  },
  peerRow('is of another node', (kit) => proven(kit, { name: 'node2' })),
  peerRow('is of another key', (kit) => proven(kit, { pubkey: kit.who.sibling.pubkey })),
  peerRow('is signed by another key than it introduces', (kit) =>
    proven(kit, { accept: acceptBy(kit, { proof: proofBy(kit, 'sibling') }) }),
  ),
  peerRow('is forged', (kit) =>
    proven(kit, { accept: acceptBy(kit, { proof: forged(proofBy(kit, 'node')) }) }),
  ),
  peerRow('is in no genuine acceptance', (kit) => proven(kit, { accept: forged(acceptBy(kit, {})) })),
  peerRow('is in an acceptance that no runner signed', (kit) =>
    proven(kit, { accept: acceptBy(kit, {}, 'alice') }),
  ),
];

testRuleRows([
  ...ACCEPTS,
  ...ofAssignment('by another runner', { from: 'runner2' }),
  ...ofAssignment('under another fence', { fence: 2 }),
  ...ROUTES,
]);
