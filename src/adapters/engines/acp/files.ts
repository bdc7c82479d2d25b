/** Files of a workspace for an agent that reads and writes them through its runner: step by step, and over no link. */
import { constants } from 'node:fs';
import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { isAbsolute, relative } from 'node:path';
import { MAX_ACP } from '../../../core/bounds.ts';
import type { Account } from '../../system/child-process.ts';
import { reachBelow, stepBelow } from '../../system/open-below.ts';
import { RefusedToAgent } from './refused-to-agent.ts';

/** Said to the agent, which goes on. */
export class FileRefused extends RefusedToAgent {
  /** Nothing may be written there either. */
  readonly isAway: boolean;
  constructor(words: string, isAway = true) {
    super(words);
    this.isAway = isAway;
  }
}
export class NoFile extends FileRefused {}

export type FilesOfTurn = {
  root: string;
  /** Who the files belong to, where that is not this process. */
  account?: Account | undefined;
  /** Throws where nothing is made or written any more. */
  beforeStep(): void;
};

const { O_RDONLY, O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK } = constants;

/** The path of the file below the root of the workspace. */
export const nameInWorkspace = (root: string, path: string): string => {
  const steps = isAbsolute(path) ? relative(root, path).split('/') : [''];
  const isWithin = !path.includes('\0') && !path.split('/').includes('..');
  if (isWithin && steps.every((step) => step !== '' && step !== '..')) return steps.join('/');
  throw new FileRefused('only files of the workspace are read and written here, by their absolute paths');
};

/** As a file system has it. */
const rawName = (path: string): string => Buffer.from(path).toString('latin1');

const refusal = (error: unknown): FileRefused => {
  if (error instanceof FileRefused) return error;
  const code = error instanceof Error && 'code' in error ? error.code : null;
  if (code === 'ENOENT') return new NoFile('ENOENT: no such file or directory');
  if (code === 'ELOOP' || code === 'ENOTDIR')
    return new FileRefused('a link, or no directory, is on the way to it');
  if (code === 'EISDIR' || code === 'ENXIO') return new FileRefused('it is no file');
  return new FileRefused('it cannot be opened');
};

/** The account of what was made for it. */
const give = async (handle: FileHandle, { account }: FilesOfTurn): Promise<void> => {
  if (account) await handle.chown(account.uid, account.gid);
};

/** Calls `use` with a name for the file that no link leads away from. */
const within = async <T>(
  workspace: FilesOfTurn,
  path: string,
  use: (file: Buffer) => Promise<T>,
  step = stepBelow,
): Promise<T> => {
  try {
    return await reachBelow(workspace.root, rawName(nameInWorkspace(workspace.root, path)), use, step);
  } catch (error) {
    throw refusal(error);
  }
};

/** Makes the directory where there is none. */
const makingStep =
  (workspace: FilesOfTurn) =>
  async (path: string | Buffer): Promise<FileHandle> => {
    workspace.beforeStep();
    const made = mkdir(path, { mode: 0o755 });
    const isNew = await made.then(
      () => true,
      () => false,
    );
    const directory = await stepBelow(path);
    if (isNew) await give(directory, workspace);
    return directory;
  };

const requireFile = async (handle: FileHandle): Promise<number> => {
  const stats = await handle.stat();
  if (!stats.isFile()) throw new FileRefused('it is no file');
  return stats.size;
};

export const readWorkspaceText = (workspace: FilesOfTurn, path: string): Promise<string> =>
  within(workspace, path, async (file) => {
    const handle = await open(file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    try {
      if ((await requireFile(handle)) > MAX_ACP.file) throw new FileRefused(TOO_LARGE, false);
      // It may grow while it is read
      const bytes = Buffer.alloc(MAX_ACP.file + 1);
      let size = 0;
      for (let read = -1; read !== 0 && size < bytes.length; size += read)
        ({ bytesRead: read } = await handle.read(bytes, size, bytes.length - size, size));
      if (size > MAX_ACP.file) throw new FileRefused(TOO_LARGE, false);
      return decode(bytes.subarray(0, size));
    } finally {
      await handle.close();
    }
  });
export const TOO_LARGE = `files of at most ${MAX_ACP.file} bytes are read and written here`;

const decode = (bytes: Uint8Array): string => {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new FileRefused('it is no text in UTF-8', false);
  }
};

/** Resolves with the bytes that were written. */
export const writeWorkspaceText = async (
  workspace: FilesOfTurn,
  path: string,
  text: string,
): Promise<number> => {
  const bytes = Buffer.from(text);
  if (bytes.length > MAX_ACP.file) throw new FileRefused(TOO_LARGE);
  const write = async (file: Buffer): Promise<number> => {
    const isThere = (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
      return null;
    };
    workspace.beforeStep();
    const made = await open(file, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o644).catch(isThere);
    const handle = made ?? (await open(file, O_WRONLY | O_NOFOLLOW | O_NONBLOCK));
    try {
      await requireFile(handle);
      if (made) await give(handle, workspace);
      await handle.truncate(0);
      await handle.writeFile(bytes);
      return bytes.length;
    } finally {
      await handle.close();
    }
  };
  return within(workspace, path, write, makingStep(workspace));
};

/** Where the text goes on after so many lines from there. */
const afterLines = (text: string, from: number, count: number): number => {
  let at = from;
  for (let n = 0; n < count && at < text.length; n++) at = text.indexOf('\n', at) + 1 || text.length;
  return at;
};

/** The part of a text from a line on, counted from 1. */
export const partOfText = (
  text: string,
  line: number | null | undefined,
  limit: number | null | undefined,
): string => {
  const from = afterLines(text, 0, Math.max(0, (line ?? 1) - 1));
  // A list of all its lines would be made for each that is asked for
  return text.slice(from, limit == null ? text.length : afterLines(text, from, limit));
};
