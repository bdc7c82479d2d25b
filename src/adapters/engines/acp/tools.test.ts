/** The socket of a turn's tools, and what an agent starts to reach it. */
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { connectTools } from '../../../../test/support/tool-client.ts';
import { MAX_DIRECTIVE, MAX_TOOLS } from '../../../core/bounds.ts';
import { findProgram } from '../../system/child-process.ts';
import { isRoot } from '../account.ts';
import { insideNode } from '../programs.ts';
import { ToolCalls } from './tool-calls.ts';
import { openTools, type Tools } from './tools.ts';

let scratch: string;
let tools: Tools;
const place = () => join(scratch, 'tools/calls');
beforeEach(async () => {
  scratch = join(
    mkdtempSync(join(tmpdir(), 'entangle-tools-')),
    'so-deep-that-no-socket-has-such-a-name'.repeat(3),
  );
  mkdirSync(scratch);
  tools = await openTools({ scratch, sandbox: 'none' });
});
afterEach(async () => {
  vi.useRealTimers();
  tools.close();
  rmSync(join(scratch, '..'), { recursive: true, force: true });
});

let waits = 0;
const tooMuch: string[] = [];
const serve = (answer: (directive: string) => Promise<string>) => {
  waits = 0;
  const waiting = <T>(one: Promise<T>): Promise<T> => {
    waits += 1;
    return one.finally(() => {
      waits -= 1;
    });
  };
  tooMuch.length = 0;
  tools.serve(new ToolCalls({ answer, waiting }), (words) => tooMuch.push(words));
};
const reach = async (): Promise<Socket> => {
  const from = process.cwd();
  process.chdir(join(scratch, 'tools'));
  const socket = connect('calls');
  process.chdir(from);
  await once(socket, 'connect');
  return socket;
};
const client = async () => {
  const socket = await reach();
  const lines = createInterface(socket)[Symbol.asyncIterator]();
  return { socket, next: async () => JSON.parse((await lines.next()).value ?? 'null') };
};
const say = (socket: Socket, message: object) =>
  socket.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
const ask = (socket: Socket, id: number, more: object = {}) =>
  say(socket, { id, method: 'tools/call', params: { name: 'ask', arguments: { question: 'x' }, ...more } });

test('what an agent starts reaches it, however deep it lies; it is its owner’s alone, and goes with the turn', async () => {
  serve(async (directive) => JSON.stringify({ ok: true, directive }));
  expect(statSync(place()).mode & 0o777).toBe(0o600);
  expect(statSync(join(scratch, 'tools')).mode & 0o777).toBe(0o700);
  const agent = await connectTools(tools.server);
  const answer = { ok: true, directive: '{"ask":{"question":"x"}}' };
  expect(await agent.call('ask', { question: 'x' })).toMatchObject({ structuredContent: answer });
  tools.close();
  expect(existsSync(place())).toBe(false);
  expect(await agent.list()).toEqual({ exit: 0 });
  const { name } = tools.server;
  tools = await openTools({ scratch, sandbox: 'none' });
  for (const one of [name, tools.server.name]) expect(one).toMatch(/^entangle-[0-9a-f]{8}$/);
  expect(tools.server.name).not.toBe(name);
});

test('what its agent puts in the place of its directory is left alone', async () => {
  const short = mkdtempSync(join(tmpdir(), 'entangle-tools-'));
  const [ours, moved, others] = ['tools', 'moved', 'others'].map((one) => join(short, one)) as [
    string,
    string,
    string,
  ];
  const opened = await openTools({ scratch: short, sandbox: 'none' });
  mkdirSync(others);
  writeFileSync(join(others, 'calls'), '');
  renameSync(ours, moved);
  symlinkSync(others, ours);
  opened.close();
  expect([existsSync(join(others, 'calls')), existsSync(join(moved, 'calls'))]).toEqual([true, false]);
  rmSync(short, { recursive: true });
});

test('a call that its agent gives up is answered when it asks again, also over another connection', async () => {
  const answer = Promise.withResolvers<string>();
  let asked = 0;
  serve(() => {
    asked += 1;
    return answer.promise;
  });
  const one = await client();
  ask(one.socket, 1);
  say(one.socket, { method: 'notifications/cancelled', params: { requestId: 1 } });
  ask(one.socket, 2);
  say(one.socket, { id: 3, method: 'ping' });
  expect(await one.next()).toMatchObject({ id: 3 });
  one.socket.destroy();
  await vi.waitFor(() => expect(waits).toBe(0));
  const two = await client();
  ask(two.socket, 5);
  answer.resolve('{"ok":true}');
  expect(await two.next()).toMatchObject({ id: 5, result: { isError: false } });
  expect(asked).toBe(1);
});

test('a call that takes long says so, to who wants to hear it', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  const answer = Promise.withResolvers<string>();
  const asked = Promise.withResolvers<void>();
  serve(() => {
    asked.resolve();
    return answer.promise;
  });
  const { socket, next } = await client();
  ask(socket, 1, { _meta: { progressToken: 'p' } });
  await asked.promise;
  vi.advanceTimersByTime(10_000);
  const params = { progressToken: 'p', progress: 1 };
  expect(await next()).toMatchObject({ method: 'notifications/progress', params });
  answer.resolve('{"ok":true}');
  expect(await next()).toMatchObject({ id: 1 });
  expect(vi.getTimerCount()).toBe(0);
});

test('a line has a bound, and so have connections', async () => {
  serve(async () => '{"ok":true}');
  const { socket, next } = await client();
  socket.on('error', () => undefined);
  const closed = once(socket, 'close');
  socket.write('x'.repeat(MAX_TOOLS.line + 1));
  expect(await next()).toMatchObject({ id: null, error: { message: expect.stringContaining('at most') } });
  await closed;
  const all = await Promise.all(Array.from({ length: MAX_TOOLS.connections }, client));
  const more = await client();
  await once(more.socket.resume(), 'close');
  ask(all[0]!.socket, 1);
  expect(await all[0]?.next()).toMatchObject({ id: 1 });
});

test('a connection ends that makes calls without end of what is not begun, and gives each up at once', async () => {
  let asked = 0;
  serve(async () => `${++asked}`);
  const socket = await reach();
  socket.on('error', () => undefined).resume();
  const closed = new Promise((resolve) => socket.once('close', resolve));
  for (let n = 0; n <= MAX_TOOLS.refusals; n++) {
    const large = { arguments: { question: `${n}${'x'.repeat(MAX_DIRECTIVE)}` } };
    ask(socket, n, large);
    say(socket, { method: 'notifications/cancelled', params: { requestId: n } });
  }
  await closed;
  expect(asked).toBe(0);
});

test('what a turn sends has a bound, over however many connections', async () => {
  serve(async () => '{"ok":true}');
  const line = `${'x'.repeat(MAX_TOOLS.line - 2)}\n`;
  let left = Math.ceil(MAX_TOOLS.all / line.length) + 1;
  const flood = async () => {
    const socket = await reach();
    socket.on('error', () => undefined).resume();
    const closed = new Promise((resolve) => socket.once('close', resolve));
    while (left-- > 0 && !socket.destroyed)
      if (!socket.write(line)) await Promise.race([once(socket, 'drain').catch(() => undefined), closed]);
    await closed;
  };
  await Promise.all([flood(), flood(), flood()]);
  expect(tooMuch).toEqual([`the agent sent more than ${MAX_TOOLS.all} bytes to its tools`]);
  await expect(reach()).rejects.toThrow();
});

test('it is carried by this Node, or by one that the engine’s account can reach', () => {
  const directory = mkdtempSync(join(tmpdir(), 'entangle-node-'));
  const own = join(directory, 'node');
  writeFileSync(own, '', { mode: 0o755 });
  chmodSync(directory, 0o755);
  expect(insideNode({ sandbox: 'bwrap' }, own)).toBe(own);
  chmodSync(directory, 0o700);
  expect(insideNode({ sandbox: 'none' }, own)).toBe(own);
  const found = findProgram('node') ?? own;
  expect(insideNode({ sandbox: 'bwrap' }, own)).toBe(isRoot() ? found : own);
  rmSync(directory, { recursive: true });
});
