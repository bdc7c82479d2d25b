/** The sessions of an editor: which there are, and how many. */
import { expect, test } from 'vitest';
import { SESSION, startSingleUser } from '../../../test/sim/single-user.ts';
import { uuidOf } from '../../../test/support/world.ts';
import { MAX_EDITOR } from '../../core/bounds.ts';
import { EditorSessions } from './editor-sessions.ts';

const begun = async () => {
  const alice = await startSingleUser();
  const told: { sessionId: string; text: string }[] = [];
  const stop = new AbortController();
  const sessions = new EditorSessions(alice.user, {
    ...{ to: null, directory: '/here', signal: stop.signal },
    linksIn: () => async (uri) => ({ is: 'words', text: uri }),
    async tell(sessionId, update) {
      const text =
        'content' in update && update.content && 'text' in update.content ? update.content.text : '';
      told.push({ sessionId, text });
    },
  });
  const does = <T>(work: Promise<T>) => alice.time.finish('the answer', work);
  const create = async () => (await does(sessions.create({ cwd: '/' }))).sessionId;
  const load = (sessionId: string) => does(sessions.load({ sessionId, cwd: '/' }));
  const prompt = (sessionId: string, type = 'text') => {
    const turn = sessions.prompt({ sessionId, prompt: [{ type, text: 'write' }] }, stop.signal);
    turn.catch(() => undefined);
    return turn;
  };
  const words = () => told.map(({ text }) => text).join('');
  const end = async (session: string) => {
    const said = {
      from: 'node',
      to: 'user',
      re: alice.home.tables.get('sessions', session)!.request!,
      session,
    } as const;
    const place = { session, attempt: 1 };
    await alice.hear({ ...said, type: 'task.accept', body: { ...place, step: 1, state: 'accepted' } });
    await alice.hear({ ...said, type: 'task.update', body: { ...place, step: 2, state: 'active' } });
    await alice.hear({ ...said, type: 'task.result', body: { ...place, step: 3, state: 'completed' } });
  };
  return { alice, sessions, stop, does, create, load, prompt, words, end };
};

test('a page of them, the newest first, and then the rest', async () => {
  const { alice, sessions } = await begun();
  for (let n = 0; n < 51; n += 1) await alice.launch('user', uuidOf(0x100 + n));
  const first = sessions.list({ cwd: '/there' });
  expect(first.sessions).toHaveLength(50);
  expect(first.sessions[0]).toMatchObject({ sessionId: uuidOf(0x132), cwd: '/there', title: 'write' });
  const { sessions: rest, nextCursor } = sessions.list({ cursor: first.nextCursor });
  expect([rest.map(({ sessionId, cwd }) => [sessionId, cwd]), nextCursor]).toEqual([
    [[uuidOf(0x100), '/here']],
    undefined,
  ]);
});

test('what somebody else launched is not listed, and not loaded', async () => {
  const { alice, sessions, load } = await begun();
  await alice.launch('bob');
  expect(sessions.list({}).sessions).toEqual([]);
  await expect(load(SESSION)).rejects.toThrow('no session');
});

test('loaded while it goes on, it is told once from then on; while a prompt of it waits, it is not loaded', async () => {
  const { alice, load, prompt, words, end, does } = await begun();
  await alice.launch();
  await load(SESSION);
  await load(SESSION);
  const turn = prompt(SESSION);
  await alice.time.until('it is followed', () => words().includes('were not sent'));
  await expect(load(SESSION)).rejects.toThrow('not over yet');
  await end(SESSION);
  expect(await does(turn)).toEqual({ stopReason: 'end_turn' });
  await alice.time.pass(60_000);
  expect(words().split('has done it')).toHaveLength(2);
});

test('closed between two prompts, the task goes on and nothing more of it is told', async () => {
  const { alice, sessions, load, words, end, does } = await begun();
  await alice.launch();
  await load(SESSION);
  const before = words();
  expect(await does(sessions.close({ sessionId: SESSION }))).toEqual({});
  await end(SESSION);
  await alice.time.pass(60_000);
  expect(words()).toBe(before);
  expect(alice.home.tables.list('messages', { type: 'task.cancel', dir: 'out' })).toEqual([]);
  await expect(does(sessions.close({ sessionId: SESSION }))).rejects.toThrow('no session');
});

test('closed while the files of its prompt are read, nothing is sent', async () => {
  const { alice, sessions, create, prompt, does } = await begun();
  const session = await create();
  const turn = prompt(session);
  await does(sessions.close({ sessionId: session }));
  expect(await does(turn)).toEqual({ stopReason: 'cancelled' });
  expect(alice.home.tables.list('messages', { type: 'task.request', dir: 'out' })).toEqual([]);
});

test('closed as its task ended, its prompt is over, though nothing can be cancelled', async () => {
  const { alice, sessions, create, prompt, end, does } = await begun();
  const session = await create();
  const turn = prompt(session);
  await alice.time.until('it was sent', () => alice.home.tables.get('sessions', session));
  await end(session);
  await does(sessions.close({ sessionId: session }));
  expect(await does(turn)).toEqual({ stopReason: 'cancelled' });
  expect(alice.home.tables.list('messages', { type: 'task.cancel', dir: 'out' })).toEqual([]);
});

test('of those at rest the one that was used last stays', async () => {
  const { create, prompt, does } = await begun();
  const [used, unused] = [await create(), await create()];
  await expect(does(prompt(used, 'image'))).rejects.toThrow('no image');
  for (let n = 1; n < MAX_EDITOR.sessions; n += 1) await create();
  await expect(does(prompt(unused, 'image'))).rejects.toThrow('no session');
  await expect(does(prompt(used, 'image'))).rejects.toThrow('no image');
});

test('where all are at work, there is no other', async () => {
  const { alice, create, prompt, stop } = await begun();
  for (let n = 0; n < MAX_EDITOR.sessions; n += 1) {
    const id = await create();
    void prompt(id);
    await alice.time.until('it was sent', () => alice.home.tables.get('sessions', id));
  }
  await expect(create()).rejects.toThrow(`${MAX_EDITOR.sessions} sessions of this editor are at work`);
  stop.abort();
});
