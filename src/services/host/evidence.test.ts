/** What the Host states of a commit, and of which it states nothing. */
import { expect, test, vi } from 'vitest';
import { graphOf } from '../../../test/sim/single-home.ts';
import { HOST_GRAPH, startSingleHost } from '../../../test/sim/single-host.ts';
import { termsIn } from '../../../test/support/attested.ts';
import { sshsigBy, testSshKey } from '../../../test/support/ssh-token.ts';
import { type Name, uuidOf } from '../../../test/support/world.ts';
import { suiteNoble } from '../../adapters/crypto/suite-noble.ts';
import { fromBase64, fromUtf8, toHex, utf8 } from '../../core/encoding/bytes.ts';
import { digestOf } from '../../core/encoding/canonical.ts';
import { isLogged } from '../../core/evidence/dsse.ts';
import { readTlogProof } from '../../core/evidence/tlog-proof.ts';
import { approvalLine } from '../../core/evidence/touch.ts';
import { policyDigest } from '../../core/graph/approvals.ts';
import type { SignedEvent } from '../../core/nostr/event.ts';
import type { PublishSubject } from '../../core/protocol/messages/publish-subject.ts';
import { checkpointNow } from './checkpoints.ts';

/** `more`: further approvers, with the longest names. */
const withPolicy = (quorum: number, eyes = false, more = 0) => {
  const names = Array.from({ length: more }, (_, i) => `p${i}`.padEnd(63, 'x'));
  const keyOf = (i: number) => toHex(suiteNoble.publicKey(new Uint8Array(32).fill(i + 1)));
  return HOST_GRAPH.replace(
    'policy: { sandbox: none }',
    `policy: { sandbox: none, approval: { source.publish: { by: [${['alice', 'bob', ...names].join(', ')}], quorum: ${quorum}, four_eyes: ${eyes} } } }`,
  )
    .replace(
      'nodes:\n',
      `nodes:\n${names.map((name, i) => `  ${name}: { kind: user, pubkey: ${keyOf(i)} }\n`).join('')}`,
    )
    .replace(
      'edges: [',
      `edges: [${['alice', 'bob', ...names].map((name) => `${name} approves builder, `).join('')}`,
    );
};

const session = uuidOf(2);
type Case = {
  /** Further approvers. */
  more?: number;
  fence?: number;
  /** What people signed, where it is not what the runner asks about. */
  signed?: Partial<PublishSubject>;
  quorum?: number;
  eyes?: boolean;
  /** Another runner has the node now, and asks under the fence of the first. */
  moved?: boolean;
  policy?: string;
  signs?: string;
  by?: readonly Name[];
  /** Before the runner asks, bob is no more in the graph. */
  thrownOut?: boolean;
  expiresAt?: number;
  /** The policy wants a touch; whether bob touched his key. */
  touched?: boolean;
};
const TOKEN = testSshKey();
/** A runner asks about a commit of a session that alice launched; the Host's answer. */
const answerTo = async (given: Case) => {
  const { quorum = 1, eyes = false, policy, signs = 'approved', by = ['bob'] } = given;
  const one = await startSingleHost();
  const named = withPolicy(quorum, eyes, given.more);
  // A graph is refused whose evidence is too large, unless none is wanted: a runner may ask all the same
  const NONE = 'workspace: { repository: "https://example.org/app.git", base: main, evidence: none }';
  const plain = given.more ? named.replace('    policy:', `    ${NONE}\n    policy:`) : named;
  const text =
    given.touched === undefined
      ? plain
      : plain
          .replace('$bob', `$bob, ssh: ["${TOKEN.line}"]`)
          .replace('four_eyes', 'assurance: touch, four_eyes');
  await one.apply(text);
  await one.addRunner('runner', 'r1');
  await one.time.until('an offer', () => one.offers()[0], 5000);
  await one.accept(one.offers()[0]!);
  const { actors, suite } = one;
  const budget = { hops: 8, turns: 5, path: ['alice'] };
  const task = { session, attempt: 1, task: 'mend it', budget };
  const request = one.compose({
    type: 'task.request',
    from: 'user',
    to: given.moved ? 'peer' : 'node',
    body: task,
  });
  const move = { session, attempt: 1, step: 1, state: 'accepted' as const };
  const toHost = { from: given.moved ? 'runner2' : 'runner', to: 'host' } as const;
  if (given.moved) {
    await one.addRunner('runner2', 'r2');
    await one.trust('runner', 'r1', 'revoked');
    await one.time.until('another offer', () => one.offers()[1], 5000);
    await one.accept(one.offers()[1]!, actors.peer);
  }
  const seen = { ...move, node: 'builder', requester: actors.user.pubkey, evidence: [request as never] };
  await one.hear({ type: 'session.observed', ...toHost, body: seen });
  const digest = policyDigest(termsIn(graphOf(one, text)), (words) => toHex(suite.sha256(utf8(words))));
  if (given.thrownOut)
    await one.apply(
      text
        .replace('  bob: { kind: user, pubkey: $bob }\n', '')
        .replaceAll(/, bob delegates_to builder|, bob(?=\])|bob approves builder, /g, ''),
    );
  const ask = async (approval: string) => {
    const subject: PublishSubject = {
      ...{ domain: 'entangle/subject/1', graph: one.graph, policy: policy ?? digest, approval, session },
      ...{
        attempt: 1,
        fence: given.fence ?? one.offers()[0]!.body.fence,
        operation: 'source.publish',
        expiresAt: given.expiresAt ?? 1_999_999_999,
      },
      ...{ remote: 'https://example.org/app.git', ref: 'refs/heads/x', expectedHead: null },
      ...{ commit: 'c0'.repeat(20), changes: 'cd'.repeat(32), hunks: 'df'.repeat(32) },
    };
    const signed = { ...subject, ...given.signed };
    const subjectDigest = digestOf(suite, signed);
    const evidence = by.map((from) =>
      one.compose({
        ...{ type: 'approval.response' as const, from, to: 'node' as const, re: 'ab'.repeat(32) },
        body: {
          ...{ approval, decision: signs as 'approved', subject: signed, subjectDigest },
          ...(given.touched && { sshsig: sshsigBy(TOKEN, approvalLine(subjectDigest)) }),
        },
      }),
    );
    const body = { session, approval, tree: '7e'.repeat(20), subject, evidence: evidence as never };
    const asked = await one.hear({ type: 'evidence.request', ...toHost, body });
    const isIts = ({ event }: { event: SignedEvent }) =>
      event.tags.some(([name, value]) => name === 'e' && value === asked.id);
    return one.time.until('an answer', () => one.said('evidence.statement').find(isIts), 5000);
  };
  const answer = await ask(uuidOf(1));
  return { one, ask, ...answer.body };
};

test('a statement says who approved, under which terms, for whom: signed by the key of its log', async () => {
  const { statement, reason, one } = await answerTo({ by: ['user', 'bob'], quorum: 2 });
  expect([reason, isLogged(one.suite, statement!)]).toEqual([undefined, true]);
  const said = JSON.parse(fromUtf8(fromBase64(statement!.payload))).predicate;
  const { user, bob, runner, node } = one.actors;
  expect(said).toMatchObject({
    terms: { quorum: 2, approvers: [{ pubkey: user.pubkey }, { pubkey: bob.pubkey }] },
    requesters: [{ name: 'alice', person: 'alice', pubkey: user.pubkey }],
    decisions: [{ person: 'alice' }, { person: 'bob' }],
    runner: { name: 'r1', pubkey: runner.pubkey },
    node: { name: 'builder', pubkey: node.pubkey },
    revision: { n: 1 },
  });
});

test('that the statement is in the log is proved when the log signs a head with it, once', async () => {
  const { statement, one } = await answerTo({});
  expect(one.said('evidence.logged')).toEqual([]);
  const { body } = await one.time.until('the proof', () => one.said('evidence.logged')[0], 15 * 60_000);
  expect(body).toMatchObject({ approval: uuidOf(1), session });
  const { event } = one.said('evidence.statement')[0]!;
  const at = one.home.disk.lines.findIndex((line) => line.event.id === event.id);
  const of = { event, graph: one.graph, log: statement!.log };
  const head = readTlogProof(one.suite.sha256, body.proof, of)!;
  expect(head.size).toBeGreaterThan(at);
  expect(body.proof).toContain(`\nindex ${at}\n`);
  await one.time.pass(30 * 60_000);
  expect(one.said('evidence.logged')).toHaveLength(1);
});

test('all that one head is the first of is proved by it, and by the next what came after', async () => {
  const { one, ask } = await answerTo({});
  const told = (n: number) =>
    one.time.until(`${n} proofs`, () => one.said('evidence.logged')[n - 1], 15 * 60_000);
  await ask(uuidOf(3));
  await told(2);
  await ask(uuidOf(4));
  await ask(uuidOf(5));
  await told(4);
  const { lines } = one.home.disk;
  const heads = one.said('evidence.logged').map(({ body }) => {
    const of = one.said('evidence.statement').find(({ body: { approval } }) => approval === body.approval)!;
    const at = lines.findIndex((line) => line.event.id === of.event.id);
    expect(body.proof).toContain(`\nindex ${at}\n`);
    const wanted = { event: of.event, graph: one.graph, log: of.body.statement!.log };
    return readTlogProof(one.suite.sha256, body.proof, wanted)!.size;
  });
  expect(heads).toEqual([heads[0], heads[0], heads[2], heads[2]]);
  expect(heads[2]).toBeGreaterThan(heads[0]!);
});

test('what is stated, and signed for, while the proofs of others are made is proved too', async () => {
  const { one, ask } = await answerTo({});
  await checkpointNow(one.host);
  await ask(uuidOf(3));
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  const { send } = one.host.exchange;
  let isUnderWay = false;
  vi.spyOn(one.host.exchange, 'send').mockImplementation(async (drafts) => {
    const [draft] = typeof drafts === 'function' ? drafts() : drafts;
    if (draft && 'type' in draft && draft.type === 'evidence.logged') {
      isUnderWay = true;
      await released;
    }
    return send(drafts);
  });
  await one.time.until('a proof that is under way', () => isUnderWay || undefined, 2 * 60_000);
  await ask(uuidOf(4));
  await checkpointNow(one.host);
  release();
  const proofs = () => one.said('evidence.logged').map(({ body }) => body.approval);
  await one.time.until('all proofs', () => proofs()[2], 60 * 60_000);
  expect(proofs().sort()).toEqual([uuidOf(1), uuidOf(3), uuidOf(4)]);
});

test('of a policy that wants a touch, with one', async () => {
  expect((await answerTo({ touched: true })).reason).toBeUndefined();
});

test.each<[string, Case]>([
  ['too_few_approvals', { quorum: 2 }],
  ['too_few_approvals', { signs: 'rejected' }],
  ['too_few_approvals', { by: ['user'], eyes: true }],
  ['too_few_approvals', { by: ['stranger'] }],
  ['too_few_approvals', { signed: { attempt: 2 } }],
  ['too_few_approvals', { by: ['bob', 'bob'], quorum: 2 }],
  ['too_few_approvals', { thrownOut: true }],
  ['too_few_approvals', { expiresAt: 1 }],
  ['too_few_approvals', { touched: false }],
  ['policy_unknown', { policy: '00'.repeat(32) }],
  ['policy_unknown', { fence: 99 }],
  ['policy_unknown', { moved: true }],
  ['statement_too_large', { more: 30 }],
])('T161 %s: nothing is stated', async (reason, given) => {
  const { statement, reason: why } = await answerTo(given);
  expect([statement, why]).toEqual([undefined, reason]);
});
