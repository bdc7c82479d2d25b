/** How a command ends: one failure as text on stderr, or with `--json` as one value on stdout; then the exit code. */

import { systemClock } from '../../adapters/system/clock.ts';
import type { Theme } from '../../core/command-words.ts';
import { safeJson, sanitize } from '../../core/encoding/sanitize.ts';
import { EntangleError, type ErrorCode, EXIT } from '../../core/errors.ts';
import { inSlices } from '../../core/in-slices.ts';
import { atOnce, type Steps } from '../../core/steps.ts';
import { paint, plain } from './render.ts';

export type Failure = { code: ErrorCode; message: string; hint?: string; details?: readonly unknown[] };

const bugHint =
  'this is a bug in entangle: please report it with the command and the output of ENTANGLE_DEBUG=1 (SECURITY.md says how, if it concerns security)';

const WHY: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'not permitted',
  EROFS: 'the file system is read-only',
  ENOSPC: 'no space left on the device',
  EDQUOT: 'the quota of disk space is used up',
  ENOTDIR: 'a part of the path is no directory',
  ENOENT: 'no such file or directory',
  EISDIR: 'it is a directory',
  ELOOP: 'too many symbolic links',
  ENAMETOOLONG: 'the name is too long',
  EMFILE: 'too many open files',
  ENFILE: 'too many open files in the system',
  EIO: 'input/output error',
  EBUSY: 'it is in use',
  EBADF: 'it is not open for writing',
};
const whyOf = ({ code = 'unknown' }: NodeJS.ErrnoException): string => `${WHY[code] ?? 'failed'} (${code})`;

/** The machine said no to a file: nothing that we could mend, and the path says where to look. */
function systemFailure(error: unknown): Failure | null {
  if (!(error instanceof Error) || !('syscall' in error) || !('code' in error)) return null;
  const { code, path, syscall } = error as NodeJS.ErrnoException;
  if (code === undefined || WHY[code] === undefined) return null;
  const where = path ?? `a file (${syscall})`;
  return {
    code: 'unavailable',
    message: `cannot use ${where}: ${whyOf(error as NodeJS.ErrnoException)}`,
    hint: 'see who owns it, and whether its disk is mounted, writable and not full',
  };
}

export function failureOf(error: unknown): Failure {
  if (error instanceof EntangleError) {
    const { code, message, hint, details } = error;
    return {
      code,
      message,
      ...(hint === undefined ? {} : { hint }),
      ...(details === undefined ? {} : { details }),
    };
  }
  const system = systemFailure(error);
  if (system) return system;
  const message = error instanceof Error ? error.message : String(error);
  return { code: 'bug', message: plain(message), hint: bugHint };
}

const shown = (text: string): string => sanitize(text, undefined, { multiline: true });
/** Further lines are indented: none of them reads as a hint of ours. */
const block = (text: string): string => shown(text).replaceAll('\n', '\n  ');

/** A problem on one line: text as it is, else each field's name and value. */
const lineOf = (detail: unknown): string => {
  if (typeof detail !== 'object' || detail === null || Array.isArray(detail)) return wordsOf(detail);
  const fields = Object.entries(detail).filter(([name, value]) => name !== 'stack' && value !== undefined);
  return fields.map(([name, value]) => `${name} ${wordsOf(value)}`).join(', ');
};
const wordsOf = (value: unknown): string => {
  if (typeof value === 'string') return value;
  if (value === null || (Array.isArray(value) && value.length === 0)) return 'none';
  const isList = Array.isArray(value) && value.every((one) => typeof one === 'string');
  return isList ? value.join(' ') : JSON.stringify(value);
};

function textOf(failure: Failure): string {
  const isColoured = hasColour(process.stderr);
  const lines = [`${paint('bad', 'error:', isColoured)} ${block(failure.message)}`];
  for (const detail of failure.details ?? []) lines.push(`  - ${sanitize(lineOf(detail))}`);
  if (failure.hint !== undefined) lines.push(`${paint('dim', 'hint:', isColoured)} ${block(failure.hint)}`);
  return `${lines.join('\n')}\n`;
}

type HowWritten = { isStream?: boolean; hintOf?: (hint: string) => string };

/** Writes the failure, on one line at the end of a stream, and returns the exit code that belongs to it. */
export function writeFailure(
  error: unknown,
  json: boolean,
  { isStream = false, hintOf = (hint) => hint }: HowWritten = {},
): number {
  const told = failureOf(error);
  const failure = told.hint === undefined ? told : { ...told, hint: hintOf(told.hint) };
  if (json) process.stdout.write(`${safeJson({ error: failure }, isStream ? 0 : 2)}\n`);
  else process.stderr.write(textOf(failure));
  if (process.env.ENTANGLE_DEBUG && error instanceof Error) {
    process.stderr.write(`${block(error.stack ?? '')}\n`);
    if (error.cause !== undefined) process.stderr.write(`cause: ${sanitize(String(error.cause))}\n`);
  }
  return EXIT[failure.code];
}

/** Colours only where a person looks, and not where NO_COLOR or a dumb terminal asks for none. */
export const hasColour = (stream: NodeJS.WriteStream): boolean =>
  stream.isTTY === true && !process.env.NO_COLOR && process.env.TERM !== 'dumb';

/** NO_COLOR and a dumb terminal count before what was chosen. */
export const themeOn = (stream: NodeJS.WriteStream, chosen: Theme): Theme =>
  hasColour(stream) ? chosen : 'none';

/** Fields whose texts have lines of their own: whatever prints them lets none of these begin where ours do. */
const OF_LINES: ReadonlySet<string> = new Set(
  'task text reply summary reason detail diff script call tail'.split(' '),
);
/** The graph of a revision, as the value of its file. */
const isOfLines = (key: string, inner: unknown): boolean =>
  OF_LINES.has(key) || (key === 'file' && typeof inner === 'object');

/**
 * Every string of a value made safe to show to people: values carry others' text. Each is one line but in the fields that
 * have lines. JSON has them as they are (`safeJson`).
 */
export const sanitizeDeep = (value: unknown): unknown => atOnce(sanitizingDeep(value));
/** The same beside what goes on meanwhile: a text may have megabytes, and a list a hundred thousand texts. */
export const sanitizedInSlices = (value: unknown): Promise<unknown> =>
  inSlices(systemClock, sanitizingDeep(value));
export function* sanitizingDeep(value: unknown, multiline = false): Steps<unknown> {
  if (typeof value === 'string') return yield* sanitizing(value, multiline);
  if (value === null || typeof value !== 'object') return value;
  if ('toJSON' in value && typeof value.toJSON === 'function')
    return yield* sanitizingDeep(value.toJSON(), multiline);
  if (Array.isArray(value)) {
    const list: unknown[] = [];
    for (const inner of value) list.push(yield* sanitizingDeep(inner, multiline));
    return list;
  }
  const safe: [string, unknown][] = [];
  for (const [key, inner] of Object.entries(value))
    safe.push([sanitize(key), yield* sanitizingDeep(inner, multiline || isOfLines(key, inner))]);
  return Object.fromEntries(safe);
}

const CHARACTERS_A_STEP = 65_536;
/** Before one of these a text is cut: neither an escape, nor what reads as one, nor a pile of marks goes on behind it. */
const CUT_BEFORE = /[\n ]/g;
function* sanitizing(text: string, multiline: boolean): Steps<string> {
  yield;
  const parts: string[] = [];
  for (let from = 0; from < text.length; ) {
    CUT_BEFORE.lastIndex = from + CHARACTERS_A_STEP;
    const to = CUT_BEFORE.exec(text)?.index ?? text.length;
    parts.push(sanitize(text.slice(from, to), undefined, { multiline }));
    from = to;
    yield;
  }
  return parts.join('');
}

let unwritten: NodeJS.ErrnoException | null = null;

/** What cannot be written is told when the command ends; a reader that went away (`| head`) is no failure. */
export function watchOutput(): void {
  // oclif's own would throw, and end the process with a trace
  process.stdout.removeAllListeners('error').on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    unwritten ??= error;
  });
  // A terminal that was closed: what is said there is lost, and nothing else
  process.stderr.removeAllListeners('error').on('error', () => {});
}

/** Goes on when what was written before is taken: of a long text no more waits than a piece. */
export const written = (stream: NodeJS.WriteStream, piece: string): Promise<void> | undefined => {
  if (stream.write(piece) || stream.destroyed) return undefined;
  return new Promise((resolve) => {
    const go = () => {
      stream.off('drain', go).off('close', go);
      resolve();
    };
    stream.on('drain', go).on('close', go);
  });
};

/** A line of a stream: with its end in one write where it is short, else in pieces. A promise where it has to wait. */
export const writtenWhole = (
  stream: NodeJS.WriteStream,
  pieces: Iterable<string>,
): Promise<void> | undefined => writtenAll(stream, withEnd(pieces));

function* withEnd(pieces: Iterable<string>): Generator<string> {
  let held: string | null = null;
  for (const piece of pieces) {
    if (held !== null) yield held;
    held = piece;
  }
  yield `${held ?? ''}\n`;
}

const writtenAll = (stream: NodeJS.WriteStream, pieces: Iterator<string>): Promise<void> | undefined => {
  for (;;) {
    const next = pieces.next();
    if (next.done) return undefined;
    const waits = written(stream, next.value);
    if (waits) return waits.then(() => writtenAll(stream, pieces));
  }
};

const drained = (stream: NodeJS.WriteStream): Promise<void> =>
  new Promise((resolve) => {
    if (stream.destroyed || stream.writableLength === 0) resolve();
    else stream.write('', () => resolve());
  });

/** Ends the process once its output is out: a forgotten timer or socket must not keep a command alive. */
export async function leave(): Promise<never> {
  await Promise.all([drained(process.stdout), drained(process.stderr)]);
  // The stream tells of a failed write a moment after it is drained
  await new Promise((done) => setImmediate(done));
  if (unwritten !== null) {
    const code = writeFailure(
      new EntangleError('unavailable', `cannot write the output: ${whyOf(unwritten)}`, {
        hint: 'see whether its place is full or closed; what the command did has happened',
      }),
      false,
    );
    await drained(process.stderr);
    process.exit(code);
  }
  process.exit();
}
