import { describe, expect, test } from 'vitest';
import { decision } from '../../../test/support/forgeries.ts';
import type { Name } from '../../../test/support/world.ts';
import { createWorld, uuidOf } from '../../../test/support/world.ts';
import { suiteWasm } from '../../adapters/crypto/suite-wasm.ts';
import type { SignedEvent } from '../nostr/event.ts';
import type { EvidenceWanted } from './evidence.ts';
import { EVIDENCE_CHECKS, verifyEvidence } from './evidence.ts';
import { KIND } from './message.ts';

const world = createWorld(suiteWasm);
const { actors } = world;
const approval = uuidOf(7);
const genuine = world.compose(decision);
/** What a person says that is no consent. */
const cancel = world.compose({
  type: 'task.cancel',
  from: 'user',
  to: 'node',
  body: { session: uuidOf(1), reason: 'done' },
});
const wanted: EvidenceWanted = {
  type: 'approval.response',
  role: 'user',
  graph: world.graph,
  signer: actors.user.pubkey,
  about: (body: { approval: string }) => body.approval === approval,
};

/** The genuine event changed and signed again, by its author or another. */
const signed = (changes: Partial<SignedEvent>, signer: Name = 'user'): SignedEvent => {
  const { id: _id, sig: _sig, ...plain } = { ...genuine, ...changes };
  return world.sign({ ...plain, pubkey: actors[signer].pubkey }, actors[signer].secretKey);
};
const retagged = (name: string, value: string): SignedEvent =>
  signed({ tags: genuine.tags.map((tag) => (tag[0] === name ? [name, value] : tag)) });
const forgedId = 'ab'.repeat(32);

/** For each check evidence that nothing else refuses. */
const FIXTURES: Record<string, { attack: string; event: SignedEvent; wanted?: Partial<EvidenceWanted> }> = {
  evidence_shape: {
    attack: 'T12 a member that no signature covers',
    event: { ...genuine, verified: true } as SignedEvent,
  },
  evidence_tags: { attack: 'T08 a tag more', event: signed({ tags: [...genuine.tags, ['x', 'y']] }) },
  evidence_id: {
    attack: 'T32 another id, signed',
    event: { ...genuine, id: forgedId, sig: world.signature(forgedId, actors.user.secretKey) },
  },
  evidence_signature: {
    attack: 'T02 a decision that its person never signed',
    event: { ...genuine, sig: world.signature(genuine.id, actors.node.secretKey) },
  },
  evidence_signer: { attack: 'T50 another person’s decision', event: signed({}, 'bob') },
  evidence_role: { attack: 'T02 a node deciding in a user’s place', event: signed({ kind: KIND.node }) },
  evidence_version: { attack: 'T10 another version', event: retagged('v', 'entangle/2') },
  evidence_graph: { attack: 'T07 a decision of another federation', event: retagged('graph', 'other/acme') },
  evidence_type: {
    attack: 'T08 another type of the same shape',
    event: cancel,
    wanted: { type: 'node.proof', about: () => true },
  },
  evidence_body: {
    attack: 'T13 a key said twice',
    event: signed({ ...cancel, content: cancel.content.replace('{', '{"nonce":"",') }),
    wanted: { type: 'task.cancel', about: () => true },
  },
  evidence_session: {
    attack: 'T08 a decision under another session than the one that its subject is of',
    event: retagged('session', uuidOf(9)),
  },
  evidence_alt: {
    attack: 'T02 a sentence that the person was shown and the decision does not come to',
    event: retagged(
      'alt',
      'Approve push of 1a2b3c4 to https://example.org/other.git main (digest 5d5d5d5d5d5d…)',
    ),
  },
  evidence_subject: {
    attack: 'T54 an approval of something else',
    event: genuine,
    wanted: { about: (body: { approval: string }) => body.approval === uuidOf(8) },
  },
};

describe('verifyEvidence(): each check refuses what no other check does', () => {
  test('there is a fixture for every check', () => {
    expect(Object.keys(FIXTURES)).toEqual(EVIDENCE_CHECKS.map((check) => check.name));
  });

  test.each(EVIDENCE_CHECKS.map((check) => [check.name, FIXTURES[check.name]?.attack, check] as const))(
    '%s: %s',
    (name, _attack, check) => {
      const fixture = FIXTURES[name]!;
      const asked = { ...wanted, ...fixture.wanted };
      expect(verifyEvidence(world.suite, fixture.event, asked)).toEqual({ denial: name });
      const rest = EVIDENCE_CHECKS.filter((one) => one !== check);
      expect(verifyEvidence(world.suite, fixture.event, asked, rest)).not.toHaveProperty('denial');
    },
  );

  test('genuine evidence gives its body and tags', () => {
    expect(verifyEvidence(world.suite, genuine, wanted)).toMatchObject({
      body: { approval, decision: 'approved' },
      tags: { type: 'approval.response', p: actors.node.pubkey },
    });
  });

  test('whoever signed it, and whatever it is about, where neither is asked', () => {
    const { signer: _signer, about: _about, ...loose } = wanted;
    expect(verifyEvidence(world.suite, signed({}, 'bob'), loose)).not.toHaveProperty('denial');
    const { about: _other, ...ours } = wanted;
    expect(verifyEvidence(world.suite, genuine, ours)).not.toHaveProperty('denial');
  });

  test('T64 a body nested 33 deep is not read, one of 32 is', () => {
    const asked = { ...wanted, type: 'node.proof', about: (body: unknown) => body !== undefined };
    const nested = (levels: number) =>
      signed({
        kind: KIND.user,
        tags: genuine.tags.flatMap((tag) =>
          tag[0] === 'alt' ? [] : [tag[0] === 'type' ? ['type', 'node.proof'] : tag],
        ),
        content: '['.repeat(levels) + ']'.repeat(levels),
      });
    expect(verifyEvidence(world.suite, nested(32), asked)).not.toHaveProperty('denial');
    expect(verifyEvidence(world.suite, nested(33), asked)).toEqual({ denial: 'evidence_subject' });
  });

  test.each([
    ['no tags', { tags: [] }],
    ['no body', { content: '' }],
    ['deep nesting', { content: '['.repeat(10_000) }],
  ])('T64 %s is refused, not thrown over', (_what, changes) => {
    expect(verifyEvidence(world.suite, signed(changes), wanted)).toHaveProperty('denial');
  });
});
