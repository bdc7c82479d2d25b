/** An editor as the front end of a person's node: the library's own client, over the standard streams of a real process. */
import { type ChildProcess, spawn } from 'node:child_process';
import { Readable, Writable } from 'node:stream';
import { client, ndJsonStream } from '@agentclientprotocol/sdk';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { BIN, environment, tempHomes } from '../support/cli.ts';
import { until } from '../support/custom-federation.ts';
import { approveAs, showAs } from '../support/own-user.ts';
import { ledgers, type ProcessFederation, startProcesses, tagOf } from '../support/process-federation.ts';

const here = tempHomes();
const editors: ChildProcess[] = [];
let fed: ProcessFederation;
beforeAll(async () => {
  fed = await startProcesses(here, { approval: true });
}, 180_000);
afterAll(async () => {
  for (const one of editors) one.kill('SIGKILL');
  await fed.close();
});

const openEditor = async (...args: string[]) => {
  const { user } = fed.homes;
  const child = spawn(process.execPath, [BIN, 'user', 'acp', ...args, '--home', user], {
    ...{ env: environment(user), cwd: here.root, stdio: ['pipe', 'pipe', 'pipe'] },
  });
  editors.push(child);
  let errors = '';
  child.stderr.on('data', (bytes) => {
    errors += bytes;
  });
  const exit = new Promise<number | null>((resolve) => child.on('close', resolve));
  const told: string[] = [];
  const stream = ndJsonStream(
    Writable.toWeb(child.stdin) as WritableStream<Uint8Array>,
    Readable.toWeb(child.stdout) as ReadableStream<Uint8Array>,
  );
  const { agent } = client({ name: 'editor' })
    .onNotification('session/update', ({ params: { update } }) => {
      told.push(
        'content' in update && update.content && 'text' in update.content
          ? update.content.text
          : JSON.stringify(update),
      );
    })
    .connect(stream);
  await agent.request('initialize', { protocolVersion: 1, clientCapabilities: {} });
  const begin = () => agent.request('session/new', { cwd: here.root, mcpServers: [] });
  const prompt = (sessionId: string, ...texts: string[]) =>
    agent.request('session/prompt', {
      sessionId,
      prompt: texts.map((text) => ({ type: 'text' as const, text })),
    });
  const words = () => told.join('');
  const seen = (what: RegExp) => until(`${what} in ${words()}${errors}`, async () => what.exec(words()));
  return { child, agent, begin, prompt, words, seen, exit, errors: () => errors };
};

const requests = (session: string) =>
  ledgers(fed).user.filter(
    (line) => tagOf(line, 'type') === 'task.request' && tagOf(line, 'session') === session,
  );

test('a prompt with a file is a signed task; its trace comes as it comes; what it made waits for an approval elsewhere, and its end is told', async () => {
  const editor = await openEditor();
  const { sessionId } = await editor.begin();
  here.file('note.txt', 'from the editor\n');
  const task = 'echo I begin; cp "$ENTANGLE_ATTACHED/note.txt" b.txt; echo "call: copy (edit): completed" # ';
  const asked = await editor.agent.request('session/prompt', {
    sessionId,
    prompt: [
      { type: 'text', text: task },
      { type: 'resource_link', uri: `file://${here.root}/note.txt`, name: 'note.txt' },
    ],
  });
  expect(asked).toEqual({ stopReason: 'end_turn' });
  expect(editor.words()).toContain('> I begin');
  expect(editor.words()).toMatch(/"title":"copy","kind":"edit","status":"completed"/);
  const [, approval = ''] = await editor.seen(/entangle user approve ([0-9a-f-]{36})/);
  expect(ledgers(fed).user.filter((line) => tagOf(line, 'type') === 'approval.response')).toEqual([]);
  await approveAs(fed.homes.user, approval);
  await editor.seen(/has done it[\s\S]*exactly as you approved it[\s\S]*> commit [0-9a-f]{40}/);
  expect(requests(sessionId)).toHaveLength(1);
  editor.child.stdin.end();
  expect(await editor.exit).toBe(0);
  expect(editor.errors()).toBe('');
});

test('cancelled in the editor, the task is cancelled; a node that is not there is refused with those that are', async () => {
  const editor = await openEditor('--to', 'builder');
  const { sessionId } = await editor.begin();
  const turn = editor.prompt(sessionId, 'echo I wait; sleep 600');
  await editor.seen(/> I wait/);
  await editor.agent.notify('session/cancel', { sessionId });
  expect(await turn).toEqual({ stopReason: 'cancelled' });
  await until('it is cancelled', async () => {
    const { state } = await showAs<{ state: string }>(fed.homes.user, sessionId);
    return state === 'cancelled';
  });
  editor.child.kill('SIGTERM');
  expect(await editor.exit).toBe(0);
  const wrong = await openEditor('--to', 'bulder');
  await expect(wrong.begin()).rejects.toThrow(/no node "bulder".*builder/);
});

test('killed while a prompt runs, the task was sent once; the next process finds it, and its question is answered there', async () => {
  const first = await openEditor();
  const { sessionId } = await first.begin();
  const ask = 'echo \'{"ask":{"question":"which port?"}}\' >&3; read -r answer <&4; echo "told $answer"';
  const turn = first.prompt(sessionId, ask);
  turn.catch(() => undefined);
  await first.seen(/Sent to builder/);
  first.child.kill('SIGKILL');
  await first.exit;
  const second = await openEditor();
  const { sessions } = await second.agent.request('session/list', {});
  expect(sessions.map((one) => one.sessionId)).toContain(sessionId);
  await second.agent.request('session/load', { sessionId, cwd: here.root, mcpServers: [] });
  await second.seen(/> which port\?/);
  expect(await second.prompt(sessionId, '8080')).toEqual({ stopReason: 'end_turn' });
  expect(second.words()).toMatch(/> told .*8080/);
  expect(second.words()).toContain('has done it');
  expect(requests(sessionId)).toHaveLength(1);
});
