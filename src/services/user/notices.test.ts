/** Who looks elsewhere is told of each question once, in names and numbers alone. */
import { expect, test } from 'vitest';
import { startSingleSession } from '../../../test/sim/single-session.ts';
import { APPROVAL, SESSION, startSingleUser } from '../../../test/sim/single-user.ts';
import { NOW, uuidOf } from '../../../test/support/world.ts';
import { UNREACHED_MS } from '../../core/bounds.ts';
import { decide } from './approvals.ts';
import { type Notice, tellNotices } from './notices.ts';

const OTHER = uuidOf(0xb2);
const told = async (tell: (notice: Notice) => Promise<void> = async () => {}) => {
  const alice = await startSingleUser();
  await alice.acknowledge();
  const notices: Notice[] = [];
  const stop = new AbortController();
  const telling = tellNotices(alice.user, stop.signal, async (notice) => {
    notices.push(notice);
    await tell(notice);
  });
  const end = () => {
    stop.abort();
    return alice.time.finish('the end', telling);
  };
  return { alice, notices, end };
};

test('each approval that waits for this person, once, without a word that others wrote', async () => {
  const { alice, notices, end } = await told();
  await alice.askApproval({ task: 'secret words' });
  await alice.askApproval({ approval: OTHER, session: uuidOf(0xb3) });
  await alice.time.pass(60_000);
  expect(notices.map(({ id }) => id)).toEqual([APPROVAL, OTHER]);
  expect(notices[0]).toEqual({
    kind: 'approval',
    id: APPROVAL,
    session: SESSION,
    node: 'builder',
    operation: 'source.publish',
    expires: expect.stringMatching(/^\d{4}-.*Z$/),
  });
  expect(JSON.stringify(notices)).not.toContain('secret');
  await end();
});

test('each question that an engine waits with, without its words', async () => {
  const { alice, notices, end } = await told();
  const { request } = await alice.launch();
  const body = { session: SESSION, attempt: 1, step: 1, question: OTHER, text: 'secret words' };
  await alice.hear({ type: 'question', from: 'node', to: 'user', re: request!, body });
  await alice.time.pass(5_000);
  expect(notices).toEqual([{ kind: 'question', id: OTHER, session: SESSION, node: 'builder' }]);
  await end();
});

test('what nobody acknowledges, without a word of it', async () => {
  const { alice, notices, end } = await told();
  await alice.launch();
  await alice.time.pass(UNREACHED_MS + 1_000);
  const [{ id } = { id: '' }] = alice.home.tables.list('outbox', { type: 'task.request' });
  const state = 'unacknowledged';
  expect(notices).toEqual([{ kind: 'unsent', id, session: SESSION, node: 'builder', state }]);
  await end();
});

test('what is decided or closed before is not told', async () => {
  const alice = await startSingleUser();
  await alice.askApproval();
  await decide(alice.user, alice.home.tables.get('approvals', APPROVAL)!, 'rejected');
  const notices: Notice[] = [];
  const stop = new AbortController();
  const telling = tellNotices(alice.user, stop.signal, async (notice) => void notices.push(notice));
  await alice.time.pass(5_000);
  stop.abort();
  await alice.time.finish('the end', telling);
  expect(notices).toEqual([]);
});

test('none is told when it is called off, though several wait', async () => {
  const alice = await startSingleUser();
  await alice.askApproval();
  await alice.askApproval({ approval: OTHER, session: uuidOf(0xb3) });
  const stop = new AbortController();
  const notices: string[] = [];
  const telling = tellNotices(alice.user, stop.signal, async ({ id }) => {
    notices.push(id);
    stop.abort();
  });
  await alice.time.finish('the end', telling);
  expect(notices).toEqual([APPROVAL]);
});

test('one that takes long holds up the next, and none is left out', async () => {
  let running = 0;
  const slow = await told(async () => {
    running += 1;
    expect(running).toBe(1);
    await slow.alice.time.clock.sleep(3_000);
    running -= 1;
  });
  await slow.alice.askApproval();
  await slow.alice.askApproval({ approval: OTHER, session: uuidOf(0xb3) });
  await slow.alice.time.pass(10_000);
  expect(slow.notices.map(({ id }) => id)).toEqual([APPROVAL, OTHER]);
  await slow.end();
});

test('in quiet hours none is told; what still waits at their end is, and no more', async () => {
  const alice = await startSingleUser();
  const notices: string[] = [];
  const stop = new AbortController();
  const { clock } = alice.time;
  const loud = clock.now() + 60_000;
  const telling = tellNotices(
    alice.user,
    stop.signal,
    async ({ id }) => void notices.push(id),
    () => Math.max(0, loud - clock.now()),
  );
  await alice.askApproval();
  await alice.askApproval({ approval: OTHER, session: uuidOf(0xb3) });
  await alice.time.pass(30_000);
  expect(notices).toEqual([]);
  await decide(alice.user, alice.home.tables.get('approvals', APPROVAL)!, 'rejected');
  await alice.acknowledge();
  await alice.time.pass(60_000);
  expect(notices).toEqual([OTHER]);
  stop.abort();
  await alice.time.finish('the end', telling);
});

test.each([0, 60_000])(
  'an agent that is muted again after it went on is told of again; quiet for %i ms',
  async (quiet) => {
    const { alice, update } = await startSingleSession();
    await alice.acknowledge();
    await update('accepted');
    const { request } = alice.home.tables.get('sessions', SESSION)!;
    const notices: string[] = [];
    const stop = new AbortController();
    const { clock } = alice.time;
    let loud = 0;
    const telling = tellNotices(
      alice.user,
      stop.signal,
      async ({ kind }) => void notices.push(kind),
      () => Math.max(0, loud - clock.now()),
    );
    let n = 0;
    const say = async (...names: string[]) => {
      const unreached = names.map((name) => ({
        node: 'builder',
        name,
        ask: 'approval' as const,
        since: NOW,
      }));
      await alice.hear({
        ...{ type: 'task.waiting', from: 'node', to: 'user', re: request! },
        body: { session: SESSION, attempt: 1, n: ++n, unreached },
      });
      await alice.time.pass(5_000);
    };
    await say('bob');
    await say('bob', 'carol');
    expect(notices).toEqual(['muted']);
    loud = clock.now() + quiet;
    // Quiet hours begin with what is not told in them
    await alice.askApproval();
    await say();
    await say('bob');
    await alice.time.pass(quiet);
    expect(notices.toSorted()).toEqual(['approval', 'muted', 'muted']);
    stop.abort();
    await alice.time.finish('the end', telling);
  },
);
