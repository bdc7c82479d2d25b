/** The table of known agents in the guide, from their rows. */
import { KNOWN_AGENTS } from '../../src/adapters/engines/acp/known-agents.ts';
import { AGENT_PROFILES, type AgentProfile } from '../../src/core/vocabulary.ts';

const KEY = 'the-key';
const keyFileOf = (profile: AgentProfile): string => {
  const files = KNOWN_AGENTS[profile].files({ model: 'm', endpoint: 'https://m.example', key: KEY });
  return files.flatMap(({ name, text }) => (text.includes(KEY) ? [`\`~/${name}\``] : [])).join(', ');
};
const rowOf = (profile: AgentProfile): string => {
  const { install, api, endpoint, tried } = KNOWN_AGENTS[profile];
  const got = install.includes('https://') ? install : `\`${install}\``;
  const service = endpoint === null ? 'none: `--model-url`' : endpoint;
  const cells = [`\`${profile}\``, got, service, api, keyFileOf(profile), tried?.version ?? 'no'];
  return `| ${cells.join(' | ')} |`;
};

export const agentTable = (): string =>
  [
    '| agent | how to get it | its service | speaks | its key, in its own HOME | tried here |',
    '|---|---|---|---|---|---|',
    ...AGENT_PROFILES.map(rowOf),
  ].join('\n');

const TABLE = /^\| agent \| how to get it[^\n]*\n(?:\|[^\n]*\n?)*/m;
export const withAgentTable = (page: string): string => page.replace(TABLE, () => `${agentTable()}\n`);
