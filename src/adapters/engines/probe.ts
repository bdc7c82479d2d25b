/** Whether this machine can fence an engine: found out by doing it. */
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { cutText } from '../../core/encoding/cut.ts';
import { EntangleError } from '../../core/errors.ts';
import { type ChildStart, findProgram, searchPath, startProcess } from '../system/child-process.ts';
import { engineAccount, giveTo } from './account.ts';
import { sandboxStart } from './sandbox.ts';

export type SandboxProbe =
  | { available: true; program: string; detail: string }
  | { available: false; detail: string };

const PATIENCE_MS = 10_000;
const MEMORY_BYTES = 64 * 1024 * 1024;

/** Runs a command in the very fence that engines get: bubblewrap can be installed and still not be allowed to make one. */
export const probeSandbox = async (program = findProgram('bwrap')): Promise<SandboxProbe> => {
  if (program === null) return { available: false, detail: 'bwrap is not installed' };
  const words = await trySandbox(program).catch((error: Error) => error.message);
  if (words === null) return { available: true, program, detail: 'bubblewrap works' };
  const said = cutText(words.replace(/[\s\u0000-\u001f\u007f-\u009f]+/g, ' ').trim(), 300);
  return { available: false, detail: `it cannot make a sandbox here: ${said || 'no answer'}` };
};

/** The program of a sandbox that works here, or the error that says why there is none. */
export const requireSandbox = async (program?: string): Promise<string> => {
  const probe = await probeSandbox(program);
  if (probe.available) return probe.program;
  throw noSandbox(probe.detail);
};

export const noSandbox = (detail: string): EntangleError =>
  new EntangleError('unavailable', `bubblewrap is not available: ${detail}`, {
    hint: 'install bubblewrap 0.8 or newer and allow it user namespaces, or use sandbox none for no isolation',
  });

/** What was said where it did not work. */
const trySandbox = async (program: string): Promise<string | null> => {
  const directory = await mkdtemp(join(tmpdir(), 'entangle-probe-'));
  try {
    await chmod(directory, 0o711);
    const [workspace, scratch] = [join(directory, 'work'), join(directory, 'scratch')];
    for (const path of [workspace, scratch]) await mkdir(path, { mode: 0o700 });
    const account = engineAccount();
    if (account) await giveTo(account, [workspace, scratch]);
    const command = ['/bin/sh', '-c', 'test ! -e ../outside && : > made && echo inside'];
    await writeFile(join(directory, 'outside'), '');
    const limits = { memoryBytes: MEMORY_BYTES };
    const box = { workspace, scratch, hidden: [], command, limits };
    const words = await answerOf(sandboxStart(program, box, { env: { PATH: searchPath() } }));
    return words ?? (existsSync(join(workspace, 'made')) ? null : 'it ran no command');
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
};

const answerOf = async (start: ChildStart): Promise<string | null> => {
  const child = startProcess(start);
  const timer = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS);
  try {
    child.stdin?.on('error', () => undefined).end();
    const failed = once(child, 'error').then(([error]) => Promise.reject(error));
    const output = Promise.all([text(child.stdout!), text(child.stderr!)]);
    const [said, complaint] = await Promise.race([output, failed]);
    return said === 'inside\n' ? null : complaint;
  } finally {
    clearTimeout(timer);
  }
};
