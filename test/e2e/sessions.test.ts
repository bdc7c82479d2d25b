/**
 * Sessions from both ends, over all processes: an operator looks at them and ends them, and whoever asked is told; an editor
 * is the front end of a person's node, by the library's own client over the standard streams of a real process.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { client, ndJsonStream } from '@agentclientprotocol/sdk';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { BIN, environment, json, run, tempHomes } from '../support/cli.ts';
import { type CustomFederation, startCustomFederation, until } from '../support/custom-federation.ts';
import { approveAs, showAs } from '../support/own-user.ts';
import { ledgerOf, tagOf } from '../support/process-federation.ts';

const here = tempHomes();
const editors: ChildProcess[] = [];
let fed: CustomFederation;

beforeAll(async () => {
  fed = await startCustomFederation(here, {
    users: { alice: null },
    agents: { builder: { approval: { 'source.publish': { by: ['alice'] } } } },
    edges: ['alice delegates_to builder', 'alice approves builder'],
  });
});
afterAll(async () => {
  for (const one of editors) one.kill('SIGKILL');
  await fed?.close();
});
const alice = () => fed.homes.alice!;

type Listed = { items: { id: string; node: string; state: string; held: boolean; cancel: unknown }[] };
type Viewed = Listed['items'][number] & {
  reason: string;
  attempts: { runner: string; fence: number; told: { acked: boolean } | null }[];
  approvals: { state: string }[];
};
const operator = () => fed.homes.host!;
const session = (...args: string[]) => ['host', 'session', ...args];
const show = (id: string) => json<Viewed>(operator(), session('show', id));
const told = async (home: string, args: readonly string[]) => {
  const { code, stdout, stderr } = await run(home, args);
  expect([code, stderr]).toEqual([0, '']);
  return stdout;
};
/** A turn that does not end by itself, once it runs: where it writes its pid, and that. */
const endless = async (ask: (task: string) => Promise<unknown>) => {
  const file = join(here.root, `pid-${Math.random()}`);
  await ask(`echo $$ >> ${file}; exec sleep 1000`);
  const pid = await until('its turn', async () => existsSync(file) && readFileSync(file, 'utf8').trim());
  return { file, pid: Number(pid.split('\n').at(-1)) };
};
const isAlive = (pid: number): boolean => existsSync(`/proc/${pid}`);

test('is listed and shown, ends when an operator says so, and who asked is told that it was the Host, and why', async () => {
  const waiting = ['--wait', '--timeout', '5m'];
  let asking: ReturnType<typeof run> | undefined;
  const { pid } = await endless(async (task) => {
    asking = run(alice(), ['user', 'ask', 'builder', task, ...waiting]);
  });
  const { items } = await json<Listed>(operator(), session('list', '--open', '--node', 'builder'));
  expect(items).toMatchObject([{ node: 'builder', state: 'active', held: true, cancel: null }]);
  const { id } = items[0]!;
  const short = id.slice(-8);
  expect(await told(operator(), session('list'))).toMatch(
    new RegExp(`^ID .*\\n${short} +builder +alice +active +1 +\\d+ s ago +–\\n$`),
  );
  expect(await told(operator(), session('show', short))).toMatch(/runs {6}r1\n(?:.|\n)*\n1 +r1 +1 +active/);

  const asked = await run(operator(), session('cancel', short, '--no-input'));
  expect([asked.code, asked.stderr]).toEqual([64, expect.stringContaining('confirm with --yes')]);
  const why = ['--reason', 'the machine\n is needed', '--yes'];
  expect(await told(operator(), session('cancel', short, ...why, '--wait', '60s'))).toBe(
    `session ${id} is cancelled: cancelled_by_host\n`,
  );
  const { code, stderr } = await asking!;
  expect([code, stderr]).toEqual([
    5,
    expect.stringMatching(
      /cancelled: cancelled_by_host \(cancelled by the Host: the machine\n +is needed\)\n$/,
    ),
  ]);
  expect(isAlive(pid)).toBe(false);
  const shown = await told(alice(), ['user', 'show', id]);
  expect(shown).toMatch(/cancelled(?:.|\n)*cancelled_by_host(?:.|\n)*cancelled by the Host: the machine/);
  expect(await told(alice(), ['user', 'trace', id])).toContain('cancelled_by_host');

  expect(await show(id)).toMatchObject({
    ...{ state: 'cancelled', reason: 'cancelled_by_host', held: false, cancel: { by: 'bootstrap' } },
    attempts: [{ runner: 'r1', fence: 1, told: { acked: true } }],
  });
  expect(await told(operator(), ['host', 'audit', 'tail'])).toContain(`end session ${id}`);
  const again = await run(operator(), session('cancel', id, '--yes'));
  expect([again.code, again.stderr]).toEqual([4, expect.stringContaining('is over already: cancelled')]);
  const none = await run(operator(), session('cancel', 'abcdef01', '--yes'));
  expect([none.code, none.stderr]).toEqual([6, expect.stringContaining('was told of no session')]);
});

test('ends with its open question taken back', async () => {
  const id = await fed.ask('alice', 'builder', 'echo b > b.txt');
  const { approvals } = await fed.waited('alice', id, 'approval');
  await json(operator(), session('cancel', id, '--yes', '--wait', '60s'));
  expect((await show(id)).approvals).toMatchObject([{ state: 'withdrawn' }]);
  await expect(approveAs(alice(), approvals[0]!.id)).rejects.toThrow();
  expect(fed.head('builder', id)).toBe('');
});

test('ends though its runner and the Host were killed meanwhile, and its turn does not run again', async () => {
  const { file, pid } = await endless((task) => fed.ask('alice', 'builder', task));
  const { items } = await json<Listed>(operator(), session('list', '--open'));
  const { id } = items[0]!;
  await fed.serving('runner').kill('SIGKILL');
  const asked = await json<Viewed>(operator(), session('cancel', id, '--yes'));
  expect(asked).toMatchObject({ id, state: 'active', cancel: { by: 'bootstrap', reason: null } });
  await fed.serving('host').kill('SIGKILL');
  await fed.start('host');
  const inVain = await run(operator(), session('cancel', id, '--yes', '--wait', '1s'));
  expect([inVain.code, inVain.stderr]).toEqual([
    4,
    expect.stringContaining('operator "bootstrap" wants session'),
  ]);
  expect((await show(id)).state).toBe('active');
  await fed.start('runner');
  await expect(fed.waited('alice', id, 'end')).rejects.toMatchObject({ code: 'denied' });
  await until('its end', async () => (await show(id)).state === 'cancelled');
  expect(readFileSync(file, 'utf8')).toBe(`${pid}\n`);
  await until('what was left of its turn to be gone', async () => !isAlive(pid));
});

const openEditor = async (...args: string[]) => {
  const user = alice();
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
  ledgerOf(fed.directory('alice')).filter(
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
  expect(
    ledgerOf(fed.directory('alice')).filter((line) => tagOf(line, 'type') === 'approval.response'),
  ).toEqual([]);
  await approveAs(alice(), approval);
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
    const { state } = await showAs<{ state: string }>(alice(), sessionId);
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
