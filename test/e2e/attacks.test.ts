/** Attacks over the real relay with stolen and fresh keys: each is refused, counted with its reason, and changes nothing. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { suiteWasm } from '../../src/adapters/suite-wasm.ts';
import { fromHex } from '../../src/core/bytes.ts';
import type { SignedEvent } from '../../src/core/event.ts';
import { readInvite } from '../../src/core/invite.ts';
import { inviteProofOf } from '../../src/services/admission.ts';
import { json, place, run } from '../support/cli.ts';
import { ledgerOf, subjectIn, tagOf } from '../support/federation.ts';
import { freshKey, type Intruder, intrude, type Key, stolenKeys } from '../support/intruder.ts';
import { type Raised, raise } from '../support/raise.ts';
import { type Home, refusals, type Siege } from '../support/refusals.ts';

let fed: Raised;
let intruder: Intruder;
let siege: Siege;
let host: string;
const keys = {} as Record<'runner' | 'alice' | 'bob' | 'builder' | 'helper' | 'stranger', Key>;
/** Two approvals that wait, and one that was used. */
const asks = {} as Record<
  'used' | 'x' | 'y',
  { session: string; approval: string; digest: string; re: string }
>;

const TASK = 'echo work >> "$(date +%N).txt"';
const waiting = async (): Promise<(typeof asks)['x']> => {
  const session = await fed.ask('alice', 'builder', TASK);
  const [approval] = (await fed.reached('alice', session, 'waiting_approval')).approvals;
  const tables = await fed.tables('alice');
  const row = tables.get('approvals', approval!.id)!;
  const re = tables.get('approval_requests', approval!.id, keys.alice.pubkey)!.message;
  return { session, approval: approval!.id, digest: row.subject, re };
};

beforeAll(async () => {
  fed = await raise(place(), {
    users: { alice: null, bob: null },
    agents: { builder: { approval: { 'source.publish': { by: ['alice'], quorum: 1 } } }, helper: {} },
    edges: [
      'alice delegates_to builder',
      'alice approves builder',
      'bob approves builder',
      'helper delegates_to builder',
    ],
  });
  const machine = stolenKeys(fed.directory('runner'));
  const tables = await fed.tables('runner');
  for (const row of tables.list('assignments')) keys[row.node as 'builder'] = machine.get(`node-${row.id}`)!;
  keys.runner = machine.get('runner')!;
  for (const name of ['alice', 'bob'] as const) keys[name] = stolenKeys(fed.directory(name)).get('user')!;
  keys.stranger = freshKey();
  host = fed.graph.split('/')[0]!;
  const pinned = tables.get('epoch', 'host')!;
  intruder = intrude({
    relay: fed.relay,
    graph: fed.graph,
    epoch: () => ({ n: pinned.n, boot: pinned.boot }),
    identities: [keys.runner, keys.alice, keys.bob, keys.builder, keys.helper],
  });
  expect(await intruder.synced()).toBe(true);
  const names = new Map(Object.entries(keys).map(([name, key]) => [key.pubkey, name]));
  siege = { fed, intruder, names, at: { host, runner: keys.builder.pubkey, alice: keys.alice.pubkey } };
  asks.used = await waiting();
  await json(fed.homes.alice!, ['user', 'approve', asks.used.approval, '--yes']);
  await fed.reached('alice', asks.used.session, 'completed');
  asks.x = await waiting();
  asks.y = await waiting();
  await fed.here.start(fed.homes.alice!, ['user', 'watch']);
}, 180_000);
afterAll(async () => {
  await intruder?.close();
  await fed?.close();
});

const refusedAs = (home: Home, attack: () => Promise<unknown>): Promise<string[]> =>
  refusals(siege, home, attack);

type Lie = Parameters<Intruder['sign']>[4];
type Type = Parameters<Intruder['sign']>[1];
const say = (author: Key, type: Type, to: string, body: unknown, lie: Lie) =>
  intruder.deliver(intruder.sign(author, type, to, body, lie), author);
const response = (about: (typeof asks)['x'], digest = about.digest) => ({
  approval: about.approval,
  decision: 'approved',
  subject: subjectIn(fed.directory('runner'), about.approval),
  subjectDigest: digest,
});
const newId = (n: number) => `01930000-0000-7000-8000-${String(n).padStart(12, '0')}`;
const trust = { runner: 'r1', state: 'revoked' };
const hello = (name: string, invite?: { id: string; hmac: string }) => ({
  name,
  version: '1',
  platform: 'x',
  labels: {},
  engines: ['exec'],
  sandbox: ['none'],
  capacity: 1,
  ...(invite ? { invite } : {}),
});

describe('replays', () => {
  test('T17 what was delivered before the recipient’s restart has no second effect', async () => {
    const messages = async () => (await fed.tables('runner')).count('messages', { dir: 'in' });
    const lines = ledgerOf(fed.directory('alice')).filter((line) =>
      ['task.request', 'approval.response'].includes(tagOf(line, 'type')!),
    );
    const old = intruder.wraps.filter(
      (wrap) => wrap.kind === 1059 && wrap.tags[0]?.[1] === keys.builder.pubkey,
    );
    await fed.serving('runner').kill();
    await fed.start('runner');
    const before = await messages();
    expect(
      await refusedAs('runner', async () => {
        for (const wrap of old) {
          await intruder.publish(wrap);
          await intruder.publish(intruder.rewrap(wrap, keys.builder));
        }
        for (const { event } of lines) await intruder.deliver(event as unknown as SignedEvent, keys.alice);
      }),
    ).toEqual([]);
    expect([old.length, lines.length, await messages()]).toEqual([expect.any(Number), lines.length, before]);
    expect(old.length).toBeGreaterThanOrEqual(4);
    expect(lines.length).toBe(4);
  });
  test('T06 another body under a known dedup key is a conflict, and evidence', async () => {
    const request = ledgerOf(fed.directory('alice')).find((line) => tagOf(line, 'type') === 'task.request')!;
    const { session, attempt, budget } = JSON.parse(request.event.content);
    const body = { session, attempt, budget, task: 'echo other' };
    const lie = { role: 'user', dedup: tagOf(request, 'dedup')! } as const;
    expect(
      await refusedAs('runner', () => say(keys.alice, 'task.request', keys.builder.pubkey, body, lie)),
    ).toEqual(['dedup_conflict alice']);
    const kept = ledgerOf(fed.directory('runner')).filter(
      (line) => tagOf(line, 'type') === 'message.conflict',
    );
    expect(kept.length).toBe(1);
  });
});

describe('somebody else’s role', () => {
  test('T01 a runner key that signs control is nobody to a user', async () => {
    const lie = { role: 'host' } as const;
    expect(
      await refusedAs('alice', () => say(keys.runner, 'runner.trust', keys.alice.pubkey, trust, lie)),
    ).toEqual(['unknown_signer -']);
  });
  test.each([
    ['host', 'kind_of_role'],
    ['node', 'wrong_role'],
  ] as const)('T01 a node key that signs control as %s is refused', async (role, reason) => {
    expect(
      await refusedAs('alice', () => say(keys.builder, 'runner.trust', keys.alice.pubkey, trust, { role })),
    ).toEqual([`${reason} builder`]);
    const beat = { beat: '00'.repeat(16), leases: [] };
    expect(
      await refusedAs('runner', () =>
        say(keys.helper, 'assignment.renew', keys.builder.pubkey, beat, { role }),
      ),
    ).toEqual([`${reason} helper`]);
  });
  test.each([
    ['user', 'kind_of_role'],
    ['node', 'wrong_role'],
  ] as const)('T02 a node key that signs an approval as %s is refused', async (role, reason) => {
    const lie = { role, re: asks.x.re };
    expect(
      await refusedAs('runner', () =>
        say(keys.helper, 'approval.response', keys.builder.pubkey, response(asks.x), lie),
      ),
    ).toEqual([`${reason} helper`]);
  });
  test('T36 a runner cannot make itself trusted, nor a user speak for the Host', async () => {
    const said = { runner: 'r1', state: 'trusted' };
    for (const [author, role] of [
      ['runner', 'runner'],
      ['alice', 'user'],
    ] as const)
      expect(await refusedAs('host', () => say(keys[author], 'runner.trust', host, said, { role }))).toEqual([
        `wrong_role ${author}`,
      ]);
  });
  test('a stranger is nobody to a node and to a user, whatever it says', async () => {
    const lie = { role: 'user', re: asks.x.re } as const;
    expect(
      await refusedAs('runner', () =>
        say(keys.stranger, 'approval.response', keys.builder.pubkey, response(asks.x), lie),
      ),
    ).toEqual(['unknown_signer -']);
    const moved = { session: asks.x.session, attempt: 1, step: 9, state: 'completed' };
    expect(
      await refusedAs('alice', () =>
        say(keys.stranger, 'task.result', keys.alice.pubkey, moved, { role: 'node' }),
      ),
    ).toEqual(['unknown_signer -']);
  });
});

describe('somebody else’s words', () => {
  test('T04 an event of another author inside one’s own seal is refused', async () => {
    const genuine = intruder.sign(keys.alice, 'approval.response', keys.builder.pubkey, response(asks.x), {
      role: 'user',
      re: asks.x.re,
    });
    expect(await refusedAs('runner', () => intruder.deliver(genuine, keys.helper))).toEqual([
      'event_author helper',
    ]);
  });
  test('T07 what the Host signed for a runner cannot be forwarded to a user or a node', async () => {
    const line = ledgerOf(fed.directory('runner')).find((one) => tagOf(one, 'type') === 'runner.trust')!;
    const genuine = line.event as unknown as SignedEvent;
    expect(
      await refusedAs('alice', () => intruder.deliver(genuine, keys.builder, keys.alice.pubkey)),
    ).toEqual(['event_author builder']);
    expect(
      await refusedAs('runner', () => intruder.deliver(genuine, keys.helper, keys.builder.pubkey)),
    ).toEqual(['event_author helper']);
  });
  test('T07 what alice signed for the Host is not for a node, though she seals it herself', async () => {
    const genuine = intruder.sign(keys.alice, 'approval.response', host, response(asks.x), {
      role: 'user',
      re: asks.x.re,
    });
    expect(
      await refusedAs('runner', () => intruder.deliver(genuine, keys.alice, keys.builder.pubkey)),
    ).toEqual(['event_recipient alice']);
  });
  test('T106 a signed event of another graph is refused', async () => {
    const lie = { role: 'user', re: asks.x.re, graph: `${host}/other` } as const;
    expect(
      await refusedAs('runner', () =>
        say(keys.alice, 'approval.response', keys.builder.pubkey, response(asks.x), lie),
      ),
    ).toEqual(['wrong_graph alice']);
  });
});

describe('edges', () => {
  test('T45 a message that no edge carries is refused on arrival', async () => {
    const { session, re } = asks.x;
    const cancel = { session, reason: 'I say so' };
    expect(
      await refusedAs('runner', () =>
        say(keys.bob, 'task.cancel', keys.builder.pubkey, cancel, { role: 'user' }),
      ),
    ).toEqual(['no_edge bob']);
    const ended = { session, attempt: 1, step: 9, state: 'completed' };
    expect(
      await refusedAs('alice', () =>
        say(keys.helper, 'task.result', keys.alice.pubkey, ended, { role: 'node', re }),
      ),
    ).toEqual(['unknown_signer -']);
  });
  test('T45 an edge does not carry the other direction', async () => {
    const body = { session: asks.x.session, reason: 'I say so' };
    expect(
      await refusedAs('alice', () =>
        say(keys.builder, 'task.cancel', keys.alice.pubkey, body, { role: 'node' }),
      ),
    ).toEqual(['wrong_direction builder']);
    const ended = { session: asks.x.session, attempt: 1, step: 9, state: 'completed' };
    expect(
      await refusedAs('runner', () =>
        say(keys.helper, 'task.result', keys.builder.pubkey, ended, { role: 'node', re: asks.x.re }),
      ),
    ).toEqual(['wrong_direction helper']);
  });
  test('T48 a session is its requester’s: another cannot take it', async () => {
    const body = {
      session: asks.x.session,
      attempt: 2,
      task: 'true',
      budget: { hops: 1, turns: 1, path: ['helper'] },
    };
    expect(
      await refusedAs('runner', () =>
        say(keys.helper, 'task.request', keys.builder.pubkey, body, { role: 'node' }),
      ),
    ).toEqual(['session_taken helper']);
  });
});

describe('approvals', () => {
  const respond = (body: unknown, re: string, dedup?: string) =>
    say(keys.alice, 'approval.response', keys.builder.pubkey, body, {
      role: 'user',
      re,
      ...(dedup ? { dedup } : {}),
    });
  test('T49 a decision about another subject is refused', async () => {
    const stale = response(asks.x, asks.used.digest);
    expect(await refusedAs('runner', () => respond(stale, asks.x.re))).toEqual(['wrong_subject alice']);
  });
  test('T54 a decision about X cannot be used for Y', async () => {
    expect(await refusedAs('runner', () => respond(response(asks.y, asks.x.digest), asks.y.re))).toEqual([
      'wrong_subject alice',
    ]);
    expect(await refusedAs('runner', () => respond(response(asks.x), asks.y.re))).toEqual([
      'wrong_subject alice',
    ]);
    expect(await refusedAs('runner', () => respond(response(asks.x), '00'.repeat(32)))).toEqual([
      'not_asked alice',
    ]);
  });
  test('T54 an approval that was used is used up', async () => {
    const body = { ...response(asks.used), reason: 'once more' };
    expect(await refusedAs('runner', () => respond(body, asks.used.re))).toEqual(['already_decided alice']);
    const dedup = `decide:${asks.used.approval}`;
    expect(await refusedAs('runner', () => respond(body, asks.used.re, dedup))).toEqual([
      'already_decided alice',
    ]);
  });
});

describe('registration', () => {
  test('T15 a key that has a role gets no second one', async () => {
    const said = { name: 'eve' };
    const cases = [
      ['runner', 'user.hello', 'user', 'kind_of_role'],
      ['runner', 'user.hello', 'runner', 'wrong_role'],
      ['builder', 'user.hello', 'user', 'key_reuse'],
      ['builder', 'runner.hello', 'runner', 'key_reuse'],
      ['alice', 'runner.hello', 'runner', 'kind_of_role'],
      ['alice', 'runner.hello', 'user', 'wrong_role'],
    ] as const;
    for (const [who, type, role, reason] of cases) {
      const body = type === 'user.hello' ? said : hello('eve');
      const counted = await refusedAs('host', () => say(keys[who], type, host, body, { role }));
      expect(counted.map((one) => one.split(' ')[0])).toEqual([reason]);
    }
  });
  test('a hello without a proof, or with a wrong one, is a counter and no row', async () => {
    const fresh = freshKey();
    const wrong = { id: newId(1), hmac: '00'.repeat(32) };
    expect(
      await refusedAs('host', () => say(fresh, 'runner.hello', host, hello('eve'), { role: 'runner' })),
    ).toEqual(['no_invite -']);
    expect(
      await refusedAs('host', () =>
        say(fresh, 'runner.hello', host, hello('eve', wrong), { role: 'runner' }),
      ),
    ).toEqual(['bad_invite -']);
    expect((await fed.tables('host')).list('hellos', { name: 'eve' })).toEqual([]);
  });
  const proofOf = (text: string, self: Key) => {
    const { id, secret, graph, role, name } = readInvite(text);
    return {
      id,
      hmac: inviteProofOf(suiteWasm, fromHex(secret), { host, self: self.pubkey, graph, role, name }),
    };
  };
  test('an invite is used once, and a name belongs to who came first', async () => {
    const issue = async () =>
      (await json<{ invite: string }>(fed.homes.host!, ['host', 'invite', 'runner', '--name', 'r9'])).invite;
    const [one, two] = [await issue(), await issue()];
    const [first, second] = [freshKey(), freshKey()];
    const join = (self: Key, text: string) =>
      say(self, 'runner.hello', host, hello('r9', proofOf(text, self)), { role: 'runner' });
    expect(await refusedAs('host', () => join(first, one))).toEqual([]);
    expect(await refusedAs('host', () => join(second, one))).toEqual(['invite_used -']);
    expect(await refusedAs('host', () => join(second, two))).toEqual(['name_taken -']);
    const named = (await fed.tables('host')).list('hellos', { name: 'r9' });
    expect(named.map((row) => row.pubkey)).toEqual([first.pubkey]);
  });
});

describe('a runner that lies to the Host', () => {
  const observe = (type: Type, body: unknown) => say(keys.runner, type, host, body, { role: 'runner' });
  test('about a node that is not its own, or decisions that nobody signed', async () => {
    const move = { session: newId(2), attempt: 1, step: 1, state: 'completed', requester: keys.alice.pubkey };
    expect(
      await refusedAs('host', () => observe('session.observed', { ...move, node: 'other', evidence: [] })),
    ).toEqual(['not_assigned runner']);
    const forged = intruder.sign(keys.builder, 'approval.response', keys.builder.pubkey, response(asks.x), {
      role: 'user',
    });
    const approval = { approval: asks.x.approval, session: asks.x.session, state: 'approved' };
    const body = { ...approval, subjectDigest: asks.x.digest, evidence: [forged] };
    expect(await refusedAs('host', () => observe('approval.observed', body))).toEqual([
      'bad_evidence runner',
    ]);
  });
});

test('all processes live, and honest work goes on', async () => {
  for (const part of ['host', 'runner'] as const) expect(fed.serving(part).child.exitCode).toBe(null);
  await json(fed.homes.alice!, ['user', 'approve', asks.x.approval, '--yes']);
  await json(fed.homes.alice!, ['user', 'reject', asks.y.approval]);
  await fed.reached('alice', asks.x.session, 'completed');
  expect(fed.head('builder', asks.x.session)).toMatch(/^[0-9a-f]{40}$/);
  expect((await fed.reached('alice', asks.y.session, 'failed')).reason).toBe('approval_rejected');
  const next = await waiting();
  await json(fed.homes.alice!, ['user', 'approve', next.approval, '--yes']);
  await fed.reached('alice', next.session, 'completed');
  expect(fed.head('builder', next.session)).toMatch(/^[0-9a-f]{40}$/);
  expect((await run(fed.homes.runner!, ['runner', 'status', '--json'])).code).toBe(0);
});
