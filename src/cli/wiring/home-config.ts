/** `config.yaml` of a home: read and written under the same schema. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parse, stringify } from 'yaml';
import type * as z from 'zod';
import { systemFiles } from '../../adapters/system/files.ts';
import { readBy } from '../../core/encoding/issues.ts';
import { readShape } from '../../core/encoding/read-shape.ts';
import { EntangleError } from '../../core/errors.ts';
import type { MemberRole } from '../../core/vocabulary.ts';
import { checkConfig, newcomerConfig } from '../../services/setup/config.ts';
import { missingHome } from './missing-home.ts';

export const readConfig = async (directory: string): Promise<unknown> => {
  const text = await systemFiles
    .read(join(directory, 'config.yaml'))
    .catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
      throw error;
    });
  return text === undefined ? undefined : parse(text, { maxAliasCount: 0, schema: 'core' });
};

/** Writes nothing that `requireConfig` would not read. */
export const writeConfig = async <S extends z.ZodType>(
  directory: string,
  schema: S,
  value: z.input<S>,
): Promise<void> => {
  const text = stringify(checkConfig(schema, value));
  await systemFiles.directory(directory);
  await systemFiles.write(join(directory, 'config.yaml'), text);
};

/** The config of who has joined; the hint leads to the step that is missing. */
export const requireMember = <S extends z.ZodType>(
  directory: string,
  schema: S,
  kind: MemberRole,
): Promise<z.infer<S>> =>
  requireConfig(directory, schema, joinHint(kind), `${initHint(kind)}${localHint(directory)}`);
const joinHint = (kind: MemberRole): string => `join a federation first: \`entangle ${kind} join INVITE\``;
const initHint = (kind: MemberRole): string =>
  `create its key first: \`entangle ${kind} init --keys file\`, then \`entangle ${kind} join INVITE\``;

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
  return readBy(schema, value, (words) => {
    const newcomer = readShape(newcomerConfig, value);
    if (newcomer.success)
      return new EntangleError('not_found', `this ${newcomer.data.kind} has not joined a federation yet`, {
        hint,
      });
    const path = join(directory, 'config.yaml');
    return new EntangleError('invalid', `${path}: ${words}`, {
      hint: `fix it in ${path}, or use another home: --home DIR`,
    });
  });
};
