/** What a person asks for who wants a commit published once more, and what they are told came of it. */
import { describe, expect, test } from 'vitest';
import { artifactOf, COMMIT, startSingleSession } from '../../../test/sim/single-session.ts';
import { APPROVAL, SESSION } from '../../../test/sim/single-user.ts';
import { uuidOf } from '../../../test/support/world.ts';
import type { ArtifactState } from '../../core/vocabulary.ts';
import { listArtifacts, showArtifact } from './artifacts.ts';
import { publishOnceMore } from './publish-again.ts';

const WAIT_MS = 30_000;
type Session = Awaited<ReturnType<typeof startSingleSession>>;
const place = { repository: 'file:///repository', branch: 'b', commit: COMMIT };
const told = ({ alice }: Session, state?: ArtifactState, more = {}) => {
  const body = { artifact: artifactOf(1), session: SESSION, ...place, approval: null, ...more };
  return alice.hear({
    type: 'artifact.ref',
    from: 'node',
    to: 'user',
    body: { ...body, ...(state && { state }) },
  });
};
/** A session whose commit its node could not publish. */
const start = async () => {
  const one = await startSingleSession();
  await one.complete({ state: 'failed', reason: 'remote_refused' });
  await told(one, 'failed');
  return one;
};
const answered = async ({ alice }: Session, came: { reason?: string; summary?: string }) => {
  const asked = publishOnceMore(alice.user, SESSION, WAIT_MS).catch((error: unknown) => error);
  await alice.time.until('the request', () => alice.said('publish.request')[0], WAIT_MS);
  const re = alice.said('publish.request').at(-1)!.event.id;
  const body = { session: SESSION, commit: COMMIT, ...came };
  await alice.hear({ type: 'publish.result', from: 'node', to: 'user', re, body });
  return alice.time.finish('what came of it', asked, WAIT_MS);
};

describe('publishing once more', () => {
  test('asks for exactly the commit that is known, and says where it is', async () => {
    const one = await start();
    expect(await answered(one, {})).toEqual({ session: SESSION, node: 'builder', ...place });
    expect(one.alice.said('publish.request').map(({ body }) => body)).toMatchObject([
      { session: SESSION, commit: COMMIT },
    ]);
  });

  test.each([
    ['remote_refused', 'a hook', 'the remote refused it again (a hook)', 'do it again when that is mended'],
    ['remote_unknown', '', 'the remote cannot be asked', 'do it again when that is mended'],
    ['remote_moved', '', 'the branch has other commits now', 'ask for the work again'],
    ['approval_expired', '', 'its approval has expired', 'ask for the work again'],
    ['no_repository', '', 'its node works in no repository any more', 'ask for the work again'],
    ['a_new_reason', '', 'a_new_reason', 'ask for the work again'],
  ])('that ends with %s says so, and what to do', async (reason, summary, words, hint) => {
    const one = await start();
    expect(await answered(one, { reason, ...(summary && { summary }) })).toMatchObject({
      code: 'denied',
      message: `builder did not publish it: ${words}`,
      hint: expect.stringContaining(hint),
    });
  });

  test('is asked once while nobody answers, and again after an answer', async () => {
    const one = await start();
    const { alice } = one;
    for (let n = 0; n < 2; n++) {
      const asked = publishOnceMore(alice.user, SESSION, 1000).catch((error: unknown) => error);
      expect(await alice.time.finish('the end of waiting', asked, 5000)).toMatchObject({ code: 'timed_out' });
    }
    expect(alice.said('publish.request')).toHaveLength(1);
    await answered(one, { reason: 'remote_refused' });
    const again = publishOnceMore(alice.user, SESSION, 1000).catch((error: unknown) => error);
    await alice.time.finish('the end of waiting', again, 5000);
    expect(alice.said('publish.request')).toHaveLength(2);
  });

  test('is refused of what is published', async () => {
    const one = await start();
    await told(one);
    await expect(publishOnceMore(one.alice.user, SESSION, WAIT_MS)).rejects.toMatchObject({
      code: 'conflict',
      message: `commit ${COMMIT} is published already, on branch b`,
    });
    expect(one.alice.said('publish.request')).toEqual([]);
  });

  test('is refused where its node has another key now', async () => {
    const { alice } = await start();
    await alice.hearRoutes({ alice: 'user', bob: 'bob', builder: 'peer' });
    await expect(publishOnceMore(alice.user, SESSION, WAIT_MS)).rejects.toMatchObject({
      code: 'conflict',
      message: 'builder has another key now: who made this cannot publish it any more',
      hint: 'ask for the work again: `entangle ask`',
    });
    expect(alice.said('publish.request')).toEqual([]);
  });
});

describe('what became of a change is shown', () => {
  test.each<[ArtifactState, string]>([
    ['materialized', 'proposed'],
    ['superseded', 'superseded'],
    ['failed', 'failed'],
  ])('to who asked for it: %s as %s', async (state, change) => {
    const one = await startSingleSession();
    const event = await told(one, state);
    expect(await showArtifact(one.alice.user, SESSION)).toMatchObject({ ...place, state, change });
    expect((await showArtifact(one.alice.user, SESSION)).id).toBe(artifactOf(1));
    expect(event).not.toBeNull();
  });

  test('as published to an approver who did not ask for it', async () => {
    const { alice } = await startSingleSession();
    const session = uuidOf(0xb1);
    const { place: put } = await alice.askApproval({ session });
    const inList = { session, approval: APPROVAL, title: 'write', node: 'builder', isSigned: false };
    expect(listArtifacts(alice.user)).toMatchObject({ items: [{ ...inList, change: 'proposed', id: null }] });
    expect(await showArtifact(alice.user, APPROVAL)).toMatchObject({ change: 'proposed', state: null });
    const body = { artifact: artifactOf(2), session, ...put, approval: APPROVAL };
    await alice.hear({ type: 'artifact.ref', from: 'node', to: 'user', body: body as never });
    expect(await showArtifact(alice.user, APPROVAL)).toMatchObject({
      change: 'published',
      state: 'published',
    });
  });

  test('in a list: the newest first, each commit once, and only those of which one thing came', async () => {
    const one = await startSingleSession();
    const { alice } = one;
    await told(one, 'superseded');
    await told(one, 'failed', { artifact: artifactOf(2) });
    await alice.askApproval();
    const { items } = listArtifacts(alice.user);
    expect(items.map(({ id, change }) => [id, change])).toEqual(
      [
        [artifactOf(2), 'failed'],
        [artifactOf(1), 'superseded'],
        [null, 'proposed'],
      ].sort((a, b) => ((a[0] ?? APPROVAL) < (b[0] ?? APPROVAL) ? 1 : -1)),
    );
    expect(listArtifacts(alice.user, 'failed').items.map(({ id }) => id)).toEqual([artifactOf(2)]);
    expect(listArtifacts(alice.user, 'rejected')).toEqual({ items: [] });
  });
});
