/** What a person's client checks before it signs: one row a rule, each with the one input that only this rule refuses. */
import { describe, expect, test } from 'vitest';
import { APPROVAL, fileOf, SESSION, startSingleUser } from '../../../test/sim/single-user.ts';
import { NOW, uuidOf } from '../../../test/support/world.ts';
import type { RowOf } from '../../core/projection/rows.ts';
import { decide, showApproval } from './approvals.ts';

type Alice = Awaited<ReturnType<typeof startSingleUser>>;
const rowOf = ({ home }: Alice): RowOf<'approvals'> => home.tables.get('approvals', APPROVAL)!;
/** What `user approve` does: shows from the bytes, then signs what was shown. */
const approve = async (alice: Alice) => {
  const view = await showApproval(alice.user, rowOf(alice), 0);
  return decide(alice.user, rowOf(alice), 'approved', { shown: view.subjectDigest });
};
const signed = ({ said }: Alice) => said('approval.response').map(({ body }) => body);

type Refused = {
  rule: string;
  code: string;
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
    rule: 'it is still open',
    code: 'conflict',
    act: async (alice) => {
      const { subjectDigest, event } = await alice.askApproval();
      const body = { approval: APPROVAL, session: SESSION, state: 'withdrawn' as const, subjectDigest };
      await alice.hear({ type: 'approval.closed', from: 'node', to: 'user', re: event.id, body });
      return decide(alice.user, rowOf(alice), 'approved');
    },
  },
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
  test.each(REFUSED)('$rule', async ({ code, hint, act }) => {
    const alice = await startSingleUser();
    await expect(act(alice)).rejects.toMatchObject({ code, hint });
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
