/** What an approver reads before they sign: the whole task, and who launched it. */
import { describe, expect, test } from 'vitest';
import { APPROVAL, type Question, SESSION, startSingleUser } from '../../../test/sim/single-user.ts';
import { createWorld } from '../../../test/support/world.ts';
import { utf8 } from '../../core/encoding/bytes.ts';
import { npub } from '../../core/encoding/id.ts';
import { showApproval } from './approval-view.ts';
import { decide } from './approvals.ts';
import { showThing } from './show.ts';

type Alice = Awaited<ReturnType<typeof startSingleUser>>;
const rowOf = ({ home }: Alice) => home.tables.get('approvals', APPROVAL)!;
const show = (alice: Alice, waitMs = 0) => showApproval(alice.user, rowOf(alice), waitMs);
const asked = async (question: Question) => {
  const alice = await startSingleUser();
  await alice.askApproval(question);
  return alice;
};
const LONG = `mend it\n\n${'the log is below\n'.repeat(3_000)}\u001b[2Jlast`;
/** The blob of the long task: the change has one of its own. */
const taskBlob = (alice: Alice): string => rowOf(alice).whole!;

describe('an approval shows the whole task', () => {
  test.each([['mend it'], ['mend it\n\n\tthe log is below\n'], [LONG]])(
    '%#: as it was typed',
    async (task) => {
      const alice = await asked({ task });
      expect((await show(alice)).task).toBe(task);
      expect((await show(alice)).title).toBe(task === 'mend it' ? task : 'mend it…');
    },
  );

  test('the rest of a long one is asked for while the approval is open, and waited for', async () => {
    const alice = await asked({ task: LONG, isGiven: false });
    const shown = show(alice, 10_000);
    await alice.time.pass(1000);
    expect(alice.said('blob.get').map(({ body }) => body.sha256)).toEqual([taskBlob(alice)]);
    await alice.give(utf8(LONG), 'node');
    await alice.time.pass(1000);
    expect((await shown).task).toBe(LONG);
  });

  test.each([
    ['the task', false],
    ['the change', true],
  ])('and nothing while a part of %s is missing, so that nothing is signed', async (what, isGiven) => {
    const alice = await asked({ task: LONG, isGiven });
    if (isGiven) for (const part of rowOf(alice).diff) alice.home.disk.blobs.delete(part);
    const before = alice.time.elapsed();
    await expect(alice.time.finish('the refusal', show(alice, 10_000))).rejects.toMatchObject({
      code: 'unavailable',
      message: `${what} has not arrived yet`,
      hint: 'try again when the runner is online',
    });
    expect(alice.time.elapsed() - before).toBe(10_000);
  });

  test('both together are waited for no longer than one of them', async () => {
    const alice = await asked({ task: LONG, isGiven: false });
    alice.home.disk.blobs.clear();
    const before = alice.time.elapsed();
    const shown = alice.time
      .finish('the refusal', show(alice, 10_000))
      .catch((error: Error) => error.message);
    await alice.time.pass(6000);
    await alice.give(utf8(LONG), 'node');
    expect(await shown).toBe('the change has not arrived yet');
    expect(alice.time.elapsed() - before).toBe(10_000);
  });

  test('a decision answers the request that was shown, and no later one about the same subject', async () => {
    const alice = await asked({ task: 'mend it' });
    const { subjectDigest, request } = await show(alice);
    await alice.askApproval({ task: 'break it' });
    expect((await show(alice)).subjectDigest).toBe(subjectDigest);
    await expect(
      decide(alice.user, rowOf(alice), 'approved', { shown: subjectDigest, request }),
    ).rejects.toMatchObject({
      code: 'conflict',
      hint: `see what it asks for: \`entangle user show ${APPROVAL}\``,
    });
    expect(alice.said('approval.response')).toEqual([]);
  });
});

test('a session shows the whole task too, where its request is here', async () => {
  const alice = await startSingleUser();
  await alice.launch();
  expect(await showThing(alice.user, SESSION, 0)).toMatchObject({ title: 'write', task: 'write' });
  alice.home.tables.put('sessions', { ...alice.home.tables.get('sessions', SESSION)!, request: null });
  expect(await showThing(alice.user, SESSION, 0)).toMatchObject({ title: 'write', task: null });
});

describe('who launched it is called', () => {
  const world = createWorld();
  const stranger = world.actors.stranger.pubkey;
  const launcher = async (question: Question) => (await show(await asked(question))).launcher;

  test('as the routes call the key, whatever the node says', async () => {
    const path = ['carol', 'builder'];
    expect(await launcher({ path })).toEqual({
      name: 'alice',
      npub: npub(world.actors.user.pubkey),
      claimed: false,
    });
  });
  test('as the node says, where no routes of this person name the key', async () => {
    const path = ['carol', 'planner', 'builder'];
    expect(await launcher({ launchedBy: stranger, path })).toEqual({
      name: 'planner',
      npub: npub(stranger),
      claimed: true,
    });
  });
  test.each([
    ['the name of another key', ['builder', 'builder']],
    ['the name of whom it asks', ['alice', 'builder']],
    ['no name', ['builder']],
  ])('by the key alone, where the node gives %s', async (_what, path) => {
    expect(await launcher({ launchedBy: stranger, path })).toEqual({
      name: null,
      npub: npub(stranger),
      claimed: false,
    });
  });
});
