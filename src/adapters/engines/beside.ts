/** A command that runs beside the engine of a turn, in a group of its own: started, listened to, and told of when it ended. */
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { type ChildStart, startProcess } from '../system/child-process.ts';
import type { TurnProcess } from './turn-process.ts';

export type Exit = { exitCode: number | null; signal: string | null };
/** `pid`: undefined where it could not be started; then its exit code is that of a shell. */
export type Beside = { pid: number | undefined; exited: Promise<Exit> };

/** What a command still says when it has ended. */
const LAST_OUTPUT_MS = 500;

/** It is weighed with the turn until `leave` of that is called. `keep` gets what it prints. */
export const startCommandBeside = (
  running: TurnProcess,
  start: ChildStart,
  { stdin = '', keep }: { stdin?: string; keep(bytes: Buffer): void },
): Beside => {
  const child = startProcess(start, { ownGroup: true, isBehind: true });
  for (const stream of child.stdio) stream?.on('error', () => undefined);
  child.stdout?.on('data', keep);
  child.stderr?.on('data', keep);
  const { promise: exited, resolve } = Promise.withResolvers<Exit>();
  child.once('error', (error) => {
    keep(Buffer.from(`could not start: ${error.message}\n`));
    if (child.pid === undefined) resolve({ exitCode: 127, signal: null });
  });
  const closed = once(child, 'close').catch(() => undefined);
  // What it left in the background may hold its streams
  child.once('exit', (exitCode, signal) => {
    void Promise.race([closed, delay(LAST_OUTPUT_MS)]).then(() => resolve({ exitCode, signal }));
  });
  running.join(child.pid);
  child.stdin?.end(stdin);
  return { pid: child.pid, exited };
};
