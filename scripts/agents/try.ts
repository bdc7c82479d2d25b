/** One turn of a known agent with a model of ours that wants a key: an edit, a command, another agent; and where the key was seen. */
import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAcpEngine } from '../../src/adapters/engines/acp/engine.ts';
import { apiOf } from '../../src/adapters/engines/acp/known-agents.ts';
import { probeSandbox } from '../../src/adapters/engines/probe.ts';
import type { AgentProfile } from '../../src/core/vocabulary.ts';
import type { TurnSession } from '../../src/ports/index.ts';
import { installedAgent, pathWith } from './installed.ts';
import { running, type StubMessage, type StubStep, startStubModel, writing } from './stub-model.ts';

/** Makes its file, and looks whether the key stands in an environment or a command line of this machine. */
const COMMAND =
  'echo made > by-command.txt; cat /proc/[0-9]*/environ /proc/[0-9]*/cmdline | grep -ac -f key > leaks; true';
const KEY = `sk-${randomBytes(12).toString('hex')}`;
const DELEGATED = { to: 'helper', task: 'help' };
/** A file, a command, then a directive, by whatever names the agent has for them, then that it is done. */
const stepOf =
  (made: string) =>
  (messages: readonly StubMessage[]): StubStep | null => {
    const results = messages.filter(({ role }) => role === 'tool');
    const [write, run] = [writing(made, 'made\n'), running(COMMAND)];
    if (results.length < 2) return results.length === 0 ? write : run;
    const heard = JSON.stringify(results);
    if (heard.includes('helped')) return null;
    // Some agents show tools of others only to who looks for them, and some call them for it then
    const [name] = /mcp__entangle-[0-9a-f]+__delegate/.exec(JSON.stringify(messages)) ?? [];
    const found: StubStep =
      results.length > 2
        ? { tool: /^tool_call$/, args: { name, arguments: DELEGATED } }
        : { tool: /^tool_?search$/i, args: { query: 'delegate', max_results: 5 } };
    return results.length > 4 ? null : { tool: /delegate$/, args: DELEGATED, or: found };
  };

/** In a folder that it does not trust it takes no tools of others. */
const WITHOUT_TOOLS: readonly AgentProfile[] = ['gemini', 'qwen'];
const directives: string[] = [];
const session: TurnSession = {
  ask: async () => ({ decision: 'approved', reason: 'a try' }),
  directive: async (line) => {
    directives.push(line);
    return '{"ok":true,"state":"completed","summary":"helped"}';
  },
  trace: ({ bytes }) => void process.stdout.write(bytes),
};

/** Whether the agent did all three things, as far as it can. */
export const tryAgent = async (profile: AgentProfile): Promise<boolean> => {
  process.env.PATH = pathWith(installedAgent(profile) ?? '');
  const root = mkdtempSync(join(tmpdir(), `entangle-${profile}-`));
  // The account of a fenced turn is another
  chmodSync(root, 0o711);
  const [workspace, scratch] = [join(root, 'work'), join(root, 'scratch')];
  for (const path of [workspace, scratch]) mkdirSync(path);
  // In a file: on a command line the look for it would find itself
  writeFileSync(join(workspace, 'key'), KEY);
  const model = await startStubModel(KEY, stepOf(join(workspace, 'by-edit.txt')), apiOf(profile));
  const { endpoint } = model;
  const sandbox = (await probeSandbox()).available ? 'bwrap' : 'none';
  const turn = {
    task: 'Make two files.',
    attached: [],
    secrets: [{ name: 'model-key', bytes: Buffer.from(`${KEY}\n`) }],
    workspace,
    scratch,
    hidden: [],
    network: [new URL(endpoint).host],
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
  const end = await createAcpEngine().run({ ...turn, spec, limits, sandbox }, session, signal);
  model.close();
  const hasLeaks = existsSync(join(workspace, 'leaks'));
  const leaks = hasLeaks ? readFileSync(join(workspace, 'leaks'), 'utf8').trim() : '0';
  const files = ['by-command.txt', 'by-edit.txt'].filter((name) => existsSync(join(workspace, name)));
  console.log(
    `\n${profile}, sandbox ${sandbox}: ${end.reason}; files: ${files.join(', ') || 'none'}${end.reason === 'done' ? '' : `\n${end.tail}`}`,
  );
  console.log(`directives: ${directives.join(', ') || 'none'}`);
  if (leaks !== '0')
    console.log(`${profile}: its key stands in ${leaks} lines of environments or command lines`);
  rmSync(root, { recursive: true, force: true });
  const gave = directives.splice(0).length;
  return files.length === 2 && gave === (WITHOUT_TOOLS.includes(profile) ? 0 : 1) && leaks === '0';
};
