/** Lets a person write a text in the program that they write such with, as git does for a message. */
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { runAtTerminal } from '../../adapters/system/child-process.ts';
import { MAX_TEXT_BYTES } from '../../core/bounds.ts';
import { EntangleError } from '../../core/errors.ts';
import { programOf, terminalEnvironment } from './pager.ts';

/** As for git. */
const DEFAULT = 'vi';
const COMMENT = '#';
const ABOUT = `

# Lines that begin with # are left out. A text without any other line cancels.
# Nothing is signed by leaving this program: the text comes back into its line.
`;

const withoutComments = (text: string): string =>
  text
    .split(/\r?\n/)
    .filter((line) => !line.startsWith(COMMENT))
    .join('\n')
    .trim();

const readBack = async (path: string): Promise<string> => {
  const { size } = await stat(path);
  if (size > 2 * MAX_TEXT_BYTES)
    throw new EntangleError('usage', `the text has ${size} bytes: at most ${MAX_TEXT_BYTES} are sent`);
  return withoutComments(await readFile(path, 'utf8'));
};

/** What the person made of a text; empty where they took all of it away. The file is theirs alone, and goes with it. */
export const writeInEditor = async (
  text: string,
  signal: AbortSignal,
  env: NodeJS.ProcessEnv = process.env,
): Promise<string> => {
  const visual = env.VISUAL?.trim();
  const named = visual ? 'VISUAL' : 'EDITOR';
  const { program, args } = programOf(visual || env.EDITOR?.trim() || DEFAULT, 'write', named);
  const room = await mkdtemp(join(tmpdir(), 'entangle-text-'));
  try {
    await chmod(room, 0o700);
    const path = join(room, 'TEXT');
    await writeFile(path, `${text}${ABOUT}`, { mode: 0o600 });
    const start = { program, args: [...args, path], env: terminalEnvironment(env), cwd: homedir() };
    const code = await runAtTerminal(start, signal);
    if (code === 0) return await readBack(path);
    const how = code === null ? 'did not start, or was stopped' : `ended with exit ${code}`;
    throw new EntangleError('usage', `${program}, which ${named} names, ${how}: the text is as it was`);
  } finally {
    await rm(room, { recursive: true, force: true });
  }
};
