/** What is known of each agent: how it is started, told of its model, and kept from answering itself; one row an agent. */
import type { EngineSpec } from '../../../core/graph/engines.ts';
import type { AgentProfile } from '../../../core/vocabulary.ts';
import type { CommandTurn } from '../start.ts';

type Model = { model: string; endpoint: string };
type Profile = {
  command: readonly [string, ...string[]];
  /** In which it asks before it runs a command or edits a file; its session is pinned to it. */
  mode: string | null;
  /** Its configuration for an OpenAI-compatible endpoint, in a HOME of this turn. */
  configure(model: Model): Pick<CommandTurn, 'env' | 'home'>;
};

/** Secrets are not granted to runners yet: an endpoint that wants a key refuses this one. */
const NO_KEY = 'none';

const PROFILES: Readonly<Record<AgentProfile, Profile>> = {
  kimi: {
    command: ['kimi', 'acp'],
    mode: 'default',
    configure: ({ model, endpoint }) => ({
      env: {
        KIMI_MODEL_NAME: model,
        KIMI_MODEL_PROVIDER_TYPE: 'openai',
        KIMI_MODEL_BASE_URL: endpoint,
        KIMI_MODEL_API_KEY: NO_KEY,
        KIMI_CODE_NO_AUTO_UPDATE: '1',
      },
    }),
  },
  qwen: {
    command: ['qwen', '--acp'],
    // It begins in one where a classifier answers
    mode: 'default',
    configure: ({ model, endpoint }) => ({
      env: { OPENAI_MODEL: model, OPENAI_BASE_URL: endpoint, OPENAI_API_KEY: NO_KEY },
    }),
  },
};

export type AcpSpec = EngineSpec<'acp'>;
type Agent = { command: readonly string[]; mode: string | null; given: Pick<CommandTurn, 'env' | 'home'> };

/** The agent of a node: one that is known, or a command of which nothing is. */
export const agentOf = ({ profile, command, model, endpoint }: AcpSpec): Agent => {
  if (profile === undefined) return { command: command ?? [], mode: null, given: {} };
  const known = PROFILES[profile];
  const given = known.configure({ model: model ?? '', endpoint: endpoint ?? '' });
  return { command: command ?? known.command, mode: known.mode, given };
};
