/** One turn of a known agent with a model of ours that wants a key: an edit, a command, another agent; and where the key was seen. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { createAcpEngine } from '../../src/adapters/engines/acp/engine.ts';
import type { AgentProfile } from '../../src/core/vocabulary.ts';
import type { TurnSession } from '../../src/ports/index.ts';
import { installedAgent, pathWith } from './installed.ts';

type Tool = { name: string; parameters?: { properties?: Record<string, unknown> } };
type Asked = { messages?: { role: string }[]; tools?: { function: Tool }[] };
/** Makes its file, and looks whether the key stands in an environment or a command line of this machine. */
const COMMAND =
  'echo made > by-command.txt; cat /proc/[0-9]*/environ /proc/[0-9]*/cmdline | grep -ac -f ../key > ../leaks; true';
const KEY = `sk-${randomBytes(12).toString('hex')}`;
/** What the model says next: a file, a command, then a directive, by whatever names the agent has for them, then that it is done. */
const stepOf = (
  { messages = [], tools = [] }: Asked,
  made: string,
): { name: string; args: object } | null => {
  const step = messages.filter(({ role }) => role === 'tool').length;
  const all = { path: made, file_path: made, filePath: made, content: 'made\n', command: COMMAND };
  const given = { to: 'helper', task: 'help' };
  // Some agents show tools of others only to who looks for them
  const wanted = [/^write/i, /bash|shell/i, /delegate$|^tool_search$/, /^tool_call$/][step];
  const [name] = /mcp__entangle-[0-9a-f]+__delegate/.exec(JSON.stringify(messages)) ?? [];
  const found = { query: 'delegate', name, arguments: given };
  const tool = tools.map((one) => one.function).find(({ name }) => wanted?.test(name));
  if (tool === undefined) return null;
  // One that is given what it does not know refuses
  const known = Object.keys(tool.parameters?.properties ?? {});
  const args = Object.entries({ ...all, ...given, ...found, is_background: false }).filter(([name]) =>
    known.includes(name),
  );
  return { name: tool.name, args: Object.fromEntries(args) };
};

const startModel = async (made: string): Promise<Server> => {
  const server = createServer(async (request, response) => {
    if (request.headers.authorization !== `Bearer ${KEY}`) return void response.writeHead(401).end();
    const step = stepOf((await json(request)) as Asked, made);
    const called = step && { name: step.name, arguments: JSON.stringify(step.args) };
    const delta = called
      ? { role: 'assistant', tool_calls: [{ index: 0, id: 'c1', type: 'function', function: called }] }
      : { role: 'assistant', content: 'Done.' };
    const finish = called ? 'tool_calls' : 'stop';
    const head = { id: 'x', object: 'chat.completion.chunk', created: 1, model: 'stub' };
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    for (const choice of [
      { index: 0, delta, finish_reason: null },
      { index: 0, delta: {}, finish_reason: finish },
    ])
      response.write(`data: ${JSON.stringify({ ...head, choices: [choice] })}\n\n`);
    response.end('data: [DONE]\n\n');
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return server;
};

const directives: string[] = [];
const session: TurnSession = {
  ask: async () => ({ decision: 'approved', reason: 'a try' }),
  directive: async (line) => {
    directives.push(line);
    return '{"ok":true,"state":"completed","summary":"helped"}';
  },
  trace: ({ bytes }) => void process.stdout.write(bytes),
};

/** Whether the agent did all three things. */
export const tryAgent = async (profile: AgentProfile): Promise<boolean> => {
  process.env.PATH = pathWith(installedAgent(profile) ?? '');
  const root = mkdtempSync(join(tmpdir(), `entangle-${profile}-`));
  const [workspace, scratch] = [join(root, 'work'), join(root, 'scratch')];
  for (const path of [workspace, scratch]) mkdirSync(path);
  // In a file: on a command line the look for it would find itself
  writeFileSync(join(root, 'key'), KEY);
  const model = await startModel(join(workspace, 'by-edit.txt'));
  const endpoint = `http://127.0.0.1:${(model.address() as AddressInfo).port}/v1`;
  const turn = {
    task: 'Make two files.',
    attached: [],
    secrets: [{ name: 'model-key', bytes: Buffer.from(`${KEY}\n`) }],
    workspace,
    scratch,
    hidden: [],
    network: [],
  };
  const limits = {
    timeMs: 120_000,
    outputBytes: 1_000_000,
    memoryBytes: 4 * 1024 ** 3,
    diskBytes: 1e9,
    diskEntries: 1e5,
  };
  const spec = { type: 'acp', auth: 'secret:model-key', profile, model: 'stub', endpoint } as const;
  const { signal } = new AbortController();
  const end = await createAcpEngine().run({ ...turn, spec, limits, sandbox: 'none' }, session, signal);
  model.closeAllConnections();
  model.close();
  const files = readdirSync(workspace).join(', ');
  console.log(
    `\n${profile}: ${end.reason}; files: ${files || 'none'}${end.reason === 'done' ? '' : `\n${end.tail}`}`,
  );
  console.log(`directives: ${directives.join(', ') || 'none'}`);
  const leaks = readFileSync(join(root, 'leaks'), 'utf8').trim();
  if (leaks !== '0')
    console.log(`${profile}: its key stands in ${leaks} lines of environments or command lines`);
  rmSync(root, { recursive: true, force: true });
  const isWhole = files === 'by-command.txt, by-edit.txt' && directives.splice(0).length === 1;
  return isWhole && leaks === '0';
};
