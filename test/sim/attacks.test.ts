/** Attacks with stolen and fresh keys: each is refused, counted with its reason, and changes nothing. */
import { beforeAll, describe, expect, test } from 'vitest';
import { suiteWasm } from '../../src/adapters/crypto/suite-wasm.ts';
import { fromHex } from '../../src/core/encoding/bytes.ts';
import type { Line } from '../../src/core/ledger/line.ts';
import { readInvite } from '../../src/core/protocol/invite.ts';
import { invite } from '../../src/services/host/invite.ts';
import { inviteProofOf } from '../../src/services/messaging/admission.ts';
import { type Federation, startFederation } from './federation.ts';
import { createIntruder, type Intruder, type Key, keyOf, refusals, subjectIn } from './intruder.ts';
import { faultsOf } from './invariants.ts';
import type { MemoryHome } from './memory-home.ts';
import { bodyOf, tagOf } from './model.ts';
import { approve, ask, asked, reached, reject } from './story.ts';

let fed: Federation;
let intruder: Intruder;
let host: string;
const keys = {} as Record<'runner' | 'alice' | 'bob' | 'builder' | 'helper' | 'stranger', Key>;
let names: ReadonlyMap<string, string>;
/** Two approvals that wait, and one that was used. */
const asks = {} as Record<
  'used' | 'x' | 'y',
  { session: string; approval: string; digest: string; re: string }
>;
type Home = 'host' | 'runner' | 'alice';
const homeOf = (name: Home): MemoryHome =>
  ({ host: fed.host, runner: fed.runners.r1!, alice: fed.people.alice! })[name].home;
const linesOf = (name: Home): readonly Line[] => homeOf(name).disk.lines;

const waiting = async (): Promise<(typeof asks)['x']> => {
  const session = await ask(fed, 'alice', 'builder', `work ${Object.keys(asks).length}`);
  const row = await asked(fed, 'alice', session);
  const { message } = homeOf('alice').tables.get('approval_requests', row.id, keys.alice.pubkey)!;
  return { session, approval: row.id, digest: row.subject, re: message };
};

beforeAll(async () => {
  fed = await startFederation({
    suite: suiteWasm,
    people: { alice: {}, bob: {} },
    agents: {
      builder: { policy: { approval: { 'source.publish': { by: ['alice'], quorum: 1 } } } },
      helper: {},
    },
    edges: [
      'alice delegates_to builder',
      'alice approves builder',
      'bob approves builder',
      'helper delegates_to builder',
    ],
  });
  intruder = createIntruder(fed, suiteWasm);
  host = fed.host.home.host;
  keys.alice = keyOf(homeOf('alice'));
  keys.bob = keyOf(fed.people.bob!.home);
  keys.runner = keyOf(homeOf('runner'));
  keys.stranger = intruder.freshKey();
  asks.used = await waiting();
  keys.builder = intruder.nodeKey('r1', 'builder');
  keys.helper = intruder.nodeKey('r1', 'helper');
  names = new Map(Object.entries(keys).map(([name, key]) => [key.pubkey, name]));
  await approve(fed, 'alice', asks.used.session);
  await reached(fed, 'alice', asks.used.session, 'completed');
  asks.x = await waiting();
  asks.y = await waiting();
  await fed.time.pass(10_000);
});

const refusedAs = async (home: Home, attack: () => Promise<unknown>): Promise<string[]> => {
  const { counted, before, after } = await refusals(fed, homeOf(home), names, attack);
  expect(after).toEqual(before);
  return counted;
};

type Lie = Parameters<Intruder['sign']>[4];
type Type = Parameters<Intruder['sign']>[1];
const say = (author: Key, type: Type, to: string, body: unknown, lie: Lie) =>
  intruder.say(author, type, to, body, lie);
const response = (about: (typeof asks)['x'], digest = about.digest) => ({
  approval: about.approval,
  decision: 'approved',
  subject: subjectIn(homeOf('runner'), about.approval),
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
    const messages = () => homeOf('runner').tables.count('messages', { dir: 'in' });
    const lines = linesOf('alice').filter(
      (line) => line.dir === 'out' && ['task.request', 'approval.response'].includes(tagOf(line, 'type')),
    );
    const old = intruder.wrapsTo(keys.builder);
    fed.runners.r1!.crash();
    await fed.finish('a new start', fed.runners.r1!.start());
    await fed.time.pass(10_000);
    const before = messages();
    expect(
      await refusedAs('runner', async () => {
        for (const wrap of old) {
          await intruder.publish(wrap);
          await intruder.publish(intruder.rewrap(wrap, keys.builder));
        }
        for (const { event } of lines) await intruder.deliver(event, keys.alice);
      }),
    ).toEqual([]);
    expect(messages()).toBe(before);
    expect(old.length).toBeGreaterThanOrEqual(4);
    expect(lines.length).toBe(4);
  });
  test('T06 another body under a known dedup key is a conflict, and evidence', async () => {
    const request = linesOf('alice').find((line) => tagOf(line, 'type') === 'task.request')!;
    const { session, attempt, budget } = bodyOf(request);
    const body = { session, attempt, budget, task: 'echo other' };
    const lie = { role: 'user', dedup: tagOf(request, 'dedup') } as const;
    expect(
      await refusedAs('runner', () => say(keys.alice, 'task.request', keys.builder.pubkey, body, lie)),
    ).toEqual(['dedup_conflict alice']);
    const kept = linesOf('runner').filter((line) => tagOf(line, 'type') === 'message.conflict');
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
    const line = linesOf('runner').find((one) => tagOf(one, 'type') === 'runner.trust')!;
    const genuine = line.event;
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
    const fresh = intruder.freshKey();
    const wrong = { id: newId(1), hmac: '00'.repeat(32) };
    expect(
      await refusedAs('host', () => say(fresh, 'runner.hello', host, hello('eve'), { role: 'runner' })),
    ).toEqual(['no_invite -']);
    expect(
      await refusedAs('host', () =>
        say(fresh, 'runner.hello', host, hello('eve', wrong), { role: 'runner' }),
      ),
    ).toEqual(['bad_invite -']);
    expect(homeOf('host').tables.list('hellos', { name: 'eve' })).toEqual([]);
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
      (
        await fed.finish(
          'an invite',
          invite(fed.host.running!.host, { role: 'runner', name: 'r9', expiresMs: 60_000 }),
        )
      ).invite;
    const [one, two] = [await issue(), await issue()];
    const [first, second] = [intruder.freshKey(), intruder.freshKey()];
    const join = (self: Key, text: string) =>
      say(self, 'runner.hello', host, hello('r9', proofOf(text, self)), { role: 'runner' });
    expect(await refusedAs('host', () => join(first, one))).toEqual([]);
    expect(await refusedAs('host', () => join(second, one))).toEqual(['invite_used -']);
    expect(await refusedAs('host', () => join(second, two))).toEqual(['name_taken -']);
    const named = homeOf('host').tables.list('hellos', { name: 'r9' });
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
    const about = { approval: asks.x.approval, session: asks.x.session };
    const approval = { ...about, operation: 'source.publish', state: 'approved' };
    const body = { ...approval, subjectDigest: asks.x.digest, evidence: [forged] };
    expect(await refusedAs('host', () => observe('approval.observed', body))).toEqual([
      'bad_evidence runner',
    ]);
  });
});

test('all processes live, and honest work goes on', async () => {
  await approve(fed, 'alice', asks.x.session);
  await reject(fed, 'alice', asks.y.session);
  await reached(fed, 'alice', asks.x.session, 'completed');
  expect(fed.remote.branches.has(`entangle/builder/${asks.x.session}`)).toBe(true);
  expect((await reached(fed, 'alice', asks.y.session, 'failed')).reason).toBe('approval_rejected');
  const next = await waiting();
  await approve(fed, 'alice', next.session);
  await reached(fed, 'alice', next.session, 'completed');
  expect(fed.remote.branches.has(`entangle/builder/${next.session}`)).toBe(true);
  await fed.time.pass(10_000);
  expect(faultsOf(fed)).toEqual([]);
});
