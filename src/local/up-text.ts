/** `up` as text: what runs where, what to type next, and what happens. */
import { join } from 'node:path';
import { findProgram } from '../adapters/system/child-process.ts';
import { selfCommand } from '../adapters/system/self.ts';
import { pairs } from '../cli/kit/render.ts';
import { shellWord } from '../core/encoding/shell-word.ts';
import type { Seen } from '../services/user/watch.ts';
import { GRAPH_FILE } from './graph-file.ts';
import { exampleTask } from './up-engine.ts';
import type { UpReady } from './up-ready.ts';

/** What an engine can see and reach, for `up --help`. */
export const engineHelp = [
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

export const readyText = (ready: UpReady): string => {
  const { engine, sandbox } = ready;
  const facts = pairs([
    ['repository', ready.repository],
    ['branches', `tasks start from the head of ${ready.base}; approved work becomes entangle/builder/…`],
    ['home', ready.home],
    ['graph', join(ready.home, GRAPH_FILE)],
    ...ready.processes.map(
      ({ name, pid }) => [name, `${PLACE[name]?.(ready) ?? ''} (process ${pid})`] as const,
    ),
    ['node', `${ready.federation.node} (builder, at most ${ready.capacity} turns at once)`],
    ['engine', engine.command.at(-1) + (engine.demo ? '   a demo engine: a shell runs the task' : '')],
    ['sandbox', sandbox.enforced ? sandbox.kind : `none: not enforced (${sandbox.detail})`],
  ]);
  const lines = [...alias(), ...ready.next].map((line) => `  ${line}`).join('\n');
  return `${facts}\n\nIn another terminal, in this repository:\n${lines}\n\nCtrl-C stops everything; \`entangle up\` resumes it.\n`;
};

const engineOf = ({ engine }: UpReady): string | null =>
  engine.demo ? null : (engine.command.at(-1) ?? null);

/** What stands on the screen of `up` while nothing is selected. */
export const upNotes = (ready: UpReady, logs: string): string[] => [
  `to begin   press a, type ${exampleTask(engineOf(ready))}, then Enter`,
  'to end     press q: everything stops, and `entangle up` goes on where this was',
  `up         ${ready.repository}, tasks start from ${ready.base}`,
  `engine     ${ready.engine.demo ? 'a shell, for a first look: a task is a command' : ready.engine.command.at(-1)}`,
  ...(ready.engine.demo ? ['           your agent: entangle up --engine "my-agent --print"'] : []),
  `sandbox    ${ready.sandbox.enforced ? ready.sandbox.kind : `none: not enforced (${ready.sandbox.detail})`}`,
  ...ready.processes.map(({ name, pid }) => `${name.padEnd(10)} runs as process ${pid}`),
  `graph      ${join(ready.home, GRAPH_FILE)}`,
  `logs       ${logs}`,
];

export const seenText = (seen: Seen): string => {
  const line = `${seen.at} ${seen.what} ${seen.id} ${seen.state}  ${seen.title.split('\n')[0] ?? ''}`;
  if (seen.what === 'question' && seen.state === 'open')
    return `${line}\n  entangle user reply ${seen.id} "…"`;
  const asks = seen.what === 'approval' && seen.state === 'pending';
  return asks ? `${line}\n  entangle user approve ${seen.id}` : line;
};
