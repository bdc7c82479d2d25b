/** One turn of a known agent with a model of ours that wants a key: an edit, a command, another agent; and where the key was seen. */
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAcpEngine } from '../../src/adapters/engines/acp/engine.ts';
import type { AgentProfile } from '../../src/core/vocabulary.ts';
import type { TurnSession } from '../../src/ports/index.ts';
import { installedAgent, pathWith } from './installed.ts';
import { running, type StubMessage, type StubStep, startStubModel, writing } from './stub-model.ts';

/** Makes its file, and looks whether the key stands in an environment or a command line of this machine. */
const COMMAND =
  'echo made > by-command.txt; cat /proc/[0-9]*/environ /proc/[0-9]*/cmdline | grep -ac -f ../key > ../leaks; true';
const KEY = `sk-${randomBytes(12).toString('hex')}`;
/** A file, a command, then a directive, by whatever names the agent has for them, then that it is done. */
const stepOf =
  (made: string) =>
  (messages: readonly StubMessage[]): StubStep | null => {
    const step = messages.filter(({ role }) => role === 'tool').length;
    const given = { to: 'helper', task: 'help' };
    // Some agents show tools of others only to who looks for them
    const [name] = /mcp__entangle-[0-9a-f]+__delegate/.exec(JSON.stringify(messages)) ?? [];
    const found = { tool: /delegate$|^tool_search$/, args: { ...given, query: 'delegate' } };
    const called = { tool: /^tool_call$/, args: { name, arguments: given } };
    return [writing(made, 'made\n'), running(COMMAND), found, called][step] ?? null;
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
  const model = await startStubModel(KEY, stepOf(join(workspace, 'by-edit.txt')));
  const { endpoint } = model;
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
