/** An editor at the other end: with the library's own client, and with what no library would send. */
import { once } from 'node:events';
import { PassThrough, Readable, Writable } from 'node:stream';
import { setImmediate as turnOfLoop } from 'node:timers/promises';
import { client, ndJsonStream, type SessionUpdate } from '@agentclientprotocol/sdk';
import { afterEach, expect, test } from 'vitest';
import { SESSION, startSingleUser } from '../../../test/sim/single-user.ts';
import { MAX_ACP, MAX_EDITOR } from '../../core/bounds.ts';
import type { BodyOf } from '../../core/protocol/table.ts';
import { serveEditor } from './acp-serve.ts';

const CWD = '/';
const ended: (() => void)[] = [];
afterEach(() => {
  for (const end of ended.splice(0)) end();
});

const begun = async ({
  to = null,
  stop = new AbortController(),
  ...more
}: {
  to?: string | null;
  graph?: string;
  stop?: AbortController;
} = {}) => {
  const alice = await startSingleUser();
  if (more.graph) await alice.hearRoutes(undefined, more.graph);
  const [from, out] = [new PassThrough(), new PassThrough()];
  const served = serveEditor(
    alice.user,
    { from, to: out },
    { to, home: '/nowhere', directory: CWD, version: '0', signal: stop.signal },
  );
  served.catch(() => undefined);
  ended.push(() => stop.abort());
  return { alice, from, out, served, stop };
};

const connected = async (options: Parameters<typeof begun>[0] = {}) => {
  const one = await begun(options);
  const updates: SessionUpdate[] = [];
  const stream = ndJsonStream(
    Writable.toWeb(one.from) as WritableStream<Uint8Array>,
    Readable.toWeb(one.out) as ReadableStream<Uint8Array>,
  );
  const { agent } = client({ name: 'editor' })
    .onNotification('session/update', ({ params }) => void updates.push(params.update))
    .connect(stream);
  /** The streams take turns of the event loop, in which no virtual time passes. */
  const does = async <T>(work: Promise<T>): Promise<T> => {
    let isOver = false;
    const over = () => {
      isOver = true;
    };
    work.then(over, over);
    while (!isOver) {
      await one.alice.time.pass(10);
      await turnOfLoop();
    }
    return work;
  };
  const sent = async (session: string) => {
    const { home } = one.alice;
    while (home.tables.get('sessions', session) === undefined) await does(turnOfLoop());
    return home.tables.get('sessions', session)!;
  };
  const initialize = () => does(agent.request('initialize', { protocolVersion: 1, clientCapabilities: {} }));
  const begin = () => does(agent.request('session/new', { cwd: CWD, mcpServers: [] }));
  const prompt = (sessionId: string, text: string) =>
    agent.request('session/prompt', { sessionId, prompt: [{ type: 'text', text }] });
  const words = () =>
    updates
      .map((one) => ('content' in one && one.content && 'text' in one.content ? one.content.text : ''))
      .join('');
  return { ...one, sent, agent, updates, does, initialize, begin, prompt, words };
};

const TWO = `graph: acme
nodes:
  alice: { kind: user, pubkey: $user }
  bob: { kind: user, pubkey: $bob }
  builder:
    kind: agent
    engine: { type: exec, auth: none, command: ["true"] }
  other:
    kind: agent
    engine: { type: exec, auth: none, command: ["true"] }
edges: [alice delegates_to builder, alice delegates_to other]
`;

test('it offers what it has: sessions that can be found again, files in prompts, and nothing to log in to', async () => {
  const { initialize } = await connected();
  expect(await initialize()).toMatchObject({
    protocolVersion: 1,
    authMethods: [],
    agentCapabilities: {
      loadSession: true,
      promptCapabilities: { image: false, audio: false, embeddedContext: true },
      sessionCapabilities: { list: {}, resume: {}, close: {} },
    },
  });
});

test('a prompt is a task, its end the answer; listed and loaded, its past is told again', async () => {
  const one = await connected();
  await one.initialize();
  const { sessionId } = await one.begin();
  const turn = one.prompt(sessionId, 'write');
  const row = await one.sent(sessionId);
  const said = { from: 'node', to: 'user', re: row.request!, session: sessionId } as const;
  const body = (step: number, state: string) => ({ session: sessionId, attempt: 1, step, state });
  await one.alice.hear({ ...said, type: 'task.accept', body: body(1, 'accepted') as BodyOf<'task.accept'> });
  await one.alice.hear({ ...said, type: 'task.update', body: body(2, 'active') as BodyOf<'task.update'> });
  await one.alice.hear({ ...said, type: 'task.result', body: body(3, 'completed') as BodyOf<'task.result'> });
  expect(await one.does(turn)).toEqual({ stopReason: 'end_turn' });
  expect(one.words()).toContain('builder has done it');
  const { sessions } = await one.does(one.agent.request('session/list', {}));
  expect(sessions).toMatchObject([{ sessionId, title: 'write', cwd: CWD }]);
  one.updates.length = 0;
  await one.does(one.agent.request('session/load', { sessionId, cwd: CWD, mcpServers: [] }));
  expect(one.updates[0]).toMatchObject({ sessionUpdate: 'user_message_chunk', content: { text: 'write' } });
  expect(one.words()).toMatch(/> alice task.request[\s\S]*> builder task.result[\s\S]*builder has done it/);
});

test('resumed by another connection, nothing of before is told again, and it goes on', async () => {
  const one = await connected();
  await one.initialize();
  const launched = await one.alice.launch();
  const resume = (sessionId: string) =>
    one.does(one.agent.request('session/resume', { sessionId, cwd: CWD, mcpServers: [] }));
  await expect(resume('none')).rejects.toThrow('no session "none" here');
  expect(await resume(SESSION)).toEqual({});
  expect(one.words()).toBe('');
  const said = { from: 'node', to: 'user', re: launched.request!, session: SESSION } as const;
  const place = { session: SESSION, attempt: 1 };
  const turn = one.prompt(SESSION, 'more');
  while (!one.words().includes('were not sent')) await one.does(turnOfLoop());
  await one.alice.hear({ ...said, type: 'task.accept', body: { ...place, step: 1, state: 'accepted' } });
  await one.alice.hear({ ...said, type: 'task.result', body: { ...place, step: 2, state: 'failed' } });
  expect(await one.does(turn)).toEqual({ stopReason: 'end_turn' });
  expect(one.words()).toContain('builder failed');
  one.updates.length = 0;
  expect(await resume(SESSION)).toEqual({});
  await one.does(turnOfLoop());
  expect(one.words()).toBe('');
});

test('closed, its prompt is cancelled, it is here no more, and can be loaded again', async () => {
  const one = await connected();
  await one.initialize();
  const { sessionId } = await one.begin();
  const turn = one.prompt(sessionId, 'write');
  await one.sent(sessionId);
  const close = () => one.does(one.agent.request('session/close', { sessionId }));
  expect(await close()).toEqual({});
  expect(await one.does(turn)).toEqual({ stopReason: 'cancelled' });
  expect(one.alice.home.tables.list('messages', { type: 'task.cancel', dir: 'out' })).toHaveLength(1);
  await expect(close()).rejects.toThrow('no session');
  await expect(one.does(one.prompt(sessionId, 'more'))).rejects.toThrow('no session');
  await one.does(one.agent.request('session/load', { sessionId, cwd: CWD, mcpServers: [] }));
  expect(one.words()).toContain('task.cancel');
});

test('cancelled by a notice, and by taking the request back', async () => {
  const one = await connected();
  await one.initialize();
  const { home } = one.alice;
  const begin = async (signal?: AbortSignal) => {
    const { sessionId } = await one.begin();
    const prompt = [{ type: 'text' as const, text: 'write' }];
    const options = signal ? { cancellationSignal: signal } : {};
    const turn = one.agent.request('session/prompt', { sessionId, prompt }, options);
    await one.sent(sessionId);
    return { sessionId, turn };
  };
  const first = await begin();
  await one.agent.notify('session/cancel', { sessionId: first.sessionId });
  expect(await one.does(first.turn)).toEqual({ stopReason: 'cancelled' });
  const taken = new AbortController();
  const second = await begin(taken.signal);
  taken.abort();
  expect(await one.does(second.turn)).toEqual({ stopReason: 'cancelled' });
  expect(home.tables.list('messages', { type: 'task.cancel', dir: 'out' })).toHaveLength(2);
});

test('the node: an unknown one is refused with the names that there are; of several one is chosen', async () => {
  const wrong = await connected({ to: 'bulder' });
  await wrong.initialize();
  await expect(wrong.begin()).rejects.toMatchObject({
    ...{ code: -32602, message: expect.stringMatching(/no node "bulder".*choose one of these.*builder/) },
  });
  const one = await connected({ graph: TWO });
  await one.initialize();
  const { sessionId, configOptions } = await one.begin();
  expect(configOptions).toMatchObject([
    { id: 'node', currentValue: '-', options: [{ value: '-' }, { value: 'builder' }, { value: 'other' }] },
  ]);
  await expect(one.does(one.prompt(sessionId, 'write'))).rejects.toThrow('no node was chosen');
  const choose = (value: string) =>
    one.does(one.agent.request('session/set_config_option', { sessionId, configId: 'node', value }));
  await expect(choose('-')).rejects.toThrow('choose one of these: builder, other');
  expect(await choose('builder')).toMatchObject({ configOptions: [{ currentValue: 'builder' }] });
  void one.prompt(sessionId, 'write').catch(() => undefined);
  const row = await one.sent(sessionId);
  expect(row.node).toBe(one.alice.actors.node.pubkey);
});

test('what is refused is refused in words, and the next request is answered', async () => {
  const one = await connected();
  await expect(one.begin()).rejects.toMatchObject({ code: -32600 });
  await one.initialize();
  await expect(one.does(one.prompt('none', 'write'))).rejects.toThrow('no session "none" here');
  await expect(
    one.does(one.agent.request('session/load', { sessionId: 'x', cwd: CWD, mcpServers: [] })),
  ).rejects.toThrow('no session');
  await expect(
    one.does(one.agent.request('session/fork', { sessionId: 'x', cwd: CWD })),
  ).rejects.toMatchObject({ code: -32601 });
  await expect(one.does(one.agent.request('session/new', { cwd: 'here', mcpServers: [] }))).rejects.toThrow(
    'absolute path',
  );
  await expect(one.does(one.agent.request<unknown>('session/new', { cwd: 7 }))).rejects.toThrow(
    'has not the form',
  );
  const { sessionId } = await one.begin();
  const image = { type: 'image' as const, data: 'AAAA', mimeType: 'image/png' };
  await expect(
    one.does(one.agent.request('session/prompt', { sessionId, prompt: [image] })),
  ).rejects.toMatchObject({
    ...{ code: -32602, message: expect.stringContaining('and no image') },
  });
  await one.agent.notify('session/cancel', { sessionId: 'none' });
  expect(one.alice.home.tables.list('sessions')).toEqual([]);
});

test('tool servers of the editor are not passed on, which is said once', async () => {
  const one = await connected();
  await one.initialize();
  const server = { name: 'tools', command: '/bin/tools', args: [], env: [] };
  for (let n = 0; n < 2; n += 1)
    await one.does(one.agent.request('session/new', { cwd: CWD, mcpServers: [server] }));
  expect(one.alice.logged.filter((line) => line.includes('tool servers'))).toHaveLength(1);
});

test('a session that is not at work gives way to a newer one, and one that is does not', async () => {
  const one = await connected();
  await one.initialize();
  const { sessionId: busy } = await one.begin();
  void one.prompt(busy, 'write').catch(() => undefined);
  await one.sent(busy);
  const { sessionId: idle } = await one.begin();
  for (let n = 1; n < MAX_EDITOR.sessions; n += 1) await one.begin();
  await expect(one.does(one.prompt(idle, 'write'))).rejects.toThrow('no session');
  await expect(one.does(one.prompt(busy, 'write'))).rejects.toThrow('not over yet');
});

test('at the end of its input it ends, and what runs goes on', async () => {
  const one = await connected();
  await one.initialize();
  const { sessionId } = await one.begin();
  void one.prompt(sessionId, 'write').catch(() => undefined);
  await one.sent(sessionId);
  one.from.end();
  await one.does(one.served);
  expect(one.alice.home.tables.get('sessions', sessionId)?.open).toBe(1);
  expect(one.alice.home.tables.list('messages', { type: 'task.cancel' })).toEqual([]);
});

test('told to stop, it stops, and that is no failure', async () => {
  const one = await connected();
  await one.initialize();
  one.stop.abort();
  expect(await one.does(one.served)).toBeUndefined();
});

const line = (value: unknown) => `${JSON.stringify(value)}\n`;
const request = (id: number, method: string, params: unknown = {}) =>
  line({ jsonrpc: '2.0', id, method, params });
const DEEP = `{"jsonrpc":"2.0","id":1,"method":"x","params":${'['.repeat(100)}${']'.repeat(100)}}\n`;

test.each([
  ['no JSON', 'hello\n', 'no message of its protocol'],
  ['JSON that is too deep', DEEP, 'no message of its protocol'],
  ['a line without an end', 'x'.repeat(MAX_EDITOR.line + 1), `more than ${MAX_EDITOR.line} bytes`],
  ['too many values', `[${'0,'.repeat(MAX_ACP.members)}0]\n`, `more than ${MAX_ACP.members} values`],
  ['an id that is no id', line({ jsonrpc: '2.0', id: 1.5, method: 'x' }), 'no message of its protocol'],
])('%s ends it, with words', async (_, text, words) => {
  const { from, served } = await begun();
  from.write(text);
  await expect(served).rejects.toThrow(words);
});

test('one id twice, and more requests than are answered, end it', async () => {
  const asked = async (texts: string[]) => {
    const { from, served, out } = await begun();
    from.write(request(0, 'initialize', { protocolVersion: 1 }));
    await once(out, 'data');
    from.write(request(1, 'session/new', { cwd: CWD, mcpServers: [] }));
    const [answer] = (await once(out, 'data')) as [Buffer];
    const { sessionId } = JSON.parse(`${answer}`).result;
    const prompt = [{ type: 'text', text: 'write' }];
    from.write(request(2, 'session/prompt', { sessionId, prompt }));
    from.write(texts.join(''));
    return served;
  };
  await expect(asked([request(2, 'session/list')])).rejects.toThrow('asked twice by one id');
  const many = Array.from({ length: MAX_EDITOR.requests }, (_, n) => request(n + 3, 'session/list'));
  await expect(asked(many)).rejects.toThrow(`more than ${MAX_EDITOR.requests} things at once`);
});

test('one that was stopped before it began does not wait for its editor to go', async () => {
  const stop = new AbortController();
  stop.abort();
  const { alice, served } = await begun({ stop });
  await alice.time.finish('the end', served);
});
