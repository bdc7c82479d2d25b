/**
 * Answers git's questions for a user name and password of one https host, from a token file.
 * The token is in no argument, no environment and no file of ours: the program that git starts reads it when asked.
 */
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import { readShape } from '../../core/encoding/read-shape.ts';
import { EntangleError } from '../../core/errors.ts';
import { isOneFile, ownProgram } from '../system/self.ts';

export type AskpassBinding = { host: string; tokenFile: string; username: string };

const MAX_TOKEN = 8192;

/** The answer to one prompt of git, or null when it is not about the bound host (docs/threats.md T86). */
export const answerAskpass = async (promptText: string, bound: AskpassBinding): Promise<string | null> => {
  if (promptText === `Username for 'https://${bound.host}': `) return bound.username;
  if (promptText !== `Password for 'https://${encodeURIComponent(bound.username)}@${bound.host}': `)
    return null;
  return readToken(bound.tokenFile);
};

/** The token of a mounted file: one line, no control characters. */
export const readToken = async (path: string): Promise<string> => {
  const bytes = await readFile(path).catch((cause) => {
    throw new EntangleError('unavailable', 'the token file of the git principal cannot be read', { cause });
  });
  const token = bytes
    .subarray(0, MAX_TOKEN + 1)
    .toString('utf8')
    .replace(/\r?\n$/, '');
  if (token === '' || token.length > MAX_TOKEN || /[\u0000-\u001f\u007f]/.test(token)) {
    throw new EntangleError('invalid', 'the token file of the git principal does not hold one token');
  }
  return token;
};

const BINDING = z.strictObject({ host: z.string(), tokenFile: z.string(), username: z.string() });

/** What the askpass program does with its arguments: the binding file, then the prompt. Returns the exit code. */
export const runAskpass = async (args: readonly string[], write: (text: string) => void): Promise<number> => {
  try {
    const bound = readShape(BINDING, JSON.parse(await readFile(args[0] ?? '', 'utf8')));
    const answer = bound.success ? await answerAskpass(args[1] ?? '', bound.data) : null;
    if (answer === null) return 1;
    write(`${answer}\n`);
    return 0;
  } catch {
    return 1;
  }
};

/** The program that answers: beside this source, or an entry of the build, whichever chunk this text went to. */
export const askpassCommand = (here = import.meta.url): readonly string[] => {
  if (isOneFile()) return [process.execPath, ownProgram('askpass')];
  const built = here.slice(0, here.lastIndexOf('/dist/'));
  const url = here.endsWith('.ts')
    ? new URL('./askpass-main.ts', here)
    : new URL(`${built}/dist/adapters/git/askpass-main.js`);
  return [process.execPath, fileURLToPath(url)];
};

const quote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/** Makes the executable for GIT_ASKPASS in a private directory for as long as `work` runs. */
export const withAskpass = async <T>(
  command: readonly string[],
  bound: AskpassBinding,
  work: (executable: string) => Promise<T>,
): Promise<T> => {
  const directory = await mkdtemp(join(tmpdir(), 'entangle-askpass-'));
  try {
    const binding = join(directory, 'binding.json');
    const executable = join(directory, 'askpass');
    await writeFile(binding, JSON.stringify(bound), { flag: 'wx', mode: 0o600 });
    const call = [...command, binding].map(quote).join(' ');
    // node takes options from the environment; git gives none, and neither does this script
    await writeFile(executable, `#!/bin/sh\nunset NODE_OPTIONS\nexec ${call} "$1"\n`, {
      flag: 'wx',
      mode: 0o700,
    });
    await chmod(executable, 0o700);
    return await work(executable);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
};
