/** `graph init`: a template filled in with what this directory and this home already tell. */
import { open } from 'node:fs/promises';
import { basename } from 'node:path';
import * as Flags from '@oclif/core/flags';
import { originOf } from '../../adapters/git/local.ts';
import { GRAPH_TEMPLATES, type Template } from '../../core/command-words.ts';
import { npub } from '../../core/encoding/id.ts';
import { EntangleError } from '../../core/errors.ts';
import { initGraph } from '../../services/graph/init.ts';
import { GRAPH_TYPES } from '../../services/graph/types.ts';
import { nameFlag, publicKeyFlag } from '../kit/flags.ts';
import { DEFAULT_FILE } from './file.ts';

export const initFlags = {
  template: Flags.option({
    description: 'template: one agent, an agent with a helper, or a team with a planner',
    env: 'ENTANGLE_TEMPLATE',
    options: GRAPH_TEMPLATES,
    default: 'solo',
  })(),
  out: Flags.string({
    description: 'file to write, or - for stdout',
    env: 'ENTANGLE_OUT',
    default: DEFAULT_FILE,
    helpValue: 'FILE',
  }),
  graph: nameFlag({
    description: 'name of the graph (default: name of this directory)',
    env: 'ENTANGLE_GRAPH',
  }),
  person: nameFlag({
    description: 'node name of the first person',
    env: 'ENTANGLE_PERSON',
    default: 'me',
  }),
  npub: publicKeyFlag({
    description: 'public key of the first person, as printed by `entangle user init`',
    env: 'ENTANGLE_NPUB',
    required: true,
  }),
  repository: Flags.string({
    description: 'git remote for the agents (default: origin of this directory)',
    env: 'ENTANGLE_REPOSITORY',
    helpValue: 'URL',
  }),
  base: Flags.string({
    description: 'base branch',
    env: 'ENTANGLE_BASE',
    default: 'main',
    helpValue: 'BRANCH',
  }),
};
type Given = {
  template: Template;
  out: string;
  graph: string | undefined;
  person: string;
  npub: string;
  repository: string | undefined;
  base: string;
};
export type MadeGraph = { file: string | null; template: string; graph: string; text: string };

/** A node or graph name out of whatever a directory is called. */
const nameFrom = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[^a-z0-9-]+/g, '-')
    .replace(/^[^a-z]+|-+$/g, '')
    .slice(0, 63) || 'graph';

const originHere = async (): Promise<string> => {
  const origin = await originOf(process.cwd());
  if (origin !== null) return origin;
  throw new EntangleError('usage', 'this directory has no git remote `origin`', {
    hint: 'use --repository URL',
  });
};

const writeNew = async (path: string, text: string): Promise<void> => {
  try {
    const file = await open(path, 'wx');
    await file.writeFile(text).finally(() => file.close());
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'EEXIST')
      throw new EntangleError('conflict', `${path} exists`, { hint: 'use another file: --out FILE' });
    throw new EntangleError('invalid', `cannot write ${path}: ${code}`, { cause: error });
  }
};

export const makeGraphFile = async (given: Given): Promise<MadeGraph> => {
  const graph = given.graph ?? nameFrom(basename(process.cwd()));
  const repository = given.repository ?? (await originHere());
  const user = { name: given.person, pubkey: npub(given.npub) };
  const values = { graph, user, repository, base: given.base };
  const text = initGraph(given.template, values, GRAPH_TYPES);
  if (given.out === '-') return { file: null, template: given.template, graph, text };
  await writeNew(given.out, text);
  return { file: given.out, template: given.template, graph, text };
};
