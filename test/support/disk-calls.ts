/** Notes, in order, the calls by which files become durable, while the real ones are made. */
import { fstatSync, readdirSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';

type Call = 'read' | 'write' | 'truncate' | 'sync' | 'datasync';
const DURABLE: readonly Call[] = ['write', 'truncate', 'sync', 'datasync'];
type Methods = Record<Call, (...args: unknown[]) => Promise<unknown>>;

export type DiskCalls = {
  /** `call name` once the call is done; a directory is `.` and what it held then: `sync . (a b)`. */
  readonly calls: string[];
  restore(): void;
};

/** Watches files of one directory. `before` may hold a call back, as a slow disk would. */
export async function watchDisk(
  directory: string,
  before: (call: string) => Promise<void> | void = () => {},
  watched: readonly Call[] = DURABLE,
): Promise<DiskCalls> {
  const calls: string[] = [];
  const probe = await open(directory);
  const handles = Object.getPrototypeOf(probe) as Methods;
  await probe.close();
  const originals = {} as Methods;
  for (const call of watched) {
    const original = handles[call];
    originals[call] = original;
    handles[call] = async function (this: { fd: number }, ...args: unknown[]) {
      const name = nameOf(directory, this.fd);
      if (name !== undefined) await before(`${call} ${name}`);
      const result = await original.apply(this, args);
      if (name !== undefined) calls.push(`${call} ${name}`);
      return result;
    };
  }
  const restore = () => {
    for (const call of watched) handles[call] = originals[call];
  };
  return { calls, restore };
}

/** The name of an open file in the directory; undefined for one of elsewhere. */
function nameOf(directory: string, fd: number): string | undefined {
  const { ino } = fstatSync(fd);
  const names = readdirSync(directory).sort();
  if (statSync(directory).ino === ino) return `. (${names.join(' ')})`;
  return names.find((name) => statSync(join(directory, name), { throwIfNoEntry: false })?.ino === ino);
}
