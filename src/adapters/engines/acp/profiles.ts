/** What is known of each agent: how it is started, told of its model and key, and kept from answering itself; one row an agent. */
import { fromUtf8, utf8 } from '../../../core/encoding/bytes.ts';
import { EntangleError } from '../../../core/errors.ts';
import type { EngineSpec } from '../../../core/graph/engines.ts';
import { engineSecret } from '../../../core/graph/named-secrets.ts';
import type { AgentProfile } from '../../../core/vocabulary.ts';
import type { NamedBytes } from '../../../ports/index.ts';

type Model = { model: string; endpoint: string };
/** What an agent does through its runner where that offers it, as it was seen to. */
export type Through = { files: boolean; terminals: boolean };
const BY_ITSELF: Through = { files: false, terminals: false };

type Profile = {
  command: readonly [string, ...string[]];
  /** In which it asks before it runs a command or edits a file; its session is pinned to it. */
  mode: string;
  through: Through;
  /** Its configuration for an OpenAI-compatible endpoint without a key; its HOME is empty, and of this turn. */
  env(model: Model): Readonly<Record<string, string>>;
  /** The same where it has a key: environments are read by children and neighbours, so a file of its HOME has that. */
  keyed(model: Model & { key: string }): {
    env: Readonly<Record<string, string>>;
    file: { name: string; text: string };
  };
};

/** It starts with none at all no more than with a wrong one. */
const NO_KEY = 'none';
const KIMI = {
  KIMI_CODE_NO_AUTO_UPDATE: '1',
  // People answer when they are there: it would give up the call of a tool after a minute
  KIMI_MCP_TOOL_TIMEOUT_MS: String(2 ** 31 - 1),
};

const PROFILES: Readonly<Record<AgentProfile, Profile>> = {
  kimi: {
    command: ['kimi', 'acp'],
    mode: 'default',
    through: { files: true, terminals: true },
    env: ({ model, endpoint }) => ({
      KIMI_MODEL_NAME: model,
      KIMI_MODEL_PROVIDER_TYPE: 'openai',
      KIMI_MODEL_BASE_URL: endpoint,
      KIMI_MODEL_API_KEY: NO_KEY,
      ...KIMI,
    }),
    keyed: ({ model, endpoint, key }) => ({
      env: KIMI,
      // Strings of TOML are those of JSON, where no control character is in them
      file: {
        name: '.kimi-code/config.toml',
        text: [
          'default_model = "given"',
          '[providers.given]',
          'type = "openai"',
          `base_url = ${JSON.stringify(endpoint)}`,
          `api_key = ${JSON.stringify(key)}`,
          '[models.given]',
          'provider = "given"',
          `model = ${JSON.stringify(model)}`,
          'max_context_size = 262144',
          'capabilities = ["image_in", "thinking"]',
          '',
        ].join('\n'),
      },
    }),
  },
  qwen: {
    command: ['qwen', '--acp'],
    // It begins in one where a classifier answers
    mode: 'default',
    through: { files: true, terminals: false },
    env: ({ model, endpoint }) => ({
      OPENAI_MODEL: model,
      OPENAI_BASE_URL: endpoint,
      OPENAI_API_KEY: NO_KEY,
    }),
    keyed: ({ model, endpoint, key }) => ({
      env: {},
      file: {
        name: '.qwen/settings.json',
        text: JSON.stringify({
          security: { auth: { selectedType: 'openai', apiKey: key, baseUrl: endpoint } },
          model: { name: model },
        }),
      },
    }),
  },
};

export type AcpSpec = EngineSpec<'acp'>;
type Agent = {
  command: readonly string[];
  mode: string | null;
  through: Through;
  env: Readonly<Record<string, string>>;
  configuration: readonly NamedBytes[];
};

const ONE_LINE = /^[^\u0000-\u001f\u007f]+$/;
/** As an agent's configuration can hold it. */
const keyText = ({ name, bytes }: NamedBytes): string => {
  const refused = new EntangleError(
    'invalid',
    `secret "${name}" is no key that an agent can be told: no text of one line`,
  );
  try {
    const text = fromUtf8(bytes).replace(/\r?\n$/, '');
    if (ONE_LINE.test(text)) return text;
  } catch {
    throw refused;
  }
  throw refused;
};

/** How the agent of a node is started: known, or a command of which nothing is. */
export const startedAs = ({ profile, command }: AcpSpec): readonly string[] =>
  command ?? (profile === undefined ? [] : PROFILES[profile].command);

/** The agent of a node, with the secret that it logs in with; one of which nothing is known finds its secrets as files. */
export const agentOf = (spec: AcpSpec, secrets: readonly NamedBytes[], told: Agent['env'] = {}): Agent => {
  const { profile, model = '', endpoint = '' } = spec;
  const command = startedAs(spec);
  if (profile === undefined) return { command, mode: null, through: BY_ITSELF, env: told, configuration: [] };
  const { mode, through, env, keyed } = PROFILES[profile];
  const secret = secrets.find(({ name }) => name === engineSecret({ engine: spec }));
  if (!secret) return { command, mode, through, env: env({ model, endpoint }), configuration: [] };
  const { env: bare, file } = keyed({ model, endpoint, key: keyText(secret) });
  return { command, mode, through, env: bare, configuration: [{ name: file.name, bytes: utf8(file.text) }] };
};
