/** Which change `user artifact diff` shows of a session, an artifact or an approval. */
import { describe, expect, test } from 'vitest';
import { artifactOf, COMMIT, startSingleSession } from '../../../test/sim/single-session.ts';
import { APPROVAL, fileOf, SESSION } from '../../../test/sim/single-user.ts';
import { uuidOf } from '../../../test/support/world.ts';
import { diffOfSession } from './artifacts.ts';

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
        hint: 'fetch it with git: only changes that need your approval are sent to you',
      });
  });

  test.each([
    ['several artifacts share', artifactOf(1).slice(0, 8), 'matches more than one artifact'],
    ['names nothing', 'none', 'no approval "none"'],
    ['is too short', '', 'no approval ""'],
  ])('of what %s', async (_what, id, message) => {
    const { alice, hearArtifact } = await published();
    await hearArtifact(2, 'd0'.repeat(20));
    await expect(diffOfSession(alice.user, id, 0)).rejects.toMatchObject({
      code: 'not_found',
      message: expect.stringContaining(message),
    });
  });
});
