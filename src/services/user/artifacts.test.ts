/** What `user artifact diff` and `show` tell of a session, an artifact or an approval. */
import { describe, expect, test } from 'vitest';
import { artifactOf, COMMIT, startSingleSession } from '../../../test/sim/single-session.ts';
import { APPROVAL, fileOf, SESSION } from '../../../test/sim/single-user.ts';
import { uuidOf } from '../../../test/support/world.ts';
import { decide } from './approvals.ts';
import { diffOfSession, showArtifact } from './artifacts.ts';

const OTHER_SESSION = uuidOf(0xb1);
const LATER = uuidOf(0xb2);
/** Two sessions with a question each, and a published branch of the first. */
const published = async () => {
  const one = await startSingleSession();
  const { alice } = one;
  await alice.askApproval();
  await alice.launch('user', OTHER_SESSION);
  await alice.askApproval({ approval: LATER, session: OTHER_SESSION, files: fileOf('other\n') });
  await one.hearArtifact(1, COMMIT);
  return one;
};

describe('the change is', () => {
  test.each([
    ['a session', SESSION, APPROVAL],
    ['the end of a session', SESSION.slice(-8), APPROVAL],
    ['another session', OTHER_SESSION, LATER],
    ['an artifact', artifactOf(1), APPROVAL],
    ['the end of an artifact', artifactOf(1).slice(-8), APPROVAL],
    ['an approval', LATER, LATER],
    ['the end of an approval', LATER.slice(-8), LATER],
  ])('the one behind %s', async (_what, id, approval) => {
    const { alice } = await published();
    const { id: shown, diff } = await diffOfSession(alice.user, id, 0);
    expect(shown).toBe(approval);
    expect(diff).toContain(approval === LATER ? '+other' : '+hello');
  });

  test('the newest that a session has', async () => {
    const { alice } = await published();
    await alice.askApproval({ approval: uuidOf(0xb3), files: fileOf('again\n') });
    expect((await diffOfSession(alice.user, SESSION, 0)).diff).toContain('+again');
  });
});

describe('no change is shown', () => {
  test('of a session that needs no approval of this person', async () => {
    const { alice, hearArtifact } = await startSingleSession();
    await hearArtifact(1, COMMIT);
    await alice.askApproval({ approval: LATER, session: OTHER_SESSION });
    for (const id of [SESSION, artifactOf(1)])
      await expect(diffOfSession(alice.user, id, 0)).rejects.toMatchObject({
        code: 'not_found',
        message: 'no change of this session needs your approval',
        hint: 'fetch what was published with `entangle user artifact fetch`: only changes that need your approval are sent to you',
      });
  });

  test.each([
    ['several artifacts share', artifactOf(1).slice(0, 8), 'matches more than one artifact'],
    ['names nothing', 'none', 'nothing here has the id "none"'],
    ['is too short', '', 'nothing here has the id ""'],
  ])('of what %s', async (_what, id, message) => {
    const { alice, hearArtifact } = await published();
    await hearArtifact(2, 'd0'.repeat(20));
    await expect(diffOfSession(alice.user, id, 0)).rejects.toMatchObject({
      code: 'not_found',
      message: expect.stringContaining(message),
    });
  });
});

describe('what is published is shown', () => {
  const put = async () => {
    const one = await startSingleSession();
    const { place } = await one.alice.askApproval();
    return { ...one, place };
  };
  const hear = ({ alice }: Awaited<ReturnType<typeof put>>, place: object, dedup = '') =>
    alice.hear({
      type: 'artifact.ref',
      from: 'node',
      to: 'user',
      body: { artifact: artifactOf(1), session: SESSION, ...place } as never,
      dedup: `artifact:${artifactOf(1)}${dedup}`,
    });

  test('with who signed it, what was approved, and that this person did', async () => {
    const one = await put();
    const { alice, place } = one;
    const event = await hear(one, { ...place, approval: APPROVAL });
    const shown = await showArtifact(alice.user, SESSION);
    expect(shown).toMatchObject({
      ...place,
      ...{
        why: null,
        id: artifactOf(1),
        state: 'published',
        session: SESSION,
        title: 'write',
        node: 'builder',
      },
      ...{ message: event.id, approval: APPROVAL, isSigned: false },
      signer: { name: 'builder', claimed: false },
      approved: {
        state: 'approved',
        decision: null,
        files: 1,
        subjectDigest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
      },
    });
    expect(shown.at).toMatch(/Z$/);
    expect(shown.take).toHaveLength(2);
    for (const id of [artifactOf(1), APPROVAL]) expect(await showArtifact(alice.user, id)).toEqual(shown);
  });

  test.each([null, LATER])(
    'and nothing that its node publishes beside that, under approval %s',
    async (approval) => {
      const one = await put();
      await hear(one, { repository: 'https://evil.example/x.git', branch: 'b', commit: COMMIT, approval });
      expect(await showArtifact(one.alice.user, SESSION)).toMatchObject({ ...one.place, id: null });
    },
  );

  test('before it is, as what was to be approved', async () => {
    const { alice, place } = await put();
    await decide(alice.user, alice.home.tables.get('approvals', APPROVAL)!, 'approved');
    expect(await showArtifact(alice.user, SESSION)).toMatchObject({
      ...{ ...place, id: null, state: null, message: null, at: null },
      ...{ isSigned: true, approved: { decision: 'approved' } },
    });
  });

  const COPY = { name: 'commit.pack', size: 1, sha256: 'ab'.repeat(32), blobs: ['ab'.repeat(32)] };
  test.each([
    ['a copy', true, { kept: { base: 'ba'.repeat(20), pack: COPY } }],
    ['no copy', false, {}],
  ])('and where it will not be, why, as its node says, which gave %s of it', async (_what, kept, more) => {
    const one = await put();
    const why = 'rejected by bob: no';
    await hear(one, { ...one.place, approval: APPROVAL, state: 'failed', why, ...more }, ':failed');
    expect(await showArtifact(one.alice.user, SESSION)).toMatchObject({ state: 'failed', why, kept });
  });

  test('where others approved it, with nothing of what that binds to', async () => {
    const one = await put();
    await hear(one, { repository: 'file:///r', branch: 'b', commit: COMMIT, approval: LATER });
    expect(await showArtifact(one.alice.user, artifactOf(1))).toMatchObject({
      ...{ approval: LATER, approved: null, isSigned: false },
    });
  });
});
