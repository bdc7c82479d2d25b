import { describe, expect, test } from 'vitest';
import { decision, turnOf } from '../../../test/support/forgeries.ts';
import type { Name, Said } from '../../../test/support/world.ts';
import { createWorld, EPOCH, uuidOf } from '../../../test/support/world.ts';
import type { AuthorizationContext, AwaitedFact, Verdict } from './authorize.ts';
import { AUTHORIZE_RULES, authorize } from './authorize.ts';
import type { Message } from './message.ts';
import { KIND } from './message.ts';
import { open } from './open.ts';
import { rowOf } from './table.ts';

const world = createWorld();
const { actors } = world;
const asked = '1e'.repeat(32);

const task: Said<'task.request'> = {
  type: 'task.request',
  from: 'user',
  to: 'node',
  rev: 5,
  body: { session: uuidOf(1), attempt: 1, task: '', budget: { hops: 0, turns: 1, path: [] } },
};
const response = { ...decision, re: asked };
const closed: Said<'approval.closed'> = {
  type: 'approval.closed',
  from: 'node',
  to: 'user',
  re: asked,
  body: { approval: uuidOf(2), session: uuidOf(1), state: 'approved', subjectDigest: '5d'.repeat(32) },
};
const trust: Said<'runner.trust'> = {
  type: 'runner.trust',
  from: 'host',
  to: 'runner',
  body: { runner: 'r1', state: 'trusted' },
};
const hello: Said<'user.hello'> = {
  type: 'user.hello',
  from: 'stranger',
  to: 'host',
  body: { name: 'newcomer' },
};
const turn = turnOf(1);

const runnerHello: Said<'runner.hello'> = {
  type: 'runner.hello',
  from: 'runner',
  to: 'host',
  body: { name: 'r1', version: '1', platform: 'x', labels: {}, engines: [], sandbox: [], capacity: 1 },
};

const messageOf = (said: Said): Message => open(world.deliver(said), world.door(said.to));
/** A standing in which everything asked here is allowed. */
const standing = (m: Message, changes: Partial<AuthorizationContext> = {}): AuthorizationContext => ({
  roleOfMe: (me) => world.byKey.get(me)?.role,
  trust: () => 'trusted',
  epoch: EPOCH,
  rewritten: false,
  revision: 5,
  edgeDenial: () => null,
  sentTo: (id) => (id === asked ? rowOf(m.type)?.answers?.[0] : undefined),
  receivedFrom: (id) => (id === asked ? rowOf(m.type)?.follows?.[0] : undefined),
  leased: () => true,
  admissionDenial: () => null,
  stateVerdict: () => ({ is: 'accept' }),
  ...changes,
});
const judge = (said: Said, changes: Partial<AuthorizationContext> = {}, rules = AUTHORIZE_RULES): Verdict => {
  const m = messageOf(said);
  return authorize(m, standing(m, changes), rules);
};

type Case = { attack: string; said: Said; standing?: Partial<AuthorizationContext>; verdict: Verdict };
const reject = (reason: string): Verdict => ({ is: 'reject', reason });
const hold = (reason: string, awaits: AwaitedFact): Verdict => ({ is: 'hold', reason, awaits });

/** For each rule every way in which it alone objects. */
const CASES: Record<string, Case[]> = {
  role: [
    {
      attack: 'T02 a node says what only people say',
      said: { ...response, from: 'peer' },
      verdict: reject('wrong_role'),
    },
    {
      attack: 'T01 a runner says what only the Host says',
      said: { ...trust, from: 'runner2' },
      verdict: reject('wrong_role'),
    },
    {
      attack: 'T08 the Host’s word to a runner, said to a node',
      said: { ...trust, to: 'node' },
      verdict: reject('wrong_role'),
    },
    {
      attack: 'an identity that is no longer mine',
      said: task,
      standing: { roleOfMe: () => undefined },
      verdict: reject('wrong_role'),
    },
  ],
  admission: [
    {
      attack: 'T36 a newcomer without the proof of an invite',
      said: hello,
      standing: { trust: () => 'stranger', admissionDenial: () => 'no_invite' },
      verdict: reject('no_invite'),
    },
  ],
  trust: [
    {
      attack: 'T33 a revoked runner',
      said: turn,
      standing: { trust: () => 'revoked' },
      verdict: reject('revoked'),
    },
    {
      attack: 'T36 a runner that nobody trusted yet',
      said: turn,
      standing: { trust: () => 'pending' },
      verdict: reject('not_trusted'),
    },
    {
      attack: 'a runner that was refused',
      said: turn,
      standing: { trust: () => 'rejected' },
      verdict: reject('not_trusted'),
    },
    {
      attack: 'T200 a runner that left and says goodbye again, late',
      said: turn,
      standing: { trust: () => 'left' },
      verdict: reject('has_left'),
    },
    {
      attack: 'T33 a revoked runner that says hello again',
      said: runnerHello,
      standing: { trust: () => 'revoked' },
      verdict: reject('revoked'),
    },
    {
      attack: 'a signer that left the registry between the door and here',
      said: turn,
      standing: { trust: () => 'stranger' },
      verdict: reject('unknown_signer'),
    },
  ],
  epoch: [
    {
      attack: 'T29 T40 control of an earlier epoch',
      said: { ...trust, epoch: { n: EPOCH.n - 1, boot: EPOCH.boot } },
      verdict: reject('stale_epoch'),
    },
    {
      attack: 'T40 a second boot of the same epoch',
      said: { ...trust, epoch: { n: EPOCH.n, boot: 'ff'.repeat(16) } },
      verdict: reject('host_conflict'),
    },
    {
      attack: 'T167 control of a Host that rewrote its history',
      said: trust,
      standing: { rewritten: true },
      verdict: reject('host_conflict'),
    },
    {
      attack: 'a peer that has heard of a later epoch',
      said: { ...task, epoch: { n: EPOCH.n + 1, boot: 'ff'.repeat(16) } },
      verdict: hold('epoch_ahead', `epoch ${EPOCH.n + 1}`),
    },
  ],
  revision: [
    {
      attack: 'T21 a peer that is ahead of my routes',
      said: { ...task, rev: 6 },
      verdict: hold('revision_ahead', 'revision 6'),
    },
  ],
  edge: [
    {
      attack: 'T45 no edge in this direction',
      said: task,
      standing: { edgeDenial: () => 'wrong_direction' },
      verdict: reject('wrong_direction'),
    },
  ],
  answers: [
    {
      attack: 'T50 T54 a decision about something never asked of this person',
      said: response,
      standing: { sentTo: () => undefined },
      verdict: reject('not_asked'),
    },
    {
      attack: 'T54 a decision that names a message of another type',
      said: response,
      standing: { sentTo: () => 'blob.get' },
      verdict: reject('not_asked'),
    },
  ],
  follows: [
    {
      attack: 'T25 the end before the beginning',
      said: closed,
      standing: { receivedFrom: () => undefined },
      verdict: hold('awaits_earlier', `message ${closed.re}`),
    },
    {
      attack: 'T54 an end that names something else',
      said: closed,
      standing: { receivedFrom: () => 'blob.get' },
      verdict: reject('not_asked'),
    },
  ],
  lease: [
    {
      attack: 'T23 work for a node whose lease is over',
      said: task,
      standing: { leased: () => false },
      verdict: hold('no_lease', 'lease'),
    },
    {
      attack: 'T131 work handed to a node whose lease is over',
      said: { ...task, type: 'task.handoff', from: 'node', to: 'peer' },
      standing: { leased: () => false },
      verdict: hold('no_lease', 'lease'),
    },
  ],
  state: [
    {
      attack: 'T53 a decision that comes too late',
      said: response,
      standing: { stateVerdict: () => ({ is: 'late', reason: 'approval_closed' }) },
      verdict: { is: 'late', reason: 'approval_closed' },
    },
  ],
};

/** Rules whose reasons are the graph's, the invite's or the type's own. */
const OPEN_REASONS = ['admission', 'edge', 'state'];

describe('authorize(): each rule objects to what no other rule does', () => {
  test('there is a case for every rule', () => {
    expect(Object.keys(CASES)).toEqual(AUTHORIZE_RULES.map((rule) => rule.name));
  });

  test('every reason that a rule names is met', () => {
    const met = Object.values(CASES).flatMap((all) =>
      all.map(({ verdict }) => Reflect.get(verdict, 'reason')),
    );
    for (const reason of AUTHORIZE_RULES.flatMap((rule) => rule.reasons)) expect(met).toContain(reason);
  });

  const cases = AUTHORIZE_RULES.flatMap((rule) =>
    (CASES[rule.name] ?? []).map((one) => [rule.name, one.attack, rule, one] as const),
  );
  test.each(cases)('%s: %s', (_name, _attack, rule, one) => {
    expect(judge(one.said, one.standing)).toEqual(one.verdict);
    const rest = AUTHORIZE_RULES.filter((other) => other !== rule);
    expect(judge(one.said, one.standing, rest)).toEqual({ is: 'accept' });
    if (!OPEN_REASONS.includes(rule.name))
      expect(rule.reasons).toContain((one.verdict as { reason: string }).reason);
  });
});

describe('authorize()', () => {
  test.each([task, response, closed, trust, hello, runnerHello, turn])(
    'accepts a $type where all is well',
    (said) => {
      expect(judge(said)).toEqual({ is: 'accept' });
    },
  );

  test('a first control message pins the epoch: before it, none is stale and nobody is ahead', () => {
    expect(judge(trust, { epoch: null })).toEqual({ is: 'accept' });
    expect(judge({ ...task, epoch: { n: 99, boot: EPOCH.boot } }, { epoch: null })).toEqual({ is: 'accept' });
  });

  test('a later epoch of the Host is taken, an earlier revision of a peer too', () => {
    expect(judge({ ...trust, epoch: { n: 9, boot: 'ff'.repeat(16) } })).toEqual({ is: 'accept' });
    expect(judge({ ...task, rev: 1 })).toEqual({ is: 'accept' });
  });

  test('who was never let in may come as a newcomer, once and again until somebody decides', () => {
    const asHello = (trust: 'stranger' | 'pending') => judge(hello, { trust: () => trust });
    expect(asHello('stranger')).toEqual({ is: 'accept' });
    expect(asHello('pending')).toEqual({ is: 'accept' });
  });

  test('the Host’s word waits for no revision, needs no edge and no lease', () => {
    expect(judge({ ...trust, rev: 9 })).toEqual({ is: 'accept' });
    expect(judge(trust, { edgeDenial: () => 'no_edge', leased: () => false })).toEqual({ is: 'accept' });
  });

  test('only work needs a lease: what answers a node without one is taken', () => {
    expect(judge(response, { leased: () => false })).toEqual({ is: 'accept' });
  });

  test('an answer that names nothing is not one', () => {
    const always = { sentTo: () => 'approval.request', receivedFrom: () => 'approval.request' };
    const { re: _re, ...unnamed } = response;
    expect(judge(unnamed as Said, always)).toEqual(reject('not_asked'));
    const { re: _other, ...open } = closed;
    expect(judge(open as Said, always)).toEqual(reject('not_asked'));
  });

  test('T76 a type that no row declares is refused whatever the standing says', () => {
    const m = { ...messageOf(task), type: '__proto__' };
    expect(authorize(m, standing(m))).toEqual(reject('unknown_type'));
  });

  test('who says what: each role’s kind is its own', () => {
    expect(new Set(Object.values(KIND)).size).toBe(4);
    const roles = (['host', 'runner', 'user', 'node'] as Name[]).map((name) => actors[name].role);
    expect(roles).toEqual(Object.keys(KIND));
  });
});
