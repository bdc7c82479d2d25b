/** The message table says what was designed, and everything that derives from it is there. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { EXCHANGE, isInUse } from '../src/core/graph/edges.ts';
import { RECORD_REDUCERS } from '../src/core/projection/reducers/records.ts';
import { REDUCERS } from '../src/core/projection/reducers/reducers.ts';
import { describeProtocol, relationTypes } from '../src/core/protocol/describe.ts';
import { CONSENT_KIND, KIND, RECORD_KIND } from '../src/core/protocol/message.ts';
import { RECORDS } from '../src/core/protocol/messages/records.ts';
import { kindOf, signerRole } from '../src/core/protocol/messages/row.ts';
import { messageTypes, rowOf } from '../src/core/protocol/table.ts';
import { TYPES } from '../src/core/protocol/types.ts';
import { RELATIONS, type Relation, type Role } from '../src/core/vocabulary.ts';

const words = (text: string): string[] => text.split(/\s+/).filter(Boolean);
const named = new Map<string, ReturnType<typeof rowOf>>(messageTypes());

/** The relation table as designed, so far as something sends it: relation → what A sends, what B sends. */
const asks = 'task.request task.cancel reply';
const tells =
  'turn.trace task.accept task.update task.result task.waiting question artifact.ref artifact.file';
const DESIGNED: Record<Relation, [string, string]> = {
  delegates_to: [`${asks} publish.request`, `${tells} publish.result`],
  hands_off_to: ['task.handoff task.cancel', 'task.accept task.update task.result task.waiting artifact.ref'],
  reviews: [
    'review.result task.accept task.update task.result task.waiting',
    'review.request task.review review.closed',
  ],
  approves: [
    'approval.response grant grant.revoke publish.request',
    'approval.request approval.closed turn.trace publish.result artifact.ref artifact.file',
  ],
  escalates_to: [
    'escalation escalation.closed task.escalate task.cancel',
    'reply task.accept task.update task.result task.waiting artifact.ref',
  ],
  consults: ['', ''],
  peers_with: [`task.request reply ${tells}`, `task.request reply ${tells}`],
};

/** Types by who signs them, as designed. */
const SIGNED: Record<Role, string> = {
  host: 'authority.rotate runner.trust routes assignment.offer assignment.renew assignment.revoke session.cancel host.beat secret.grant secret.deny evidence.statement evidence.logged checkpoint.proof',
  runner: `runner.hello runner.heartbeat runner.goodbye assignment.accept assignment.reject assignment.receipt secret.request
    session.observed turn.observed approval.observed artifact.observed conversation.observed
    recovery.observed source.observed waiting.observed evidence.request checkpoint.request`,
  user: 'user.hello checkpoint.request task.request task.cancel reply approval.response grant grant.revoke publish.request review.result',
  node: `turn.trace task.accept task.update task.result task.waiting task.request task.handoff task.review task.escalate task.cancel question approval.request
    approval.closed escalation escalation.closed review.request review.result review.closed publish.result artifact.ref artifact.file`,
};
const EVERYONES = 'ack blob.get blob.part';

describe('the message table', () => {
  test.each(RELATIONS)('%s: each side sends what was designed', (relation) => {
    const [a, b] = DESIGNED[relation];
    expect(relationTypes(relation, 'a').sort()).toEqual(words(a).sort());
    expect(relationTypes(relation, 'b').sort()).toEqual(words(b).sort());
  });

  test.each(messageTypes())('%s: its kind says which of its signers signed it', (_type, row) => {
    const kinds = row.signers.map((role) => kindOf(row, role));
    expect(new Set(kinds).size).toBe(row.signers.length);
    expect(kinds.map((kind) => signerRole(row, kind))).toEqual(row.signers);
    const others = [...Object.values(KIND), CONSENT_KIND, RECORD_KIND].filter(
      (kind) => !kinds.includes(kind),
    );
    expect(others.map((kind) => signerRole(row, kind)).filter((role) => role !== undefined)).toEqual([]);
  });

  test.each(Object.keys(SIGNED) as Role[])('%s signs what was designed and nothing else', (role) => {
    const signed = messageTypes().filter(([, row]) => row.signers.includes(role));
    expect(signed.map(([type]) => type as string).sort()).toEqual(
      words(`${SIGNED[role]} ${EVERYONES}`).sort(),
    );
  });

  test('only heartbeats, renewals, beats, acknowledgements, traces and checkpoints are ephemeral', () => {
    const ephemeral = messageTypes().filter(([, row]) => row.ephemeral);
    expect(ephemeral.map(([type]) => type).sort()).toEqual(
      words('ack assignment.renew checkpoint.proof checkpoint.request host.beat runner.heartbeat turn.trace'),
    );
  });

  test('only hellos come from strangers, to the Host, and a key that comes to sign for it, to its members; none answers', () => {
    const admitted = messageTypes().filter(([, row]) => row.admission);
    expect(admitted.map(([type]) => type).sort()).toEqual(words('authority.rotate runner.hello user.hello'));
    for (const [type, row] of admitted) {
      const to = type === 'authority.rotate' ? ['runner', 'user'] : ['host'];
      expect([row.to, row.answers, row.sends]).toEqual([to, null, null]);
    }
  });

  test('the control plane crosses no edge; what nodes and people say to each other does', () => {
    const plane = messageTypes().filter(([, row]) => row.sends === null);
    expect(plane.map(([type]) => type as string).sort()).toEqual(
      words(`${SIGNED.host} ${SIGNED.runner} user.hello ack`).sort(),
    );
    expect(TYPES.map(({ type }) => type)).not.toContain('ack');
  });

  test('what a row answers or follows is a type that its signer and recipient exchange', () => {
    for (const [type, row] of messageTypes()) {
      for (const asked of row.answers ?? []) {
        const question = rowOf(asked)!;
        expect([type, question.signers.some((role) => row.to.includes(role))]).toEqual([type, true]);
        expect([type, row.signers.some((role) => question.to.includes(role))]).toEqual([type, true]);
      }
      for (const before of row.follows ?? [])
        expect(row.signers.every((role) => rowOf(before)!.signers.includes(role))).toBe(true);
    }
  });

  test('a relation that carries something has an exchange, made of types that its sides send; no other has one', () => {
    for (const relation of RELATIONS) {
      const exchange = EXCHANGE[relation];
      expect([relation, isInUse(relation, TYPES)]).toEqual([relation, exchange !== undefined]);
      if (!exchange) continue;
      const { side, opens, answers, course } = exchange;
      expect(relationTypes(relation, side)).toContain(opens);
      expect(relationTypes(relation, side === 'a' ? 'b' : 'a')).toContain(answers);
      const carried: string[] = [...relationTypes(relation, 'a'), ...relationTypes(relation, 'b')];
      expect(course.filter((type) => !carried.includes(type))).toEqual([]);
    }
  });

  test('every type and every record has a reducer, every type a sentence', () => {
    expect(Object.keys(REDUCERS).sort()).toEqual([...named.keys()].sort());
    expect(Object.keys(RECORD_REDUCERS).sort()).toEqual(Object.keys(RECORDS).sort());
    for (const [type, row] of messageTypes()) {
      expect(row.doc, type).toMatch(/^(?:[A-Z]).{10,}\.$/u);
      expect(row.body.safeParse({ nonce: '00'.repeat(16), __proto__x: 1 }).success, type).toBe(false);
    }
  });

  test('T76 the table knows no inherited names', () => {
    for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty'])
      expect(rowOf(name)).toBeUndefined();
  });
});

describe('docs/protocol.md', () => {
  const text = describeProtocol();

  test('is what the table says now (else: npm run docs)', () => {
    expect(readFileSync(resolve(import.meta.dirname, '../docs/protocol.md'), 'utf8')).toBe(text);
  });

  test('has a section for every type and record, and no schema it could not put in words', () => {
    for (const name of [...named.keys(), ...Object.keys(RECORDS)]) expect(text).toContain(`# \`${name}\``);
    expect(text).not.toMatch(/undefined|\[object|NaN/);
  });
});
