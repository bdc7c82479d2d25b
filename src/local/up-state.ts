/** What `up` remembers beside the homes: for which repository, with which wishes, and whether it was ever complete. */
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { systemFiles } from '../adapters/system/files.ts';
import { damagedState, readUpState, upStateFile } from '../cli/kit/repository-home.ts';
import { CAPACITY } from '../core/bounds.ts';
import { readShape } from '../core/encoding/read-shape.ts';
import { EntangleError } from '../core/errors.ts';
import { SANDBOX_KINDS } from '../core/vocabulary.ts';
import type { LocalRepository } from './up-repository.ts';

const agentOf = z.strictObject({
  /** A known one, or a command. */
  name: z.string(),
  model: z.string().nullable(),
  endpoint: z.string().nullable(),
  /** Its Host has it. */
  hasKey: z.boolean(),
});
export type UpAgent = z.infer<typeof agentOf>;

const stateOf = z.strictObject({
  repository: z.string(),
  base: z.string(),
  /** null: the demo engine. */
  engine: z.string().nullable(),
  agent: agentOf.nullable().default(null),
  sandbox: z.enum(SANDBOX_KINDS),
  capacity: z.int().min(CAPACITY.least).max(CAPACITY.most),
  repositoryHooks: z.boolean(),
  /** False until the first start went through to its end. */
  complete: z.boolean(),
});
export type UpState = z.infer<typeof stateOf>;
const OWN = ['host', 'relay', 'runner', 'user'];

const read = (home: string): UpState | null => {
  const state = readUpState(home);
  if (state === null) return null;
  const parsed = readShape(stateOf, state);
  if (parsed.success) return parsed.data;
  throw damagedState(upStateFile(home));
};

/** The state of an earlier `up` here, or null. What was begun and never came up is begun again. */
export const earlierState = (home: string, repository: LocalRepository): UpState | null => {
  const state = read(home);
  if (state === null) {
    const foreign = OWN.find((name) => existsSync(join(home, name)));
    if (foreign === undefined) return null;
    throw new EntangleError('conflict', `${join(home, foreign)} was not made by \`entangle up\``, {
      hint: 'use another --home',
    });
  }
  if (state.repository !== repository.path)
    throw new EntangleError('conflict', `this home belongs to the repository ${state.repository}`, {
      hint: 'unset ENTANGLE_HOME, or use another --home: each repository needs its own',
    });
  if (state.complete) return state;
  for (const name of OWN) rmSync(join(home, name), { recursive: true, force: true });
  return null;
};

export const saveState = async (home: string, state: UpState): Promise<void> => {
  await systemFiles.write(upStateFile(home), `${JSON.stringify(state, null, 2)}\n`);
};
