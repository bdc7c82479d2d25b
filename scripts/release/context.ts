/** What every part of a release is made of, and how a part that cannot be made says so. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../stamp.js';

export type Release = {
  version: string;
  description: string;
  license: string;
  /** Where everything is written, and the files of the platforms lie. */
  out: string;
  /** By platform, as `linux-x64`: the name of its file in `out`. */
  files: Record<string, string>;
  /** Where people will load it from, without a slash at its end; null where nobody said. */
  url: string | null;
  /** Unix seconds of the commit, for what would else have the time of this machine. */
  at: number;
};
/** The name of what was made, or why it was not. */
export type Made = { file: string } | { leftOut: string };

/** Standard output of a command that must succeed. */
export const run = (
  command: string,
  args: readonly string[],
  { cwd = root, env = process.env }: { cwd?: string; env?: NodeJS.ProcessEnv } = {},
): string => {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    ...{ cwd, env, encoding: 'utf8', maxBuffer: 256 * 1_048_576 },
  });
  if (status !== 0)
    throw new Error(`${command} ${args.slice(0, 2).join(' ')} failed: ${stderr ?? ''}`, { cause: error });
  return stdout;
};

export const sha256Of = async (path: string): Promise<string> => {
  const hash = createHash('sha256');
  for await (const part of createReadStream(path)) hash.update(part as Buffer);
  return hash.digest('hex');
};

export const packageJson = (): Pick<Release, 'version' | 'description' | 'license'> =>
  JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
