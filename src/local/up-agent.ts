/** The agent that somebody gave `up`, by its name or its command: what it is told, what it may reach, what it lacks. */

import { apiOf, howToInstall, KNOWN_AGENTS } from '../adapters/engines/acp/known-agents.ts';
import { isSpoken } from '../adapters/engines/acp/probe/model-apis.ts';
import { programsOf } from '../adapters/engines/acp/probe/programs.ts';
import { startedAs } from '../adapters/engines/acp/profiles.ts';
import { secretValueOf } from '../cli/host/secret-value.ts';
import { promptHere } from '../cli/kit/confirm.ts';
import { namedAgent } from '../core/acp/probe-record.ts';
import { utf8 } from '../core/encoding/bytes.ts';
import { isWord } from '../core/encoding/grammar.ts';
import { readBy } from '../core/encoding/issues.ts';
import { EntangleError } from '../core/errors.ts';
import { type EngineSpec, engineSchema } from '../core/graph/engines.ts';
import { targetsOf } from '../core/graph/network.ts';
import { AGENT_PROFILES, type AgentProfile } from '../core/vocabulary.ts';
import type { UpAgent } from './up-state.ts';

/** The secret of its Host that it logs in with. */
export const MODEL_KEY = 'model-key';
export type AgentFlags = {
  agent: string | undefined;
  model: string | undefined;
  'model-url': string | undefined;
  'key-file': string | undefined;
};

const profileOf = (name: string): AgentProfile | undefined =>
  isWord(AGENT_PROFILES, name) ? name : undefined;
const knownOf = (name: string) => {
  const profile = profileOf(name);
  return profile === undefined ? null : KNOWN_AGENTS[profile];
};

/** What is said now, else what was said of the same agent before, else what is known of it; null where there is none. */
export const agentWish = (flags: AgentFlags, before: UpAgent | null, hasEngine: boolean): UpAgent | null => {
  const { model, 'model-url': modelUrl, 'key-file': keyFile } = flags;
  const name = flags.agent?.trim() ?? (hasEngine ? undefined : before?.name);
  if (name === undefined) {
    if (model === undefined && modelUrl === undefined && keyFile === undefined) return null;
    throw new EntangleError('usage', 'a model and a key are those of an agent', {
      hint: `name it too: --agent ${AGENT_PROFILES.join('|')}, or a command in quotes`,
    });
  }
  const earlier = before?.name === name ? before : null;
  return {
    name,
    model: model ?? earlier?.model ?? null,
    endpoint: modelUrl ?? earlier?.endpoint ?? knownOf(name)?.endpoint ?? null,
    // Another place is another login
    hasKey:
      keyFile !== undefined ||
      (earlier?.hasKey === true && (modelUrl ?? earlier.endpoint) === earlier.endpoint),
  };
};

/** As a graph says it; refused where a graph would refuse it. */
export const agentEngine = ({ name, model, endpoint, hasKey }: UpAgent): EngineSpec<'acp'> => {
  const agent = namedAgent(name);
  const auth = hasKey ? `secret:${MODEL_KEY}` : 'none';
  // A command is told by its own words: of its endpoint only its network knows
  const told =
    agent.profile === undefined ? null : { ...(endpoint && { endpoint }), ...(model && { model }) };
  if (agent.profile === undefined && model !== null)
    throw new EntangleError(
      'usage',
      `nothing is known of the agent "${name}" that its model could be told with`,
      {
        hint: 'leave --model out, and name it in its command',
      },
    );
  const spec = { type: 'acp', auth, ...agent, ...told };
  return readBy(engineSchema(), spec, (words) => {
    const hint = 'give --model NAME as its service calls it, and --model-url URL where it is of no service';
    return new EntangleError('usage', `the agent "${name}" cannot be started so: ${words}`, { hint });
  }) as EngineSpec<'acp'>;
};

/** By a model that speaks as it asks. */
export const canBeTried = ({ name }: UpAgent): boolean => isSpoken(apiOf(profileOf(name)));

/** What its turns reach beside what the graph says by itself. */
export const agentNetwork = ({ name, endpoint }: UpAgent): string[] =>
  knownOf(name) === null && endpoint !== null ? targetsOf(endpoint) : [];

export const requireAgent = async (agent: UpAgent): Promise<void> => {
  // Of a known one before its model is asked for: that it is missing is what is mended first
  const [program = ''] = knownOf(agent.name)?.command ?? startedAs(agentEngine(agent));
  if ((await programsOf([program])) !== null) return;
  throw new EntangleError('not_found', `the agent "${program}" is not on this machine`, {
    hint: howToInstall(profileOf(agent.name) ?? null),
  });
};

/** Its key where one was given or is missing; null where it has one already, or needs none. Never an argument. */
export const agentKey = async (
  agent: UpAgent,
  keyFile: string | undefined,
  noInput: boolean,
): Promise<Uint8Array | null> => {
  if (keyFile !== undefined) return secretValueOf(MODEL_KEY, keyFile, noInput);
  if (agent.hasKey || knownOf(agent.name) === null || !agent.endpoint?.startsWith('https://')) return null;
  const prompt = promptHere(noInput);
  if (!prompt.interactive)
    throw new EntangleError('usage', `"${agent.name}" logs in to ${agent.endpoint} with a key`, {
      hint: 'give the file that has it: --key-file FILE',
    });
  const key = await prompt.secret(`Key of ${agent.name} at ${agent.endpoint}`);
  if (key !== '') return utf8(key);
  throw new EntangleError('usage', 'the key is empty', { hint: 'give it again, or --key-file FILE' });
};
