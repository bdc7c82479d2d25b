/**
 * What is known of each agent, one row an agent: how it is started and got, told of its model and its key, and kept from
 * answering itself. Its HOME is empty and of this turn; environments are read by children and neighbours, so what has a
 * key in it is a file there. A repository has files too that say what an agent may do unasked: a row says where those
 * are not read, or are overruled.
 */
import { AGENT_PROFILES, type AgentProfile } from '../../../core/vocabulary.ts';

/** What an agent does through its runner where that offers it, as it was seen to. */
export type Through = {
  files: boolean;
  terminals: boolean;
  /** It cannot use files of its runner as it should, so it is offered none. */
  lacksFiles?: true;
};
const BY_ITSELF: Through = { files: false, terminals: false };

type Login = { model: string; endpoint: string; key: string };
export type KnownAgent = {
  command: readonly [string, ...string[]];
  /** How a person gets it. */
  install: string;
  /** As it was tried here, from npm; null where it was set up as its own documentation says, and nobody tried it. */
  tried: { name: string; version: string; isWhole?: true } | null;
  /** What its endpoint has to speak. */
  api: string;
  /** Where its own service is; null where it is of none. */
  endpoint: string | null;
  /** In which it asks before it runs a command or edits a file; its session is pinned to it. */
  mode: string;
  through: Through;
  /** At the top of a repository, in small letters: code of it is run unasked at the start, and nothing switches that off. */
  runsOfRepository?: readonly string[];
  /** Beside the session that is begun. */
  meta?: object;
  /** Without a secret. */
  env(login: Omit<Login, 'key'>): Readonly<Record<string, string>>;
  /** Below its HOME. */
  files(login: Login): readonly { name: string; text: string }[];
};

/** As most do. */
export const CHAT = 'OpenAI Chat Completions';
export const CLAUDE_MESSAGES = 'Anthropic Messages';
export const RESPONSES = 'OpenAI Responses';
export const GEMINI_CONTENTS = 'Gemini';
/** Strings of TOML, YAML and of a file of variables are those of JSON, where no control character is in them. */
const quoted = JSON.stringify;
const json = (name: string, value: unknown) => ({ name, text: JSON.stringify(value) });
const lines = (name: string, ...text: string[]) => ({ name, text: `${text.join('\n')}\n` });
const none = () => ({});

/** What the model of an agent has to speak; one of which nothing is known is told as most are. */
export const apiOf = (profile: AgentProfile | undefined): string =>
  profile === undefined ? CHAT : KNOWN_AGENTS[profile].api;

export const KNOWN_AGENTS: Readonly<Record<AgentProfile, KnownAgent>> = {
  kimi: {
    // What an agent of it asks about reaches us
    command: ['kimi', 'acp'],
    install: 'npm install --global @moonshot-ai/kimi-code',
    tried: { name: '@moonshot-ai/kimi-code', version: '2.1.0' },
    api: CHAT,
    endpoint: 'https://api.moonshot.ai/v1',
    mode: 'default',
    through: { files: true, terminals: true },
    env: () => ({
      KIMI_CODE_NO_AUTO_UPDATE: '1',
      KIMI_DISABLE_TELEMETRY: '1',
      // People answer when they are there: it would give up the call of a tool after a minute
      KIMI_MCP_TOOL_TIMEOUT_MS: String(2 ** 31 - 1),
    }),
    files: ({ model, endpoint, key }) => [
      lines(
        '.kimi-code/config.toml',
        'default_model = "given"',
        '[providers.given]',
        'type = "openai"',
        `base_url = ${quoted(endpoint)}`,
        `api_key = ${quoted(key)}`,
        '[models.given]',
        'provider = "given"',
        `model = ${quoted(model)}`,
        'max_context_size = 262144',
        'capabilities = ["image_in", "thinking"]',
      ),
    ],
  },
  opencode: {
    // Without plugins, of its own at least: a second loader of its configuration looks at no switch
    command: ['opencode', 'acp', '--pure'],
    install: 'npm install --global opencode-ai',
    tried: { name: 'opencode-ai', version: '1.18.33', isWhole: true },
    api: CHAT,
    endpoint: null,
    mode: 'build',
    through: { files: true, terminals: false },
    runsOfRepository: ['.opencode', 'opencode.json', 'opencode.jsonc'],
    env: () => ({
      // It would go before the file of its HOME
      OPENCODE_DISABLE_PROJECT_CONFIG: '1',
      OPENCODE_DISABLE_AUTOUPDATE: '1',
      OPENCODE_DISABLE_MODELS_FETCH: '1',
      OPENCODE_DISABLE_LSP_DOWNLOAD: '1',
    }),
    files: ({ model, endpoint, key }) => [
      json('.config/opencode/opencode.json', {
        model: `given/${model}`,
        small_model: `given/${model}`,
        provider: {
          given: {
            npm: '@ai-sdk/openai-compatible',
            options: { baseURL: endpoint, apiKey: key },
            models: { [model]: {} },
          },
        },
        enabled_providers: ['given'],
        // What another agent of it asks about, it asks nobody
        permission: { bash: 'ask', edit: 'ask', webfetch: 'ask', external_directory: 'ask', task: 'deny' },
        share: 'disabled',
        // Told no, it would end its turn
        experimental: { continue_loop_on_deny: true },
      }),
      // Else it fetches the library for plugins at each start, which it loads none of, and twenty packages with it
      lines('.config/opencode/node_modules/.keep'),
      json('.config/opencode/package-lock.json', {
        packages: { '': { dependencies: { '@opencode-ai/plugin': '*' } } },
      }),
    ],
  },
  qwen: {
    command: ['qwen', '--acp'],
    install: 'npm install --global @qwen-code/qwen-code',
    tried: { name: '@qwen-code/qwen-code', version: '0.24.4' },
    api: CHAT,
    endpoint: 'https://dashscope.aliyuncs.com/compatible-mode/v1',
    // It begins in one where a classifier answers
    mode: 'default',
    through: { files: true, terminals: false },
    env: none,
    files: ({ model, endpoint, key }) => [
      json('.qwen/settings.json', {
        security: {
          auth: { selectedType: 'openai', apiKey: key, baseUrl: endpoint },
          folderTrust: { enabled: true },
        },
        model: { name: model },
        // What an agent of it asks about, it asks nobody; the one for its memory works when the turn is over
        permissions: { deny: ['agent'] },
        memory: { enableManagedAutoMemory: false },
        privacy: { usageStatisticsEnabled: false },
      }),
    ],
  },
  claude: {
    command: ['claude-agent-acp'],
    install: 'npm install --global @agentclientprotocol/claude-agent-acp',
    tried: { name: '@agentclientprotocol/claude-agent-acp', version: '0.101.0', isWhole: true },
    api: CLAUDE_MESSAGES,
    endpoint: 'https://api.anthropic.com',
    // It begins in one where it decides by itself
    mode: 'default',
    // Else those of a repository too, whose hooks and tool servers are started unasked
    meta: { claudeCode: { options: { settingSources: ['user'] } } },
    through: BY_ITSELF,
    env: ({ model, endpoint }) => ({
      ANTHROPIC_MODEL: model,
      ANTHROPIC_BASE_URL: endpoint,
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
    }),
    files: ({ key }) => [
      { name: '.claude/api-key', text: key },
      json('.claude/settings.json', {
        apiKeyHelper: 'cat ~/.claude/api-key',
        permissions: { ask: ['Bash', 'Edit', 'Write'], deny: ['Task', 'Workflow'] },
      }),
    ],
  },
  codex: {
    command: ['codex-acp'],
    install: 'npm install --global @agentclientprotocol/codex-acp',
    tried: { name: '@agentclientprotocol/codex-acp', version: '2.6.0', isWhole: true },
    api: RESPONSES,
    endpoint: 'https://api.openai.com/v1',
    // It reads files and lists them unasked. Tool servers that a repository names it starts: it holds each for trusted
    mode: 'read-only',
    through: BY_ITSELF,
    env: none,
    files: ({ model, endpoint, key }) => [
      lines(
        '.codex/config.toml',
        `model = ${quoted(model)}`,
        // Of a repository it reads no provider
        'model_provider = "given"',
        'check_for_update_on_startup = false',
        '[model_providers.given]',
        'name = "given"',
        `base_url = ${quoted(endpoint)}`,
        'wire_api = "responses"',
        `experimental_bearer_token = ${quoted(key)}`,
        '[features]',
        'multi_agent = false',
      ),
    ],
  },
  gemini: {
    command: ['gemini', '--acp'],
    install: 'npm install --global @google/gemini-cli',
    tried: { name: '@google/gemini-cli', version: '0.61.0' },
    api: GEMINI_CONTENTS,
    endpoint: 'https://generativelanguage.googleapis.com',
    mode: 'default',
    // Told that a file is not there, it takes that for a failure, and makes none
    through: { ...BY_ITSELF, lacksFiles: true },
    env: ({ model, endpoint }) => ({
      GEMINI_MODEL: model,
      GOOGLE_GEMINI_BASE_URL: endpoint,
      // It would start itself again, with its key in the environment
      GEMINI_CLI_NO_RELAUNCH: '1',
    }),
    files: ({ key }) => [
      lines('.env', `GEMINI_API_KEY=${quoted(key)}`),
      json('.gemini/settings.json', {
        security: {
          auth: { selectedType: 'gemini-api-key' },
          // One that is not trusted has no settings, hooks and agents of its own
          folderTrust: { enabled: true },
          // Commands would get its key with the rest
          environmentVariableRedaction: { enabled: true },
        },
        advanced: { ignoreLocalEnv: true },
        tools: { exclude: ['invoke_agent'] },
        general: { enableAutoUpdate: false },
        privacy: { usageStatisticsEnabled: false },
      }),
    ],
  },
  goose: {
    command: ['goose', 'acp'],
    install: 'see https://block.github.io/goose for an installer',
    tried: null,
    api: CHAT,
    endpoint: null,
    mode: 'approve',
    through: BY_ITSELF,
    env: ({ model, endpoint }) => ({
      GOOSE_PROVIDER: 'openai',
      GOOSE_MODEL: model,
      GOOSE_MODE: 'approve',
      GOOSE_DISABLE_KEYRING: '1',
      OPENAI_HOST: new URL(endpoint).origin,
      OPENAI_BASE_PATH: `${new URL(endpoint).pathname.replace(/\/$/, '')}/chat/completions`.slice(1),
    }),
    files: ({ key }) => [lines('.config/goose/secrets.yaml', `OPENAI_API_KEY: ${quoted(key)}`)],
  },
};

/** Of one that is not on this machine; null where nothing is known of it. */
export const howToInstall = (profile: AgentProfile | null): string =>
  `install it where PATH has it${profile === null ? `, give its absolute path, or one of these: ${AGENT_PROFILES.join(', ')}` : `: ${KNOWN_AGENTS[profile].install}`}`;
