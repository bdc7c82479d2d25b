/** Looks for a secret value everywhere, in every form: files, what is packed in them, all processes. */
import { closeSync, openSync, readdirSync, readFileSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { constants, gunzipSync, inflateSync } from 'node:zlib';

/** Of base64 the middle, wherever in three bytes the value begins; of each form what tells it from all else. */
const formsOf = (value: string): Buffer[] => {
  const bytes = Buffer.from(value);
  return [
    bytes,
    ...[0, 1, 2].map((before) =>
      Buffer.from(
        Buffer.concat([Buffer.alloc(before), bytes])
          .toString('base64')
          .slice(before === 0 ? 0 : 4, 60),
      ),
    ),
    ...[0, 1, 2].map((before) =>
      Buffer.from(
        Buffer.concat([Buffer.alloc(before), bytes])
          .toString('base64url')
          .slice(before === 0 ? 0 : 4, 60),
      ),
    ),
    Buffer.from(bytes.toString('hex')),
    Buffer.from(bytes.toString('hex').toUpperCase()),
    Buffer.from(encodeURIComponent(value)),
  ];
};
const unpacked = (text: Buffer): Buffer[] => {
  const found: Buffer[] = [];
  const options = { finishFlush: constants.Z_SYNC_FLUSH };
  const attempt = (work: () => Buffer) => {
    try {
      found.push(work());
    } catch {
      // It only looked as if something was packed there
    }
  };
  // An object of git is one stream of zlib; gzip begins with three bytes of its own, anywhere
  if (text[0] === 0x78) attempt(() => inflateSync(text, options));
  for (let at = text.indexOf('1f8b08', 0, 'hex'); at >= 0; at = text.indexOf('1f8b08', at + 1, 'hex'))
    attempt(() => gunzipSync(text.subarray(at), options));
  return found;
};
const read = (path: string): Buffer => {
  try {
    return readFileSync(path);
  } catch {
    // Gone since it was listed, or a socket
    return Buffer.alloc(0);
  }
};
/** The kernel gives no more of it at once. */
const PROC_BYTES = 4 * 1_048_576;
/** Where the next one is read over it. */
const text = Buffer.alloc(PROC_BYTES);
const proc = (path: string): Buffer => {
  try {
    const file = openSync(path, 'r');
    try {
      return text.subarray(0, readSync(file, text));
    } finally {
      closeSync(file);
    }
  } catch {
    return Buffer.alloc(0);
  }
};

export type Search = {
  forms: readonly Buffer[];
  holds(text: Buffer): boolean;
  /** Files below these directories that have it in any form. */
  found(...roots: string[]): string[];
  /** Whose environment or command line has it, of all processes of this machine. */
  leaks(): string[];
};

export const searchFor = (value: string): Search => {
  const forms = formsOf(value);
  const has = (text: Buffer): boolean => forms.some((form) => text.includes(form));
  const holds = (text: Buffer): boolean => has(text) || unpacked(text).some(has);
  return {
    forms,
    holds,
    found: (...roots) =>
      roots.flatMap((root) =>
        readdirSync(root, { recursive: true, withFileTypes: true })
          .filter((entry) => entry.isFile())
          .map(({ parentPath, name }) => join(parentPath, name))
          .filter((path) => holds(read(path))),
      ),
    leaks: () =>
      readdirSync('/proc')
        .filter((name) => /^[0-9]+$/.test(name))
        .flatMap((pid) => ['environ', 'cmdline'].map((file) => `/proc/${pid}/${file}`))
        .filter((path) => holds(proc(path))),
  };
};
