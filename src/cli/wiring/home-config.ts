/** `config.yaml` of a home: read and written under the same schema. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type * as z from 'zod';
import { systemClock } from '../../adapters/system/clock.ts';
import { systemFiles } from '../../adapters/system/files.ts';
import { acquireLock } from '../../adapters/system/lock.ts';
import { MAKES_HOME } from '../../core/command-words.ts';
import { readBy } from '../../core/encoding/issues.ts';
import { parseYaml, yamlText } from '../../core/encoding/yaml.ts';
import { EntangleError } from '../../core/errors.ts';
import type { MemberRole } from '../../core/vocabulary.ts';
import { checkConfig, newcomerConfig } from '../../services/setup/config.ts';
import { missingHome } from './missing-home.ts';

const notRead = (path: string, words: string): EntangleError =>
  new EntangleError('invalid', `${path}: ${words}`, {
    hint: `fix it in ${path}, or use another home: --home DIR`,
  });

export const readConfig = async (directory: string): Promise<unknown> => {
  const path = join(directory, 'config.yaml');
  const text = await systemFiles.read(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  return parseYaml(text, (why) => notRead(path, why));
};

/** Writes nothing that `requireConfig` would not read. */
export const writeConfig = async <S extends z.ZodType>(
  directory: string,
  schema: S,
  value: z.input<S>,
): Promise<void> => {
  const text = yamlText(checkConfig(schema, value));
  await systemFiles.directory(directory);
  await systemFiles.write(join(directory, 'config.yaml'), text);
};

type Path = readonly string[];
/** What is to stand at a place of a config; undefined: nothing. */
export type ConfigEdit = { path: Path; value: unknown };

/** Places of a config that is there, and nothing else in it: what a person wrote beside them stays. */
export const editConfig = async <S extends z.ZodType>(
  directory: string,
  schema: S,
  edits: readonly ConfigEdit[],
): Promise<void> => {
  const path = join(directory, 'config.yaml');
  // This one keeps comments, and takes longer to load than many a command takes
  const { parseDocument } = await import('yaml');
  const document = parseDocument((await systemFiles.read(path)) ?? '', { schema: 'core' });
  // The other reader takes some texts that this one does not
  const [fault] = document.errors;
  if (fault) throw notRead(path, `cannot be changed as it is: ${fault.message.split('\n')[0]!}`);
  for (const { path: at, value } of edits)
    if (value === undefined) document.deleteIn(at);
    // Of one value the node stays, and with it what a person wrote behind it
    else document.setIn(at, Object(value) === value ? document.createNode(value) : value);
  checkConfig(schema, document.toJS({ maxAliasCount: 0 }));
  await systemFiles.write(path, document.toString());
};

const LOCK_MS = 10_000;
const POLL_MS = 20;

/** Who changes a config reads it first: of two at once the second one sees what the first one wrote. */
export const withConfigLock = async <T>(directory: string, work: () => Promise<T>): Promise<T> => {
  const deadline = systemClock.monotonic() + LOCK_MS;
  const take = async () => {
    for (;;) {
      try {
        return await acquireLock(join(directory, 'config.lock'), 'a command that changes config.yaml');
      } catch (error) {
        if (!isHeld(error) || systemClock.monotonic() > deadline) throw error;
        await sleep(POLL_MS);
      }
    }
  };
  const lock = await take();
  try {
    return await work();
  } finally {
    await lock.release();
  }
};
const isHeld = (error: unknown): boolean => error instanceof EntangleError && error.code === 'conflict';

/** The config of who has joined; the hint leads to the step that is missing. */
export const requireMember = <S extends z.ZodType>(
  directory: string,
  schema: S,
  kind: MemberRole,
): Promise<z.infer<S>> =>
  requireConfig(directory, schema, joinHint(kind), `${initHint(kind)}${localHint(directory)}`);
const joinHint = (kind: MemberRole): string => `join a federation first: \`entangle ${kind} join INVITE\``;
const initHint = (kind: MemberRole): string =>
  `create its key first: \`${MAKES_HOME[kind]}\`, then \`entangle ${kind} join INVITE\``;

/** Homes of `entangle up` lie beside those of the roles. */
const localHint = (directory: string): string => {
  const local = join(dirname(dirname(directory)), 'up');
  return existsSync(local)
    ? `; or go to a repository where \`entangle up\` made one, or use --home ${join(local, 'NAME')}`
    : '; or run `entangle up` in a repository: it makes a federation of its own';
};

/** The config of a home, or what to do where there is none or it is not one. */
export const requireConfig = async <S extends z.ZodType>(
  directory: string,
  schema: S,
  hint: string,
  missing = hint,
): Promise<z.infer<S>> => {
  const value = await readConfig(directory);
  if (value === undefined) throw missingHome(directory, missing);
  const refused = (words: string) => notRead(join(directory, 'config.yaml'), words);
  return readBy(schema, value, (words) => {
    if (!isNewcomer(value)) return refused(words);
    const { kind } = readBy(newcomerConfig, value, refused);
    return new EntangleError('not_found', `this ${kind} has not joined a federation yet`, { hint });
  });
};

/** What a newcomer has and a member has not, and the reverse: the rest of it may be wrong, and is told as a newcomer's. */
const isNewcomer = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && 'settings' in value && !('graph' in value);
