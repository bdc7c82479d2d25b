/**
 * A process that remembers the passphrase of one home's keys for a while, as `ssh-agent` does with keys: in memory alone,
 * behind a socket that only its owner can open, in a directory that only its owner can enter.
 */
import { lstatSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { EntangleError } from '../../core/errors.ts';
import { findProgram, startProcess } from '../system/child-process.ts';
import { evalWord } from '../system/self.ts';
import { type ShortPath, shortPath } from '../system/socket-path.ts';

const SOCKET = 'unlocked.sock';
const ANSWER_MS = 2_000;
const START_MS = 10_000;
/** Of a passphrase in UTF-8. */
const MAX_BYTES = 65_536;

/**
 * It ends when its time is over by the clock of the day, which goes on while a machine sleeps, or by the one that nobody
 * sets; when it is told to forget; when its socket is gone. SIGUSR1 would let others look into it.
 */
const HOLDER = `
const { createServer } = require('node:net');
const { closeSync, lstatSync, openSync, readdirSync, readFileSync, rmSync, writeSync } = require('node:fs');
const attempt = (work) => { try { return work(); } catch { return undefined; } };
const [socket, forMs] = process.argv.slice(1);
const [until, started] = [Date.now() + Number(forMs), performance.now()];
// What whoever started it had open is not held open by it: Node's own are closed at an exec, these were not
for (const fd of attempt(() => readdirSync('/proc/self/fdinfo')) ?? []) attempt(() => {
  const [, flags] = /flags:\\s+([0-7]+)/.exec(readFileSync('/proc/self/fdinfo/' + fd, 'latin1'));
  if (Number(fd) > 2 && (parseInt(flags, 8) & 0o2000000) === 0) closeSync(Number(fd));
});
const words = readFileSync(0);
for (const name of ['SIGUSR1', 'SIGHUP', 'SIGINT']) process.on(name, () => {});
process.umask(0o177);
let own;
const isOwn = () => attempt(() => lstatSync(socket).ino) === own;
const end = () => { words.fill(0); if (isOwn()) rmSync(socket, { force: true }); process.exit(0); };
process.on('SIGTERM', end);
createServer((one) => {
  one.on('error', () => one.destroy()).setTimeout(${ANSWER_MS}, () => one.destroy());
  one.once('data', (asked) => {
    if (asked.toString() === 'forget') { one.end(); end(); }
    else if (asked.toString() === 'words') one.end(words);
    else one.destroy();
  });
}).on('error', () => process.exit(1)).listen(socket, () => {
  own = lstatSync(socket).ino;
  setInterval(() => { if (Date.now() >= until || performance.now() - started >= Number(forMs) || !isOwn()) end(); }, 200);
  writeSync(1, 'ready');
  for (const stream of [0, 1, 2]) { closeSync(stream); openSync('/dev/null', 'r+'); }
});
`;

/** A core of it would have the words. */
const NO_CORE = 'ulimit -c 0; exec "$0" "$@"';
const requireShell = (): string => {
  const shell = findProgram('sh');
  if (shell !== null) return shell;
  throw new EntangleError('unavailable', 'there is no sh on this machine', {
    hint: 'use --passphrase-file FILE with each command',
  });
};

/** Of the directory of a home. Whatever remembered one before forgets it. */
export const rememberPassphrase = async (
  directory: string,
  passphrase: string,
  forMs: number,
): Promise<void> => {
  await forgetPassphrase(directory);
  const words = [process.execPath, evalWord(process.execPath), HOLDER, SOCKET, String(forMs)];
  const child = startProcess(
    { program: requireShell(), args: ['-c', NO_CORE, ...words], env: {}, cwd: directory },
    { ownGroup: true },
  );
  const isReady = await new Promise<boolean>((resolve) => {
    const timer = setTimeout(() => resolve(false), START_MS);
    const over = (is: boolean) => () => {
      clearTimeout(timer);
      resolve(is);
    };
    child.stdout!.once('data', over(true));
    child.once('exit', over(false)).once('error', over(false));
    child.stdin!.on('error', over(false)).end(passphrase);
  });
  for (const pipe of [child.stdout, child.stderr]) pipe!.destroy();
  child.unref();
  if (isReady) return;
  child.kill('SIGKILL');
  throw new EntangleError('unavailable', `nothing could be started that remembers it in ${directory}`, {
    hint: 'use --passphrase-file FILE with each command',
  });
};

/** Null where nobody remembers one; what is not ours is not asked. */
export const rememberedPassphrase = async (directory: string): Promise<string | null> => {
  const answer = await ask(directory, 'words');
  return answer === null || answer.length === 0 ? null : answer.toString('utf8');
};

/** Whether one was remembered. A socket that a killed process left is taken away too. */
export const forgetPassphrase = async (directory: string): Promise<boolean> => {
  const wasThere = (await ask(directory, 'forget')) !== null;
  rmSync(join(directory, SOCKET), { force: true });
  return wasThere;
};

const isOurs = (path: string): boolean => {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (!found?.isSocket() || (found.mode & 0o077) !== 0) return false;
  return process.getuid === undefined || found.uid === process.getuid();
};

const ask = (directory: string, what: 'words' | 'forget'): Promise<Buffer | null> => {
  const path = join(directory, SOCKET);
  return isOurs(path) ? asked(shortPath(path), what) : Promise.resolve(null);
};

const asked = ({ path, close }: ShortPath, what: 'words' | 'forget'): Promise<Buffer | null> =>
  new Promise((resolve) => {
    const pieces: Buffer[] = [];
    let size = 0;
    const end = (answer: Buffer | null) => () => {
      socket.destroy();
      close();
      resolve(answer);
    };
    const socket = connect({ path }, () => socket.write(what));
    socket.setTimeout(ANSWER_MS, end(null)).on('error', end(null));
    socket.on('data', (piece) => {
      size += piece.length;
      if (size > MAX_BYTES) end(null)();
      else pieces.push(piece);
    });
    socket.on('end', () => end(Buffer.concat(pieces))());
  });
