/** `runner probe`: tries an agent as a turn would start it, and keeps what was seen. */
import { chmod, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { apiOf, howToInstall } from '../../adapters/engines/acp/known-agents.ts';
import { keepProbe } from '../../adapters/engines/acp/probe/kept.ts';
import { isSpoken, MODEL_APIS } from '../../adapters/engines/acp/probe/model-apis.ts';
import { probeAgent } from '../../adapters/engines/acp/probe/probe.ts';
import { programsOf } from '../../adapters/engines/acp/probe/programs.ts';
import { startedAs } from '../../adapters/engines/acp/profiles.ts';
import { removeTree } from '../../adapters/system/remove-tree.ts';
import { commandBinding, factsOf, holdsCommands, type ProbeTurn, whyUntried } from '../../core/acp/probe.ts';
import { type AgentNamed, agentText, namedAgent, type ProbeRecord } from '../../core/acp/probe-record.ts';
import { bindingSeen, factRows, outcomeWords } from '../../core/acp/probe-words.ts';
import { readShape } from '../../core/encoding/read-shape.ts';
import { isoTime } from '../../core/encoding/time.ts';
import { EntangleError } from '../../core/errors.ts';
import type { SandboxKind } from '../../core/vocabulary.ts';
import { newcomerConfig, runnerConfig } from '../../services/setup/config.ts';
import { oneLine, pairs } from '../kit/render.ts';
import type { HomePaths } from '../kit/settings.ts';
import { requireCapabilities } from '../wiring/capabilities.ts';
import { readConfig, requireMember } from '../wiring/home-config.ts';
import { assignedNode } from './assigned.ts';

export type ProbeResult = Omit<ProbeRecord, 'at'> & {
  at: string;
  /** Whether approvals of commands hold with it. */
  holds: boolean;
  turns: ProbeTurn[];
};

type Wanted = { agent: AgentNamed; sandbox?: SandboxKind };
/** A node of this runner by its name, which is started in its own sandbox; a profile; else a command. */
const wantedAgent = async (home: string, given: string): Promise<Wanted> => {
  const node = await assignedNode(home, given);
  if (node === null) return { agent: namedAgent(given) };
  const { engine, policy } = node;
  if (engine.type !== 'acp')
    throw new EntangleError('usage', `"${given}" has an ${engine.type} engine, which asks before nothing`, {
      hint: 'give a node with an acp engine',
    });
  const { profile, command } = engine;
  const agent = { ...(profile && { profile }), ...(command && { command }) };
  return { agent, sandbox: policy.sandbox };
};

const inDirectory = async <T>(work: (directory: string) => Promise<T>): Promise<T> => {
  const directory = await mkdtemp(join(tmpdir(), 'entangle-probe-'));
  try {
    await chmod(directory, 0o711);
    return await work(directory);
  } finally {
    await removeTree(directory);
  }
};

const strictest = (offered: readonly SandboxKind[]): SandboxKind =>
  offered.includes('bwrap') ? 'bwrap' : 'none';

/** What it offers. An agent can be tried before its runner joins: it has no nodes then. */
const runnerIn = async (home: string): Promise<{ isJoined: boolean; offers: readonly SandboxKind[] }> => {
  const newcomer = readShape(newcomerConfig, await readConfig(home));
  if (newcomer.success && newcomer.data.settings !== null)
    return { isJoined: false, offers: newcomer.data.settings.sandbox };
  return { isJoined: true, offers: (await requireMember(home, runnerConfig, 'runner')).sandbox };
};

type Asked = { runner: string; agent: string; sandbox: SandboxKind | undefined; signal: AbortSignal };
export const probeOnRunner = async (paths: HomePaths, { runner, ...asked }: Asked): Promise<ProbeResult> => {
  const home = paths.runner(runner);
  const { isJoined, offers } = await runnerIn(home);
  await requireCapabilities(offers);
  const { agent, ...own } = isJoined
    ? await wantedAgent(home, asked.agent)
    : { agent: namedAgent(asked.agent) };
  const command = startedAs({ type: 'acp', auth: 'none', ...agent });
  const api = apiOf(agent.profile);
  if (!isSpoken(api))
    throw new EntangleError(
      'usage',
      `${agent.profile} cannot be tried: it asks for ${api}, and the model of a probe speaks ${Object.keys(MODEL_APIS).join(' and ')}`,
      {
        hint: 'keep it in a sandbox: that it asks before a command is not proven',
      },
    );
  const programs = await programsOf(command);
  if (programs === null)
    throw new EntangleError('not_found', `the program "${command[0]}" is not on this machine`, {
      hint: howToInstall(agent.profile ?? null),
    });
  const sandbox = asked.sandbox ?? own.sandbox ?? strictest(offers);
  if (!offers.includes(sandbox))
    throw new EntangleError('usage', `this runner offers no sandbox "${sandbox}"`, {
      hint: `give one of ${offers.join(', ')}`,
    });
  const hidden = [paths.root, join(home, 'keys')];
  const { seen, turns, isPinned } = await inDirectory((directory) =>
    probeAgent({ agent, sandbox, hidden, directory, signal: asked.signal }),
  );
  const facts = factsOf(seen, isPinned);
  const why = whyUntried(facts, seen, turns);
  const record = { agent: agentText(agent), sandbox, binding: commandBinding(seen), facts, why } as const;
  const at = Math.floor(Date.now() / 1000);
  const kept = { ...record, programs: programs.digest, version: programs.version, at };
  await keepProbe(home, kept);
  return { ...kept, at: isoTime(at * 1000), holds: holdsCommands(facts), turns };
};

export const probeText = (value: ProbeResult): string =>
  pairs([
    ['agent', value.agent],
    ['version', value.version ?? 'not known'],
    ['programs', value.programs],
    ['sandbox', value.sandbox === 'none' ? 'none (not enforced)' : value.sandbox],
    ...factRows(value.facts),
    ['binding', bindingSeen(value.binding)],
    ['approvals of commands', outcomeWords(value)],
    ...value.turns.flatMap(({ reason, tail }, n): [string, string][] =>
      reason === 'done' || reason === 'cancelled'
        ? []
        : [[`turn ${n + 1}`, `${reason}: ${oneLine(tail.trim()).slice(-300)}`]],
    ),
  ]);
