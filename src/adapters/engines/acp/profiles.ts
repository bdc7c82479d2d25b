/** How the agent of a node is started: known, with its model and its key in files of its HOME, or a command of which nothing is known. */
import { fromUtf8, utf8 } from '../../../core/encoding/bytes.ts';
import { EntangleError } from '../../../core/errors.ts';
import type { EngineSpec } from '../../../core/graph/engines.ts';
import { engineSecret } from '../../../core/graph/named-secrets.ts';
import type { NamedBytes } from '../../../ports/index.ts';
import { dialectOf } from './dialects.ts';
import { KNOWN_AGENTS, type Through } from './known-agents.ts';

export type AcpSpec = EngineSpec<'acp'>;
type Agent = {
  command: readonly string[];
  mode: string | null;
  /** What it is told beside the session that is begun. */
  meta: object | null;
  through: Through;
  runsOfRepository: readonly string[];
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
  command ?? (profile === undefined ? [] : KNOWN_AGENTS[profile].command);

const BY_ITSELF: Through = { files: false, terminals: false };
/** It starts with none at all no more than with a wrong one. */
const NO_KEY = 'none';

/** The agent of a node, with the secret that it logs in with; one of which nothing is known finds its secrets as files. */
export const agentOf = (spec: AcpSpec, secrets: readonly NamedBytes[], told: Agent['env'] = {}): Agent => {
  const { profile, model = '', endpoint = '' } = spec;
  const command = startedAs(spec);
  const unknown = { mode: null, meta: null, through: BY_ITSELF, runsOfRepository: [] };
  if (profile === undefined) return { command, ...unknown, env: told, configuration: [] };
  const { mode, meta = null, through: offered, runsOfRepository = [], env, files } = KNOWN_AGENTS[profile];
  const through = dialectOf(spec.protocol).hasSeams ? offered : BY_ITSELF;
  const secret = secrets.find(({ name }) => name === engineSecret({ engine: spec }));
  const key = secret ? keyText(secret) : NO_KEY;
  const configuration = files({ model, endpoint, key }).map(({ name, text }) => ({
    name,
    bytes: utf8(text),
  }));
  const fixed = { mode, meta, through, runsOfRepository };
  return { command, ...fixed, env: env({ model, endpoint }), configuration };
};
