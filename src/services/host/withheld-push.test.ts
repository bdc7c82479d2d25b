/** For which publications the Host grants what a git principal withholds, and as what alone. */
import { expect, test } from 'vitest';
import { graphOf } from '../../../test/sim/single-home.ts';
import { HOST_GRAPH, type SingleHost, startSingleHost } from '../../../test/sim/single-host.ts';
import { termsIn } from '../../../test/support/attested.ts';
import { sshsigBy, testSshKey } from '../../../test/support/ssh-token.ts';
import { type Name, uuidOf } from '../../../test/support/world.ts';
import { conversationKey, decrypt } from '../../core/crypto/nip44.ts';
import { writeSshPrivateKey } from '../../core/crypto/ssh-private-key.ts';
import { fromBase64, fromHex, toBase64, toHex, utf8 } from '../../core/encoding/bytes.ts';
import { digestOf } from '../../core/encoding/canonical.ts';
import { approvalLine } from '../../core/evidence/touch.ts';
import { policyDigest } from '../../core/graph/approvals.ts';
import type { PublishSubject } from '../../core/protocol/messages/publish-subject.ts';
import type { BodyOf } from '../../core/protocol/table.ts';
import { type PrincipalFacts, readCredential } from '../../core/source/principal.ts';
import type { SecretDenial } from '../../core/vocabulary.ts';
import { setPrincipal } from './principals.ts';
import { listSecrets, setSecret } from './secrets.ts';

const OWN = new Uint8Array(32).fill(7);
const REPOSITORY = 'https://git.example.org/app.git';
const SSH_REPOSITORY = 'ssh://git@git.example.org/app.git';
const TOKEN = testSshKey();
const keyOf = (seed: number) => writeSshPrivateKey(new Uint8Array(32).fill(seed), 'bot', new Uint8Array(4));
const FACTS: PrincipalFacts = {
  ...{ author: 'Bot <bot@example.com>', ssh: 'bot-key', knownHosts: null },
  https: { secret: 'reads', host: 'git.example.org', user: null },
  push: { secret: 'pushes', scheme: 'https' },
};
const SECRETS = { 'bot-key': keyOf(9), reads: 'tok-reads', pushes: 'tok-pushes', 'push-key': keyOf(11) };
const keep = ({ host }: SingleHost, name: string, value: string) =>
  setSecret(host, { name, value: toBase64(utf8(value)) }, 'op');
const [approval, session] = [uuidOf(1), uuidOf(2)];

type Given = {
  quorum?: number;
  eyes?: boolean;
  touch?: boolean;
  repository?: string;
  facts?: Partial<PrincipalFacts>;
  /** Whether who launched its session was pruned since. */
  isPruned?: boolean;
};
const textOf = ({ quorum = 1, eyes = false, touch = false, repository = REPOSITORY }: Given) =>
  HOST_GRAPH.replace(
    'policy: { sandbox: none }',
    `workspace: { repository: "${repository}", base: main, principal: bot }
    policy: { sandbox: none, approval: { source.publish: { by: [alice, bob], quorum: ${quorum}, ${touch ? 'assurance: touch, ' : ''}four_eyes: ${eyes} } } }`,
  )
    .replace('edges: [', 'edges: [alice approves builder, bob approves builder, ')
    .replace('$bob', touch ? `$bob, ssh: ["${TOKEN.line}"]` : '$bob');

const start = async (given: Given = {}) => {
  const one = await startSingleHost();
  for (const [name, value] of Object.entries(SECRETS)) await keep(one, name, value);
  const facts = { ...FACTS, ...given.facts };
  await setPrincipal(one.host, { name: 'bot', facts }, 'op');
  const text = textOf(given);
  await one.apply(text);
  await one.addRunner('runner', 'r1');
  await one.time.until('an offer', () => one.offers()[0], 5000);
  await one.accept(one.offers()[0]!);
  const { assignment, fence } = one.offers()[0]!.body;
  await one.heartbeat('runner', [{ assignment, fence }]);
  const { suite, actors } = one;
  const budget = { hops: 8, turns: 5, path: ['alice'] };
  const task = { session, attempt: 1, task: 'mend it', budget };
  const launched = one.compose({ type: 'task.request', from: 'user', to: 'node', body: task });
  const move = { session, attempt: 1, step: 1, state: 'accepted' as const };
  const seen = { ...move, node: 'builder', requester: actors.user.pubkey, evidence: [launched as never] };
  const { id } = await one.hear({ type: 'session.observed', from: 'runner', to: 'host', body: seen });
  if (given.isPruned)
    for (const line of one.home.disk.lines)
      if (line.event.id === id) line.event = { ...line.event, content: '' };
  const policy = policyDigest(termsIn(graphOf(one, text)), (words) => toHex(suite.sha256(utf8(words))));
  const subject: PublishSubject = {
    ...{ domain: 'entangle/subject/1', graph: one.graph, policy, approval, session, attempt: 1, fence },
    ...{ operation: 'source.publish', expiresAt: 1_999_999_999, remote: given.repository ?? REPOSITORY },
    ...{ ref: `refs/heads/entangle/builder/${session}`, expectedHead: null },
    ...{ commit: 'c0'.repeat(20), changes: 'cd'.repeat(32), hunks: 'df'.repeat(32) },
  };
  const key = toHex(suite.publicKey(OWN));
  const approve = (from: Name, of = subject, more: object = {}) =>
    one.compose({
      ...{ type: 'approval.response' as const, from, to: 'node' as const, re: 'ab'.repeat(32) },
      body: {
        approval: of.approval,
        decision: 'approved' as const,
        subject: of,
        subjectDigest: digestOf(suite, of),
        ...more,
      },
    });
  const ask = async (publish: BodyOf<'secret.request'>['publish'] | null) => {
    await one.heartbeat('runner', [{ assignment, fence }]);
    const body = { assignment, fence, name: 'bot', key, principal: true as const };
    const { id } = await one.hear({
      ...{ type: 'secret.request', from: 'runner', to: 'host' },
      body: { ...body, ...(publish && { publish }) },
    });
    await one.time.pass(1000);
    return answerTo(one, id);
  };
  return { one, subject, approve, ask };
};
type Started = Awaited<ReturnType<typeof start>>;
/** What the Host said to the request with this id. */
const answerTo = (one: SingleHost, id: string) => {
  const { reason } = one.home.tables.get('secret_requests', id)!;
  const grant = one.said('secret.grant').find(({ event }) => event.tags.some((tag) => tag[1] === id));
  if (!grant) return { reason, holds: undefined, credential: null };
  const { key, box, holds } = grant.body;
  const pair = conversationKey(one.suite, OWN, fromHex(key), new Uint8Array(32).fill(1));
  return { reason, holds, credential: readCredential(fromBase64(decrypt(one.suite, pair, box))) };
};
/** Who is approved by bob alone, as it stands. */
const publication = ({ approve, subject }: Started, changes: Partial<PublishSubject> = {}) => {
  const signed = { ...subject, ...changes };
  return { subject: signed, evidence: [approve('bob', signed) as never] };
};

test('T187 a turn has what reads; an approved publication has what pushes, and the record says so', async () => {
  const started = await start();
  const { one, ask } = started;
  expect(await ask(null)).toMatchObject({
    credential: { withheld: true, token: { value: 'tok-reads' }, sshKey: SECRETS['bot-key'] },
  });
  const granted = await ask(publication(started));
  expect(granted.credential).toMatchObject({ token: { value: 'tok-pushes' }, sshKey: SECRETS['bot-key'] });
  expect(granted.credential).not.toHaveProperty('withheld');
  expect(granted.holds?.map(({ name }) => name)).toEqual(['bot-key', 'pushes']);
  const given = listSecrets(one.host).items.find(({ name }) => name === 'pushes')!;
  expect(given.grants.map(({ runner }) => runner)).toEqual(['r1']);
});

test('over ssh it is a key, in place of the one that reads and signs', async () => {
  const started = await start({
    repository: SSH_REPOSITORY,
    facts: { push: { secret: 'push-key', scheme: 'ssh' } },
  });
  expect(await started.ask(null)).toMatchObject({
    credential: { withheld: true, sshKey: SECRETS['bot-key'] },
  });
  const { credential, holds } = await started.ask(publication(started));
  expect([credential?.sshKey, credential?.token]).toEqual([SECRETS['push-key'], null]);
  expect(holds?.map(({ name }) => name)).toEqual(['push-key']);
});

test.each<[string, Given]>([
  ['over ssh, where its repository is on https', { facts: { push: { secret: 'push-key', scheme: 'ssh' } } }],
  ['of another host', { facts: { https: { secret: 'reads', host: 'elsewhere.example.org', user: null } } }],
])(
  'what pushes %s is granted for no publication, and nothing is said to be withheld',
  async (_where, given) => {
    const started = await start(given);
    const { credential, holds } = await started.ask(publication(started));
    expect(credential).not.toHaveProperty('withheld');
    expect(holds?.map(({ name }) => name)).not.toContain(
      started.one.home.tables.get('principals', 'bot')!.facts!.push!.secret,
    );
  },
);

type Refused = Given & {
  claim?: Partial<PublishSubject>;
  by?: (started: Started, subject: PublishSubject) => unknown[];
  before?: (started: Started) => Promise<unknown>;
};
const REFUSED: [SecretDenial, string, Refused][] = [
  [
    'wrong_subject',
    'of another session',
    { claim: { session: uuidOf(9), ref: `refs/heads/entangle/builder/${uuidOf(9)}` } },
  ],
  ['wrong_subject', 'of another fence', { claim: { fence: 99 } }],
  ['wrong_subject', 'of another graph', { claim: { graph: `${'ab'.repeat(32)}/acme` } }],
  ['wrong_subject', 'to another repository', { claim: { remote: 'https://git.example.org/other.git' } }],
  ['wrong_subject', 'to another branch', { claim: { ref: 'refs/heads/main' } }],
  ['approval_over', 'after its time', { claim: { expiresAt: 1 } }],
  [
    'approval_over',
    'that ended otherwise',
    {
      before: ({ one, subject }) =>
        one.hear({
          ...{ type: 'approval.observed', from: 'runner', to: 'host' },
          body: {
            ...{ approval, session, operation: 'source.publish', state: 'withdrawn', evidence: [] },
            subjectDigest: digestOf(one.suite, subject),
          },
        }),
    },
  ],
  ['policy_unknown', 'under no policy of the graph', { claim: { policy: '00'.repeat(32) } }],
  [
    'policy_unknown',
    'under the policy of a revision before',
    { before: ({ one }) => one.apply(textOf({ quorum: 2 })) },
  ],
  ['too_few_approvals', 'by nobody', { by: () => [] }],
  ['too_few_approvals', 'by one of two', { quorum: 2 }],
  ['too_few_approvals', 'by a stranger', { by: ({ approve }, subject) => [approve('stranger', subject)] }],
  [
    'too_few_approvals',
    'by one person twice',
    { quorum: 2, by: ({ approve }, subject) => [approve('bob', subject), approve('bob', subject)] },
  ],
  [
    'too_few_approvals',
    'of another commit',
    { by: ({ approve }, subject) => [approve('bob', { ...subject, commit: 'c1'.repeat(20) })] },
  ],
  [
    'too_few_approvals',
    'that was rejected',
    { by: ({ approve }, subject) => [approve('bob', subject, { decision: 'rejected' })] },
  ],
  [
    'too_few_approvals',
    'by who launched it, under four eyes',
    { eyes: true, by: ({ approve }, subject) => [approve('user', subject)] },
  ],
  ['too_few_approvals', 'without the touch that its policy wants', { touch: true }],
  [
    'requester_unknown',
    'of which who launched it was pruned, under four eyes',
    { eyes: true, isPruned: true },
  ],
];
test.each(REFUSED)('T187 %s: a publication %s', async (reason, _what, given) => {
  const started = await start(given);
  await given.before?.(started);
  const subject = { ...started.subject, ...given.claim };
  const evidence = (given.by?.(started, subject) ?? [started.approve('bob', subject)]) as never;
  const answer = await started.ask({ subject, evidence });
  expect(answer).toMatchObject({ reason, credential: null });
  expect(JSON.stringify(started.one.home.disk.lines)).not.toContain('tok-pushes');
});

test.each<[string, Given, (started: Started) => unknown[]]>([
  ['two of two', { quorum: 2 }, ({ approve }) => [approve('user'), approve('bob')]],
  ['another than launched it', { eyes: true }, ({ approve }) => [approve('bob')]],
  [
    'a touch',
    { touch: true },
    ({ approve, subject, one }) => {
      const line = approvalLine(digestOf(one.suite, subject));
      return [approve('bob', subject, { sshsig: sshsigBy(TOKEN, line) })];
    },
  ],
])('it is granted with %s', async (_with, given, by) => {
  const started = await start(given);
  const evidence = by(started) as never;
  expect((await started.ask({ subject: started.subject, evidence })).reason).toBeNull();
});

test('T187 once granted it is granted as that alone: the same again, and neither another commit nor a newer value', async () => {
  const started = await start();
  const { one, ask, subject } = started;
  expect((await ask({ subject, evidence: [] })).reason).toBe('too_few_approvals');
  expect((await ask(publication(started))).reason).toBeNull();
  // What a kill cut off, or the evidence beside it, also after its time
  expect((await ask(publication(started))).credential?.token?.value).toBe('tok-pushes');
  expect((await ask(publication(started, { commit: 'c1'.repeat(20) }))).reason).toBe('already_granted');
  await keep(one, 'pushes', 'tok-newer');
  expect((await ask(publication(started))).reason).toBe('already_granted');
  expect((await ask(publication(started, { approval: uuidOf(3) }))).credential?.token?.value).toBe(
    'tok-newer',
  );
});

test('T187 what was granted to one runner is granted to no other for the same approval', async () => {
  const started = await start();
  const { one, ask } = started;
  expect((await ask(publication(started))).reason).toBeNull();
  const [row] = one.home.tables.list('secret_requests');
  // As if another runner had it: the fence of a move would be another one, and is refused by itself
  one.home.tables.put('secret_requests', { ...row!, runner: one.actors.runner2.pubkey });
  expect((await ask(publication(started))).reason).toBe('already_granted');
});
