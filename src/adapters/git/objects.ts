/** Commits and trees by their ids, many by one process, each of them what its id says. */
import { createHash } from 'node:crypto';
import { tooLarge } from './entries.ts';
import { damagedObject } from './resolve.ts';
import { catFile } from './run.ts';

const HEAD_LINE = /^([0-9a-f]+) ([a-z]+) ([0-9]+)\n$/;
/** Most bytes that are read at once. */
const MOST = 32 * 1024 * 1024;

/** What is not there, or is of another kind, is left out. The contents lie in one buffer. */
export const readObjects = async (
  store: string,
  kind: 'commit' | 'tree',
  ids: readonly string[],
): Promise<Map<string, Buffer>> => {
  const found = new Map<string, Buffer>();
  if (ids.length === 0) return found;
  const input = ids.map((id) => `${id}\n`).join('');
  const all = await catFile({ store, args: ['--batch'], input, maxOutput: MOST, overflow: tooLarge() });
  for (let at = 0; at < all.length; ) {
    const start = all.indexOf(10, at) + 1;
    if (start === 0) break;
    const [, id, type, size] = HEAD_LINE.exec(all.toString('latin1', at, start)) ?? [];
    at = size === undefined ? start : start + Number(size) + 1;
    if (id === undefined || type !== kind || at > all.length) continue;
    const content = all.subarray(start, at - 1);
    requireOwnId(kind, id, content);
    found.set(id, content);
  }
  return found;
};

/** Git takes the name of a file for the id of the object in it when it reads many. */
const requireOwnId = (kind: string, id: string, content: Buffer): void => {
  const hash = createHash(id.length === 64 ? 'sha256' : 'sha1');
  if (hash.update(`${kind} ${content.length}\0`).update(content).digest('hex') === id) return;
  throw damagedObject(kind, id);
};
