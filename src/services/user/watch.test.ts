/** What `user watch` tells: each change of what is open once, and of what was over before nothing. */
import { expect, test, vi } from 'vitest';
import { startSingleSession } from '../../../test/sim/single-session.ts';
import { APPROVAL, SESSION, startSingleUser } from '../../../test/sim/single-user.ts';
import { uuidOf } from '../../../test/support/world.ts';
import { isoTime } from '../../core/encoding/time.ts';
import { replyToQuestion } from './answers.ts';
import { type Seen, watch } from './watch.ts';

type Alice = Awaited<ReturnType<typeof startSingleUser>>;
const REPLACED = { alice: 'user', bob: 'bob', builder: 'peer' } as const;
const OTHER = uuidOf(0xb1);

/** What is told from now on; `end` stops it. */
const watching = (alice: Alice) => {
  const seen: Seen[] = [];
  const stop = new AbortController();
  const watched = watch(alice.user, stop.signal, (one) => seen.push(one));
  const end = () => {
    stop.abort();
    return alice.time.finish('the end', watched);
  };
  /** Since it was last asked. */
  const news = async () => {
    await alice.time.pass(1000);
    return seen.splice(0).map(({ what, id, state }) => [what, id, state]);
  };
  return { seen, news, end };
};

test('a session is told in each state that it comes to, and once more when it ends', async () => {
  const { alice, update, hearResult } = await startSingleSession();
  const { news, end } = watching(alice);
  const told = (state: string) => [['session', SESSION, state]];
  expect(await news()).toEqual(told('requested'));
  await update('accepted');
  expect(await news()).toEqual(told('accepted'));
  await update('active');
  expect(await news()).toEqual(told('active'));
  expect(await news()).toEqual([]);
  await hearResult({});
  expect(await news()).toEqual(told('completed'));
  expect(await news()).toEqual([]);
  await end();
});

test('one that ended before it was watched is not told, and does not keep others from being told', async () => {
  const { alice, complete } = await startSingleSession();
  await complete();
  const { news, end } = watching(alice);
  expect(await news()).toEqual([]);
  await alice.launch('user', OTHER);
  expect(await news()).toEqual([['session', OTHER, 'requested']]);
  await end();
});

test('one that has ended is not looked at again', async () => {
  const { alice, hearResult } = await startSingleSession();
  const { news, end } = watching(alice);
  await hearResult({ state: 'failed' });
  expect(await news()).toEqual([
    ['session', SESSION, 'requested'],
    ['session', SESSION, 'failed'],
  ]);
  const looks = vi.spyOn(alice.home.tables, 'list');
  await alice.launch('user', OTHER);
  expect(await news()).toEqual([['session', OTHER, 'requested']]);
  expect(looks).toHaveBeenCalledWith('sessions', { id: OTHER, open: 0 });
  expect(looks).not.toHaveBeenCalledWith('sessions', { id: SESSION, open: 0 });
  await end();
});

test('one goes on while its node runs nowhere', async () => {
  const { alice, update } = await startSingleSession();
  const { news, end } = watching(alice);
  await alice.hearRoutes({ alice: 'user', bob: 'bob' });
  expect(await news()).toEqual([['session', SESSION, 'requested']]);
  await alice.hearRoutes();
  await update('accepted');
  expect(await news()).toEqual([['session', SESSION, 'accepted']]);
  await end();
});

test('one of two that ends is told beside the one that goes on', async () => {
  const { alice, hearResult } = await startSingleSession();
  await alice.launch('user', OTHER);
  const { news, end } = watching(alice);
  expect(await news()).toHaveLength(2);
  await hearResult({ state: 'failed' });
  expect(await news()).toEqual([['session', SESSION, 'failed']]);
  await end();
});

test('an approval is told when it is put, void while its node runs under another key, and closed', async () => {
  const alice = await startSingleUser();
  const { news, end } = watching(alice);
  const told = (state: string) => [['approval', APPROVAL, state]];
  expect(await news()).toEqual([]);
  const { event, subjectDigest } = await alice.askApproval();
  expect(await news()).toEqual(told('pending'));
  await alice.hearRoutes(REPLACED);
  expect(await news()).toEqual(told('invalidated'));
  await alice.hearRoutes();
  expect(await news()).toEqual(told('pending'));
  const body = { approval: APPROVAL, session: SESSION, state: 'withdrawn' as const, subjectDigest };
  await alice.hear({ type: 'approval.closed', from: 'node', to: 'user', re: event.id, body });
  expect(await news()).toEqual(told('withdrawn'));
  expect(await news()).toEqual([]);
  await end();
});

test('each is told with its node, its title and the time, sessions first', async () => {
  const alice = await startSingleUser();
  await alice.askApproval();
  await alice.launch();
  const { seen, end } = watching(alice);
  const at = isoTime(alice.time.clock.now());
  const both = { at, state: 'requested', node: 'builder', title: 'write' };
  await end();
  expect(seen).toEqual([
    { ...both, what: 'session', id: SESSION },
    { ...both, what: 'approval', id: APPROVAL, state: 'pending' },
  ]);
});

test('who takes slowly is told what stands then, and nothing is kept for them', async () => {
  const { alice, update, hearResult } = await startSingleSession();
  const [stop, taken] = [new AbortController(), Promise.withResolvers<void>()];
  const seen: string[] = [];
  const watched = watch(alice.user, stop.signal, ({ state }) => {
    seen.push(state);
    return taken.promise;
  });
  await update('accepted');
  await update('active');
  await hearResult({});
  await alice.time.pass(1000);
  expect(seen).toEqual(['requested']);
  taken.resolve();
  await alice.time.pass(1000);
  expect(seen).toEqual(['requested', 'completed']);
  stop.abort();
  await alice.time.finish('the end', watched);
});

test('an interrupt ends it at once, and before the first change tells nothing', async () => {
  const { alice } = await startSingleSession();
  const { seen, end } = watching(alice);
  const before = alice.time.elapsed();
  await end();
  expect(alice.time.elapsed()).toBe(before);
  expect(seen).toHaveLength(1);
  await watch(alice.user, AbortSignal.abort(), (one) => seen.push(one));
  expect(seen).toHaveLength(1);
});

test('a question is told when it comes, and once more when it is answered or nobody waits for it', async () => {
  const { alice, update } = await startSingleSession();
  const { news, end } = watching(alice);
  await update('accepted');
  await update('active');
  const { request } = alice.home.tables.get('sessions', SESSION)!;
  const ask = (question: string) => {
    const body = { session: SESSION, attempt: 1, step: 2, question, text: 'which port?' };
    return alice.hear({ type: 'question', from: 'node', to: 'user', re: request!, body });
  };
  await news();
  await ask(OTHER);
  await ask(uuidOf(0xb2));
  expect(await news()).toEqual([
    ['question', OTHER, 'open'],
    ['question', uuidOf(0xb2), 'open'],
  ]);
  await replyToQuestion(alice.user, alice.home.tables.get('questions', OTHER)!, '8080');
  expect(await news()).toEqual([['question', OTHER, 'answered']]);
  await update('waiting_approval');
  expect(await news()).toEqual(
    expect.arrayContaining([
      ['question', uuidOf(0xb2), 'over'],
      ['session', SESSION, 'waiting_approval'],
    ]),
  );
  expect(await news()).toEqual([]);
  await end();
});
