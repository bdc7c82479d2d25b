/** The files that an agent is started from, as far as its command names them, and the packages that these are of: others make what was tried of it void. */
import { createHash } from 'node:crypto';
import { realpath, stat } from 'node:fs/promises';
import { dirname, isAbsolute, join } from 'node:path';
import * as z from 'zod';
import { CANARIES } from '../../../../core/acp/probe.ts';
import { MAX_PROBE } from '../../../../core/bounds.ts';
import { readShape } from '../../../../core/encoding/read-shape.ts';
import { findProgram } from '../../../system/child-process.ts';
import { systemFiles } from '../../../system/files.ts';
import { hashFileAt } from '../../../system/hash-file.ts';
import { digestOfTree, installedList, packageDirectory } from './installed.ts';

const manifest = z.object({ version: z.string().max(64) });
const PARENTS = 4;

const regular = async (path: string | null): Promise<string | null> => {
  if (path === null) return null;
  const real = await realpath(path).catch(() => null);
  const found = real === null ? null : await stat(real).catch(() => null);
  return found?.isFile() && found.size <= MAX_PROBE.program ? real : null;
};

/** The description of the package that the file is of: what is beside it changes with its version. */
const packageOf = async (file: string): Promise<string | null> => {
  let directory = dirname(file);
  for (let n = 0; n < PARENTS; n++) {
    const found = await regular(join(directory, 'package.json'));
    if (found !== null) return found;
    directory = dirname(directory);
  }
  return null;
};

const versionIn = async (file: string | undefined): Promise<string | null> => {
  if (file === undefined) return null;
  try {
    const read = readShape(manifest, JSON.parse((await systemFiles.read(file)) ?? ''));
    return read.success ? read.data.version : null;
  } catch {
    return null;
  }
};

/** Digests of files by what the system says of them: a file that was written since says something else. */
export type KnownFiles = Map<string, string>;
const digestOfFile = async (file: string, known: KnownFiles): Promise<string> => {
  const { ino, size, mtimeMs, ctimeMs } = await stat(file);
  const key = [file, ino, size, mtimeMs, ctimeMs].join(' ');
  const before = known.get(key);
  if (before !== undefined) return before;
  const one = createHash('sha256');
  await hashFileAt(one, file);
  const digest = one.digest('hex');
  known.set(key, digest);
  return digest;
};

/** Null where its program is not there, or names a file of a workspace that no task has filled yet. */
export const programsOf = async (
  command: readonly string[],
  known: KnownFiles = new Map(),
): Promise<{ digest: string; version: string | null } | null> => {
  const [program = '', ...args] = command;
  const first = await regular(program.includes('/') && !isAbsolute(program) ? null : findProgram(program));
  if (first === null) return null;
  const named = await Promise.all(args.map((word) => regular(isAbsolute(word) ? word : null)));
  const files = [first, ...named.filter((one) => one !== null)];
  const packages = (await Promise.all(files.map(packageOf))).filter((one) => one !== null);
  const installed = [...new Set(files.map(packageDirectory).filter((one) => one !== null))];
  const lists = await Promise.all(installed.map((one) => regular(installedList(one))));
  // What was tried with other canaries says nothing of these
  const all = createHash('sha256').update(JSON.stringify(CANARIES));
  const digestOf = (file: string) => digestOfFile(file, known);
  for (const file of [...files, ...packages, ...lists.filter((one) => one !== null)])
    all.update(await digestOf(file), 'hex');
  // What cannot be read, or changes meanwhile, is another when it can
  for (const one of installed)
    all.update((await digestOfTree(one, known, digestOf).catch(() => null)) ?? '', 'hex');
  // Of the agent, and not of what interprets it: the last that is named
  return { digest: all.digest('hex'), version: await versionIn(packages.at(-1)) };
};
