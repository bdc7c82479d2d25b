/** What is known of each agent: how it is started, told of its model, and kept from answering itself; one row an agent. */
import type { EngineSpec } from '../../../core/graph/engines.ts';
import type { AgentProfile } from '../../../core/vocabulary.ts';

type Model = { model: string; endpoint: string };
type Profile = {
  command: readonly [string, ...string[]];
  /** In which it asks before it runs a command or edits a file; its session is pinned to it. */
  mode: string;
  /** Its configuration for an OpenAI-compatible endpoint; its HOME is empty, and of this turn. */
  env(model: Model): Readonly<Record<string, string>>;
};

/** Secrets are not granted to runners yet: an endpoint that wants a key refuses this one. */
const NO_KEY = 'none';

const PROFILES: Readonly<Record<AgentProfile, Profile>> = {
  kimi: {
    command: ['kimi', 'acp'],
    mode: 'default',
    env: ({ model, endpoint }) => ({
      KIMI_MODEL_NAME: model,
      KIMI_MODEL_PROVIDER_TYPE: 'openai',
      KIMI_MODEL_BASE_URL: endpoint,
      KIMI_MODEL_API_KEY: NO_KEY,
      KIMI_CODE_NO_AUTO_UPDATE: '1',
      // People answer when they are there: it would give up the call of a tool after a minute
      KIMI_MCP_TOOL_TIMEOUT_MS: String(2 ** 31 - 1),
    }),
  },
  qwen: {
    command: ['qwen', '--acp'],
    // It begins in one where a classifier answers
    mode: 'default',
    env: ({ model, endpoint }) => ({
      OPENAI_MODEL: model,
      OPENAI_BASE_URL: endpoint,
      OPENAI_API_KEY: NO_KEY,
    }),
  },
};

export type AcpSpec = EngineSpec<'acp'>;
type Agent = { command: readonly string[]; mode: string | null; env: Readonly<Record<string, string>> };

/** The agent of a node: one that is known, or a command of which nothing is. */
export const agentOf = ({ profile, command, model, endpoint }: AcpSpec): Agent => {
  if (profile === undefined) return { command: command ?? [], mode: null, env: {} };
  const known = PROFILES[profile];
  const env = known.env({ model: model ?? '', endpoint: endpoint ?? '' });
  return { command: command ?? known.command, mode: known.mode, env };
};
