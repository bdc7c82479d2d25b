/** Which requests ask for the same, and that one decision about them is signed for each, or for none. */
import { describe, expect, test } from 'vitest';
import { type Question, SESSION, startSingleUser } from '../../../test/sim/single-user.ts';
import { NOW, uuidOf } from '../../../test/support/world.ts';
import { isAlike } from './alike.ts';
import { showApproval } from './approval-view.ts';
import { decideAll } from './approvals.ts';
import { liveView } from './live.ts';

const OTHER = uuidOf(0xb1);
const [ONE, TWO, THREE] = [uuidOf(0xc1), uuidOf(0xc2), uuidOf(0xc3)] as const;

const begin = async (second: Question = {}) => {
  const alice = await startSingleUser();
  await alice.askApproval({ approval: ONE });
  const commit = 'c1'.repeat(20);
  const differs = { approval: TWO, session: OTHER, ...second };
  await alice.askApproval({
    ...differs,
    subject: { commit, expiresAt: NOW + 1800, attempt: 2, fence: 7, ...second.subject },
  });
  const rowOf = (id: string) => alice.home.tables.get('approvals', id)!;
  const viewOf = (id: string) => showApproval(alice.user, rowOf(id), 0);
  return { alice, rowOf, viewOf, alike: () => liveView(alice.user).alike };
};

describe('requests ask for the same', () => {
  test('where they differ only in what they are called and when they expire', async () => {
    const { alice, viewOf, alike } = await begin();
    expect(alike()).toEqual([[ONE, TWO]]);
    expect(isAlike(await viewOf(ONE), await viewOf(TWO))).toBe(true);
    await alice.askApproval({ approval: THREE, session: SESSION });
    expect(alike()).toEqual([[ONE, TWO, THREE]]);
  });

  test.each<[string, Question]>([
    [
      'another change',
      { files: [{ path: 'x', old: null, new: { mode: '100644', bytes: new Uint8Array(1) } }] },
    ],
    ['another task', { task: 'erase' }],
    ['another remote', { subject: { remote: 'file:///elsewhere' } }],
    ['another path', { path: ['bob', 'builder'] }],
  ])('and in a list not with %s', async (_, second) => {
    const { viewOf, alike } = await begin(second);
    expect(alike()).toEqual([]);
    expect(isAlike(await viewOf(ONE), await viewOf(TWO))).toBe(false);
  });

  test.each<[string, Question]>([
    ['another branch', { subject: { ref: 'refs/heads/main' } }],
    ['another policy', { subject: { policy: '71'.repeat(32) } }],
    ['another expected head', { subject: { expectedHead: 'ba'.repeat(20) } }],
    ['the rest of a task', { task: 'write\nand erase' }],
  ])('and not with %s, which shows when they are opened', async (_, second) => {
    const { viewOf } = await begin(second);
    expect(isAlike(await viewOf(ONE), await viewOf(TWO))).toBe(false);
  });
});

describe('one decision about them', () => {
  const seenOf = async ({ viewOf, rowOf }: Awaited<ReturnType<typeof begin>>) =>
    Promise.all(
      [ONE, TWO].map(async (id) => {
        const { subjectDigest: shown, request } = await viewOf(id);
        return { approval: rowOf(id), shown, request };
      }),
    );
  const responses = ({ alice }: Awaited<ReturnType<typeof begin>>) =>
    alice.said('approval.response').map(({ body }) => [body.approval, body.subjectDigest]);

  test('is signed for each, of its own subject', async () => {
    const one = await begin();
    const wanted = await seenOf(one);
    const decided = await decideAll(one.alice.user, wanted, 'approved');
    expect(decided.map(({ approval, subjectDigest }) => [approval, subjectDigest])).toEqual(
      wanted.map(({ approval, shown }) => [approval.id, shown]),
    );
    expect(responses(one)).toEqual(wanted.map(({ approval }) => [approval.id, `${approval.subject}`]));
    expect(new Set(wanted.map(({ shown }) => shown)).size).toBe(2);
  });

  test('is signed for none where one of them is closed meanwhile', async () => {
    const one = await begin();
    const wanted = await seenOf(one);
    const asked = one.alice.home.tables.get('approval_requests', TWO, one.alice.actors.user.pubkey)!;
    const body = {
      approval: TWO,
      session: OTHER,
      state: 'withdrawn' as const,
      subjectDigest: one.rowOf(TWO).subject,
    };
    await one.alice.hear({ type: 'approval.closed', from: 'node', to: 'user', re: asked.message, body });
    await expect(decideAll(one.alice.user, wanted, 'approved')).rejects.toMatchObject({ code: 'conflict' });
    expect(responses(one)).toEqual([]);
  });

  test('is signed for none where one of them is another than was shown, or has expired', async () => {
    const one = await begin();
    const [first, second] = await seenOf(one);
    const other = { ...second!, request: 'ab'.repeat(32) };
    await expect(decideAll(one.alice.user, [first!, other], 'approved')).rejects.toThrow(/something else/);
    await one.alice.time.pass(1_900_000);
    await expect(decideAll(one.alice.user, [first!, second!], 'approved')).rejects.toThrow(/expired/);
    expect(responses(one)).toEqual([]);
  });
});
