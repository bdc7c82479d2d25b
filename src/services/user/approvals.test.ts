/** What a person's client checks before it signs: one row a rule, each with the one input that only this rule refuses. */
import { describe, expect, test } from 'vitest';
import { APPROVAL, BASE, fileOf, SESSION, startSingleUser } from '../../../test/sim/single-user.ts';
import { NOW, uuidOf } from '../../../test/support/world.ts';
import { utf8 } from '../../core/encoding/bytes.ts';
import type { RowOf } from '../../core/projection/rows.ts';
import type { OldContents } from '../../ports/index.ts';
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
  /** Ends in a signature where the rule is missing. */
  act(alice: Alice): Promise<unknown>;
};
const REFUSED: readonly Refused[] = [
  {
    rule: 'the change list is recomputed from the bytes that are shown',
    code: 'invalid',
    act: async (alice) => {
      await alice.askApproval({ files: fileOf('harmless\n'), shown: fileOf('harmful\n') });
      return approve(alice);
    },
  },
  {
    rule: 'the document that is shown is the one that is signed',
    code: 'invalid',
    act: async (alice) => {
      await alice.askApproval({ subject: { hunks: '00'.repeat(32) } });
      return approve(alice);
    },
  },
  {
    rule: 'what is shown of a file gives the content that is signed',
    code: 'invalid',
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
    act: async (alice) => {
      await alice.askApproval();
      alice.home.disk.blobs.clear();
      return approve(alice);
    },
  },
  {
    rule: 'the question is still the one that was shown',
    code: 'conflict',
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
  test.each(REFUSED)('$rule', async ({ code, act }) => {
    const alice = await startSingleUser();
    await expect(act(alice)).rejects.toMatchObject({ code });
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

test('a large file is recomputed where its old content is at hand, and else said not to be', async () => {
  const lines = (last: string) => utf8(`${'a line of text\n'.repeat(10_000)}${last}\n`);
  const side = (bytes: Uint8Array) => ({ mode: '100644', bytes });
  const files = [{ path: 'lock', old: side(lines('old')), new: side(lines('new')) }];
  const seen = async (contents?: OldContents) => {
    const alice = await startSingleUser();
    await alice.askApproval({ files });
    if (contents) alice.user.contents = contents;
    return showApproval(alice.user, rowOf(alice), 0);
  };
  const [unknown] = [await seen()];
  expect(unknown.files).toMatchObject([{ added: 1, removed: 1, recomputed: false }]);
  expect(unknown.diff).toContain('not recomputed here');
  const asked: string[][] = [];
  const known = await seen(async (...what) => {
    asked.push(what);
    return lines('old');
  });
  expect([known.files[0]!.recomputed, asked]).toEqual([true, [[BASE, 'lock']]]);
  expect(known.diff).not.toContain('not recomputed');
  expect((await seen(async () => lines('other'))).files[0]!.recomputed).toBe(false);
});

test('a change that comes while it is waited for is shown; its parts are asked for once', async () => {
  const alice = await startSingleUser();
  await alice.askApproval();
  const bundle = [...alice.home.disk.blobs.entries()][0]!;
  alice.home.disk.blobs.clear();
  const shown = showApproval(alice.user, rowOf(alice), 10_000);
  await alice.time.pass(1000);
  expect(alice.said('blob.get').map(({ body }) => body.sha256)).toEqual([bundle[0]]);
  alice.home.disk.blobs.set(...bundle);
  await alice.time.pass(1000);
  expect((await shown).commit).toBe('c0'.repeat(20));
});
