/**
 * A UNIX socket wherever its directory is: a path longer than `sun_path` is reached through the open directory, as Linux
 * names it, which stays short.
 */
import { closeSync, constants, openSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { EntangleError } from '../../core/errors.ts';

/** `sun_path` less its final NUL, on Linux and macOS. */
const MAX_PATH = process.platform === 'darwin' ? 103 : 107;

export type ShortPath = {
  /** Good for as long as it is not closed. */
  path: string;
  close(): void;
};

/** As long as it is: where it was opened, whoever puts something else in the place of its directory. */
export const heldPath = (socket: string): ShortPath => {
  if (process.platform !== 'linux') return direct(socket);
  const directory = openSync(dirname(socket), constants.O_RDONLY | constants.O_DIRECTORY);
  return {
    path: `/proc/self/fd/${directory}/${basename(socket)}`,
    close: () => closeSync(directory),
  };
};

export const shortPath = (socket: string): ShortPath =>
  Buffer.byteLength(socket) <= MAX_PATH ? direct(socket) : heldPath(socket);

const direct = (socket: string): ShortPath => {
  if (Buffer.byteLength(socket) <= MAX_PATH) return { path: socket, close: () => {} };
  throw new EntangleError('usage', `the socket path is longer than ${MAX_PATH} bytes: ${socket}`, {
    hint: 'use a home with a shorter path (--home)',
  });
};
