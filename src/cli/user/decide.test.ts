/** How a person's consent comes about: at a terminal, or by the digest of what was looked at. */
import { afterEach, describe, expect, test, vi } from 'vitest';
import { APPROVAL, SESSION, startSingleUser } from '../../../test/sim/single-user.ts';
import type { Prompt } from '../../ports/index.ts';
import { decide } from '../../services/user/approvals.ts';
import { inbox, sessionView } from '../../services/user/views.ts';
import { approveShown, rejectApproval, requestChanges } from './decide.ts';

afterEach(() => vi.unstubAllEnvs());

type Alice = Awaited<ReturnType<typeof startSingleUser>>;
const asked = async (): Promise<Alice> => {
  const alice = await startSingleUser();
  await alice.launch();
  await alice.askApproval();
  return alice;
};
const approve = (alice: Alice, subjectDigest?: string) =>
  approveShown(alice.user, APPROVAL, { subjectDigest, noInput: true });
const signed = ({ said }: Alice) => said('approval.response').map(({ body }) => body.decision);

/** A terminal at which that is typed; null: there is none. */
const promptOf = (typed: string | null) => {
  const asks: string[] = [];
  const nobody = async (): Promise<never> => Promise.reject(new Error('asked for something else'));
  const line = async (question: string) => {
    asks.push(question);
    return typed ?? nobody();
  };
  const prompt: Prompt = { interactive: typed !== null, confirm: nobody, secret: nobody, line };
  return { asks, prompt };
};
const NOBODY = promptOf(null).prompt;

describe.each([
  [
    'a rejection has a reason',
    rejectApproval,
    { question: 'why reject "write"', hint: 'give it with --reason: who launched the task reads it' },
  ],
  [
    'changes are asked for with words',
    requestChanges,
    {
      question: 'what to change in "write"',
      hint: 'give them with --message, for the agent and for who launched its task',
    },
  ],
] as const)('%s', (_what, decideWith, { question, hint }) => {
  const answered = async (reason: string | undefined, typed: string | null) => {
    const alice = await asked();
    const { asks, prompt } = promptOf(typed);
    const answer = await decideWith(alice.user, APPROVAL, reason, prompt).catch((error: unknown) => error);
    return { answer, asks, reasons: alice.said('approval.response').map(({ body }) => body.reason) };
  };

  test('that is given, and then nobody is asked', async () => {
    expect(await answered('too wide', 'no')).toMatchObject({ asks: [], reasons: ['too wide'] });
  });
  test('or is asked for at a terminal', async () => {
    expect(await answered(undefined, 'too wide')).toMatchObject({ asks: [question], reasons: ['too wide'] });
  });
  test.each([
    ['where nobody can be asked', undefined, null],
    ['of blanks', ' ', null],
    ['of blanks and a line', ' \n', null],
    ['that nobody typed', undefined, ''],
  ])('or nothing is signed: %s', async (_how, reason, typed) => {
    expect(await answered(reason, typed)).toMatchObject({ answer: { code: 'usage', hint }, reasons: [] });
  });
  test('is not asked for where it can be signed no more', async () => {
    const alice = await asked();
    await decide(alice.user, alice.home.tables.get('approvals', APPROVAL)!, 'approved');
    const { asks, prompt } = promptOf('too late');
    await expect(decideWith(alice.user, APPROVAL, undefined, prompt)).rejects.toMatchObject({
      code: 'conflict',
    });
    expect(asks).toEqual([]);
  });
});

test('ENTANGLE_YES signs nothing, and neither does a settings file: somebody looks, or names a digest', async () => {
  vi.stubEnv('ENTANGLE_YES', '1');
  const alice = await asked();
  await expect(approve(alice)).rejects.toMatchObject({
    code: 'usage',
    hint: `name what you looked at with --subject-digest: \`entangle user show ${APPROVAL}\` prints it`,
  });
  expect(signed(alice)).toEqual([]);
});

test('the digest of another subject signs nothing', async () => {
  const alice = await asked();
  await expect(approve(alice, `sha256:${'5d'.repeat(32)}`)).rejects.toMatchObject({ code: 'conflict' });
  expect(signed(alice)).toEqual([]);
});

test('the digest that the lists give beside the session signs that one', async () => {
  const alice = await asked();
  const item = inbox(alice.home, false).items.find(({ what }) => what === 'approval');
  if (item?.what !== 'approval') throw new Error('no approval waits');
  expect(item.session).toBe(SESSION);
  const session = sessionView(alice.home, alice.home.tables.get('sessions', SESSION)!);
  expect(session.approvals).toEqual([
    {
      ...{ id: APPROVAL, operation: 'source.publish', state: 'pending', session: SESSION },
      subjectDigest: item.subjectDigest,
    },
  ]);
  expect(await approve(alice, item.subjectDigest)).toMatchObject({ subjectDigest: item.subjectDigest });
  expect(signed(alice)).toEqual(['approved']);
});

test('changes of a command are refused before anybody is asked for words', async () => {
  const alice = await startSingleUser();
  await alice.launch();
  await alice.askCall();
  const { asks, prompt } = promptOf('another one');
  await expect(requestChanges(alice.user, APPROVAL, undefined, prompt)).rejects.toMatchObject({
    code: 'usage',
    message: expect.stringContaining('changes are asked of a commit'),
  });
  expect([asks, signed(alice)]).toEqual([[], []]);
});

test('changes are asked for with words, about what the approval asks; then it waits for this person no more', async () => {
  const alice = await asked();
  const decided = await requestChanges(alice.user, APPROVAL, 'rename it', NOBODY);
  expect(decided).toMatchObject({ approval: APPROVAL, decision: 'changes_wanted', session: SESSION });
  expect(alice.said('approval.response')[0]!.body).toMatchObject({ reason: 'rename it' });
  expect(inbox(alice.home, false).items.filter((one) => one.what === 'approval')).toEqual([]);
  await expect(approve(alice)).rejects.toMatchObject({
    message: 'you already asked for changes of it; a decision cannot be changed',
  });
});

test.each([
  ['words after none', '', 'rename it'],
  ['more words', 'rename it', 'rename it and more'],
  ['other words', 'rename it', 'no'],
])(
  'a decision stands with its words: %s are refused, and the same again is not',
  async (_what, first, then) => {
    const alice = await asked();
    const decideSo = (reason: string) =>
      decide(alice.user, alice.home.tables.get('approvals', APPROVAL)!, 'rejected', { reason });
    await decideSo(first);
    await expect(decideSo(then)).rejects.toMatchObject({
      code: 'conflict',
      message: 'you already rejected it, with other words',
    });
    await decideSo(first);
    await decideSo('');
    expect(alice.said('approval.response')).toHaveLength(1);
  },
);

test('words that do not fit beside the task are refused before anything is signed', async () => {
  const alice = await startSingleUser();
  await alice.launch();
  await alice.askApproval({ task: 't'.repeat(60_000) });
  await expect(requestChanges(alice.user, APPROVAL, 'w'.repeat(6_000), NOBODY)).rejects.toMatchObject({
    code: 'usage',
    message: expect.stringContaining('leave room for 5416 bytes, these are 6000'),
  });
  expect(signed(alice)).toEqual([]);
});

test('what is decided is said to be, also where nobody could be asked', async () => {
  const alice = await asked();
  await decide(alice.user, alice.home.tables.get('approvals', APPROVAL)!, 'rejected');
  await expect(approve(alice)).rejects.toMatchObject({
    code: 'conflict',
    message: expect.stringContaining('you already rejected it'),
  });
});
