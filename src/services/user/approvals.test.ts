/** What a person's client checks before it signs: one row a rule, each with the one input that only this rule refuses. */

import { describe, expect, test } from 'vitest';
import { APPROVAL, fileOf, SESSION, startSingleUser } from '../../../test/sim/single-user.ts';
import { ofPublish } from '../../../test/support/published.ts';
import { NOW, uuidOf } from '../../../test/support/world.ts';
import type { RowOf } from '../../core/projection/rows.ts';
import { showApproval } from './approval-view.ts';
import { decide } from './approvals.ts';

type Alice = Awaited<ReturnType<typeof startSingleUser>>;
const rowOf = ({ home }: Alice): RowOf<'approvals'> => home.tables.get('approvals', APPROVAL)!;
/** What `user approve` does: shows from the bytes, then signs what was shown. */
const approve = async (alice: Alice) => {
  const view = await showApproval(alice.user, rowOf(alice), 0);
  return decide(alice.user, rowOf(alice), 'approved', { shown: view.subjectDigest, request: view.request });
};
/** The task and what stands around the words are given to the agent with them, as one text. */
const ROOM = 65_536 - 120;
const wish = (alice: Alice, reason: string) =>
  alice.time.finish('the wish', decide(alice.user, rowOf(alice), 'changes_wanted', { reason }));
/** The node says how it ended. */
const close = async (alice: Alice, state: 'withdrawn' | 'superseded') => {
  const { subjectDigest, event } = await alice.askApproval();
  const body = { approval: APPROVAL, session: SESSION, state, subjectDigest };
  await alice.hear({ type: 'approval.closed', from: 'node', to: 'user', re: event.id, body });
};
const signed = ({ said }: Alice) => said('approval.response').map(({ body }) => body);

type Refused = {
  rule: string;
  code: string;
  /** Where it says more than the rule. */
  message?: string;
  /** What to do about it, where there is something. */
  hint?: string;
  /** Ends in a signature where the rule is missing. */
  act(alice: Alice): Promise<unknown>;
};
const REFUSED: readonly Refused[] = [
  {
    rule: 'the change list is recomputed from the bytes that are shown',
    code: 'invalid',
    hint: 'reject it: `entangle user reject`',
    act: async (alice) => {
      await alice.askApproval({ files: fileOf('harmless\n'), shown: fileOf('harmful\n') });
      return approve(alice);
    },
  },
  {
    rule: 'the document that is shown is the one that is signed',
    code: 'invalid',
    hint: 'reject it: `entangle user reject`',
    act: async (alice) => {
      await alice.askApproval({ subject: { hunks: '00'.repeat(32) } });
      return approve(alice);
    },
  },
  {
    rule: 'what is shown of a file gives the content that is signed',
    code: 'invalid',
    hint: 'reject it: `entangle user reject`',
    act: async (alice) => {
      await alice.askApproval({ lie: (files) => files.map((file) => ({ ...file, hunks: [] })) });
      return approve(alice);
    },
  },
  {
    rule: 'a text that the sizes have room for is shown',
    code: 'invalid',
    hint: 'reject it: `entangle user reject`',
    act: async (alice) => {
      await alice.askApproval({
        lie: (files) => files.map((file) => ({ ...file, as: 'too_long', hunks: [] })),
      });
      return approve(alice);
    },
  },
  {
    rule: 'the bytes are those of the blob that was named',
    code: 'invalid',
    act: async (alice) => {
      await alice.askApproval({ diff: 'ab'.repeat(32) });
      return approve(alice);
    },
  },
  {
    rule: 'nothing is shown, and so nothing signed, before the bytes are here',
    code: 'unavailable',
    hint: 'try again when the runner is online',
    act: async (alice) => {
      await alice.askApproval();
      alice.home.disk.blobs.clear();
      return approve(alice);
    },
  },
  {
    rule: 'the question is still the one that was shown',
    code: 'conflict',
    hint: `see what it asks for: \`entangle user show ${APPROVAL}\``,
    act: async (alice) => {
      await alice.askApproval();
      return decide(alice.user, rowOf(alice), 'approved', { shown: `sha256:${'00'.repeat(32)}` });
    },
  },
  {
    rule: 'it was put to this person',
    code: 'not_found',
    act: async (alice) => {
      await alice.askApproval();
      return decide(alice.user, { ...rowOf(alice), id: uuidOf(0xbb) }, 'approved');
    },
  },
  {
    rule: 'the node that asked runs under another key by now',
    code: 'conflict',
    hint: 'wait for the approval of the new attempt: `entangle user inbox`',
    act: async (alice) => {
      await alice.askApproval();
      await alice.hearRoutes({ alice: 'user', bob: 'bob', builder: 'peer' });
      // Only what is still a peer can be written to: the send's own check would refuse it, and less clearly.
      return decide(alice.user, rowOf(alice), 'approved');
    },
  },
  {
    rule: 'somebody runs the node that asked',
    code: 'conflict',
    message: 'nobody runs builder now; what its last key asked for is void',
    hint: 'ask whoever runs the Host why: `entangle host assignment list` says it there; whoever runs it next asks anew',
    act: async (alice) => {
      await alice.askApproval();
      await alice.hearRoutes({ alice: 'user', bob: 'bob' } as never);
      return decide(alice.user, rowOf(alice), 'approved');
    },
  },
  {
    rule: 'it is still open',
    code: 'conflict',
    act: async (alice) => {
      await close(alice, 'withdrawn');
      return decide(alice.user, rowOf(alice), 'approved');
    },
  },
  {
    rule: 'nobody wanted changes of it: the next one will ask anew',
    code: 'conflict',
    hint: 'wait for what comes of the changes: it asks anew, see `entangle user inbox`',
    act: async (alice) => {
      await close(alice, 'superseded');
      return decide(alice.user, rowOf(alice), 'approved');
    },
  },
  ...[
    { task: 'write', words: 'x'.repeat(ROOM - 4), left: ROOM - 5 },
    { task: 'é'.repeat(200), words: 'é'.repeat(ROOM / 2 - 199), left: ROOM - 400 },
    { task: 'é'.repeat(30_000), words: 'x'.repeat(ROOM - 59_999), left: ROOM - 60_000 },
    { task: 'x'.repeat(65_500), words: 'x', left: 0 },
  ].map(({ task, words, left }) => ({
    rule: `the words about a task of ${Buffer.byteLength(task)} bytes have at most ${left}: else no agent would get them`,
    code: 'usage',
    message: `the task and the words so far leave room for ${left} bytes, these are ${Buffer.byteLength(words)}`,
    hint: 'shorten them, or put the details into a file of the repository',
    act: async (alice: Alice) => {
      await alice.askApproval({ task });
      return wish(alice, words);
    },
  })),
  {
    rule: 'it has not expired, not even in this second',
    code: 'conflict',
    act: async (alice) => {
      await alice.askApproval({ subject: { expiresAt: NOW } });
      return decide(alice.user, rowOf(alice), 'approved');
    },
  },
];

describe('a client signs an approval only where', () => {
  test.each(REFUSED)('$rule', async ({ code, message = expect.any(String), hint, act }) => {
    const alice = await startSingleUser();
    await expect(act(alice)).rejects.toMatchObject({ code, message, hint });
    expect(signed(alice)).toEqual([]);
  });

  test('nothing objects: to who asked, about the subject and the bytes that were shown', async () => {
    const alice = await startSingleUser();
    const { subjectDigest, event } = await alice.askApproval({ subject: { expiresAt: NOW + 1 } });
    expect(await showApproval(alice.user, rowOf(alice), 0)).toMatchObject({
      node: 'builder',
      diff: expect.stringContaining('+hello'),
      files: [{ path: 'README.md', added: 1, removed: 0, shown: 'hunks', recomputed: true, old: null }],
      bytes: 6,
      decision: null,
    });
    expect(await approve(alice)).toMatchObject({ subjectDigest: `sha256:${subjectDigest}` });
    expect(alice.said('approval.response')).toMatchObject([
      { to: alice.actors.node.pubkey, body: { approval: APPROVAL, decision: 'approved', subjectDigest } },
    ]);
    expect(alice.said('approval.response')[0]!.event.tags).toContainEqual(['e', event.id]);
  });

  test('this person has not decided otherwise; the same again is the one before', async () => {
    const alice = await startSingleUser();
    await alice.askApproval();
    await approve(alice);
    await expect(decide(alice.user, rowOf(alice), 'rejected')).rejects.toMatchObject({ code: 'conflict' });
    await approve(alice);
    expect(signed(alice)).toMatchObject([{ decision: 'approved' }]);
  });
});

test('that there was one before in its session is told, with what this person wanted of that one', async () => {
  const alice = await startSingleUser();
  const shownOf = async (approval: string) =>
    ofPublish(await showApproval(alice.user, alice.home.tables.get('approvals', approval)!, 0)).again;
  await alice.askApproval();
  const [second, third, other] = [uuidOf(0xb2), uuidOf(0xb4), uuidOf(0xb5)] as const;
  expect(await shownOf(APPROVAL)).toBeNull();
  await wish(alice, 'keep the column');
  await alice.askApproval({ approval: other, session: uuidOf(0xb3) });
  await alice.askApproval({ approval: second });
  await alice.askApproval({ approval: third });
  expect(await shownOf(APPROVAL)).toBeNull();
  expect(await shownOf(second)).toEqual({ count: 2, words: 'keep the column' });
  expect(await shownOf(third)).toEqual({ count: 3, words: 'keep the column' });
  expect(await shownOf(other)).toBeNull();
});

describe('the words of a decision', () => {
  test.each([
    ['a short task', 'write', 'x'.repeat(ROOM - 5)],
    ['a long one', 'é'.repeat(30_000), 'x'.repeat(ROOM - 60_000)],
  ])('that ask for changes have all the room that is left beside %s', async (_what, task, words) => {
    const alice = await startSingleUser();
    await alice.askApproval({ task });
    await wish(alice, words);
    expect(signed(alice)).toMatchObject([{ decision: 'changes_wanted', whole: { size: words.length } }]);
  });

  test('that reject go to no agent, and need no room beside the task', async () => {
    const alice = await startSingleUser();
    await alice.askApproval({ task: 'x'.repeat(65_500) });
    const reason = 'not this way: '.repeat(10);
    await decide(alice.user, rowOf(alice), 'rejected', { reason });
    expect(signed(alice)).toMatchObject([{ decision: 'rejected', reason }]);
  });

  const LONG = 'the same beginning '.repeat(100);
  test.each([
    ['a short reason', 'no', ['no', undefined], ['no!', LONG]],
    ['a long one', LONG, [LONG, undefined], ['no', `${LONG}and another end`, LONG.slice(0, 300)]],
  ])(
    'stand: after %s others are refused, the same ones and none are not',
    async (_what, first, same, others) => {
      const alice = await startSingleUser();
      await alice.askApproval();
      const reject = (reason?: string) =>
        alice.time.finish('the answer', decide(alice.user, rowOf(alice), 'rejected', { reason }));
      await reject(first);
      for (const reason of same) await reject(reason);
      for (const reason of others)
        await expect(reject(reason)).rejects.toMatchObject({
          code: 'conflict',
          message: 'you already rejected it, with other words',
          hint: 'wait for what comes of it: `entangle user inbox`',
        });
      expect(signed(alice)).toHaveLength(1);
    },
  );

  test.each([
    ['decisions', 'approved', 'yes', 'you already rejected it; a decision cannot be changed'],
    ['words', 'rejected', 'not so', 'you already rejected it, with other words'],
  ] as const)(
    'of two %s that were begun together one is signed, the other refused',
    async (_what, decision, reason, message) => {
      const alice = await startSingleUser();
      await alice.askApproval();
      const both = await alice.time.finish(
        'both',
        Promise.allSettled([
          decide(alice.user, rowOf(alice), 'rejected', { reason: 'no' }),
          decide(alice.user, rowOf(alice), decision, { reason }),
        ]),
      );
      expect(
        both.map((one) => (one.status === 'rejected' ? one.reason.message : one.value.decision)),
      ).toEqual(['rejected', message]);
      expect(signed(alice)).toMatchObject([{ decision: 'rejected', reason: 'no' }]);
    },
  );

  test('that were never given do not stand against none', async () => {
    const alice = await startSingleUser();
    await alice.askApproval();
    await approve(alice);
    await approve(alice);
    await expect(decide(alice.user, rowOf(alice), 'approved', { reason: 'fine' })).rejects.toMatchObject({
      message: 'you already approved it, with other words',
    });
  });
});
