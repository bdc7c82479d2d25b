/** `up` as text: what runs where, what to type next, and what happens. */
import { join } from 'node:path';
import { findProgram } from '../adapters/system/child-process.ts';
import { selfCommand } from '../adapters/system/self.ts';
import { pairs } from '../cli/kit/render.ts';
import { shellWord } from '../core/encoding/shell-word.ts';
import { standingText } from '../services/messaging/log-lines.ts';
import type { Seen } from '../services/user/watch.ts';
import { GRAPH_FILE } from './graph-file.ts';
import { exampleTask } from './up-engine.ts';
import type { UpReady } from './up-ready.ts';

/** What an engine can see and reach, for `up --help`. */
export const engineHelp = [
  'An agent is given by its name or by a command of one that speaks the Agent Client Protocol. It is looked for on PATH, and tried once without a model. Where its service wants a key, that is asked for once, or read from --key-file, and kept by the Host; no argument ever has it. Agent, model and key are remembered: the next time `up` alone starts them.',
  'An engine gets its task on stdin and in the file $ENTANGLE_TASK_FILE, in its own copy of the committed branch.',
  'Its environment has only PATH, LANG and TMPDIR, and its HOME is empty: it has none of your logins, keys or settings.',
  'Files that go with a task (`entangle ask --attach FILE`) lie in the directory $ENTANGLE_ATTACHED, where it can read them; no commit has them.',
  'It may ask you while it runs: a line {"ask":{"question":"…"}} on descriptor 3, and the answer is a line of JSON on descriptor 4, once you gave it with `entangle user reply`. With {"escalate":{"to":"PERSON","words":"…"}} it asks a person to whom the graph has an edge `escalates_to`.',
  'With --sandbox bwrap it has no network and sees only its workspace, the programs of the system, those on PATH and those its command names; nothing else of this machine is there.',
  'With --sandbox none it has network access and your own file permissions.',
].join('\n\n');

/** Where it is not installed, the lines to type begin with a name for it. */
const alias = (): string[] =>
  findProgram('entangle') !== null
    ? []
    : [`alias entangle=${shellWord(selfCommand().map(shellWord).join(' '))}`];

const PLACE: Readonly<Record<string, (ready: UpReady) => string>> = {
  relay: (ready) => ready.relay,
  host: (ready) => ready.federation.host,
  runner: (ready) => ready.federation.runner,
  user: (ready) => ready.federation.user,
};

const shownEngine = ({ agent, engine }: UpReady): string =>
  agent === null
    ? (engine.command.at(-1) ?? '')
    : [
        agent.name,
        ...(agent.model ? [`model ${agent.model}`] : []),
        ...(agent.endpoint ? [`at ${agent.endpoint}`] : []),
      ].join(', ');

export const readyText = (ready: UpReady): string => {
  const { agent, engine, sandbox } = ready;
  const facts = pairs([
    ['repository', ready.repository],
    ['branches', `tasks start from the head of ${ready.base}; approved work becomes entangle/builder/…`],
    ['home', ready.home],
    ['graph', join(ready.home, GRAPH_FILE)],
    ...ready.processes.map(
      ({ name, pid }) => [name, `${PLACE[name]?.(ready) ?? ''} (process ${pid})`] as const,
    ),
    ['node', `${ready.federation.node || 'runs nowhere'} (builder, at most ${ready.capacity} turns at once)`],
    [
      agent ? 'agent' : 'engine',
      shownEngine(ready) + (engine.demo ? '   a demo engine: a shell runs the task' : ''),
    ],
    ['sandbox', sandbox.enforced ? sandbox.kind : `none: not enforced (${sandbox.detail})`],
  ]);
  const lines = [...alias(), ...ready.next].map((line) => `  ${line}`).join('\n');
  return `${facts}\n\nIn another terminal, in this repository:\n${lines}\n\nCtrl-C stops everything; \`entangle up\` resumes it.\n`;
};

const engineNamed = ({ agent, engine }: UpReady): string | null =>
  engine.demo ? null : (agent?.name ?? engine.command.at(-1) ?? null);

/** What stands on the screen of `up` while nothing is selected. */
export const upNotes = (ready: UpReady, logs: string): string[] => [
  `to begin   press a, type ${exampleTask(engineNamed(ready))}, then Enter`,
  'to end     press q: everything stops, and `entangle up` goes on where this was',
  `up         ${ready.repository}, tasks start from ${ready.base}`,
  `${ready.agent ? 'agent ' : 'engine'}     ${ready.engine.demo ? 'a shell, for a first look: a task is a command' : shownEngine(ready)}`,
  ...(ready.engine.demo
    ? ['           your agent: entangle up --agent kimi --model NAME; see entangle up --help']
    : []),
  `sandbox    ${ready.sandbox.enforced ? ready.sandbox.kind : `none: not enforced (${ready.sandbox.detail})`}`,
  ...ready.processes.map(({ name, pid }) => `${name.padEnd(10)} runs as process ${pid}`),
  `graph      ${join(ready.home, GRAPH_FILE)}`,
  `logs       ${logs}`,
];

export const seenText = (seen: Seen): string => {
  const line = `${seen.at} ${standingText(seen.what, seen.id, seen.state, seen.title.split('\n')[0])}`;
  if (seen.what === 'question' && seen.state === 'open')
    return `${line}\n  entangle user reply ${seen.id} "…"`;
  const asks = seen.what === 'approval' && seen.state === 'pending';
  return asks ? `${line}\n  entangle user approve ${seen.id}` : line;
};
