/** What an agent has between two turns of a session: its HOME, put aside, and the name of its own session in it. */
import { lstat, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import * as z from 'zod';
import { type TurnUsage, turnUsage } from '../../../core/acp/usage.ts';
import { MAX_KEPT_AGENT } from '../../../core/bounds.ts';
import { canonicalize } from '../../../core/encoding/canonical.ts';
import { readShape } from '../../../core/encoding/read-shape.ts';
import type { NamedBytes, Turn } from '../../../ports/index.ts';
import { removeTree } from '../../system/remove-tree.ts';
import { overDisk } from '../disk-use.ts';
import { homeIn } from '../start.ts';
import type { AcpSpec } from './profiles.ts';

/** What goes on, or why nothing does. */
export type AgentMemory = { sessionId: string; usage?: TurnUsage | undefined } | { why: string };
type Kept = AgentMemory & { spec?: string };
const keptShape = z.union([
  z.strictObject({ sessionId: z.string(), spec: z.string(), usage: turnUsage().optional() }),
  z.strictObject({ why: z.string() }),
]);
const homeOf = (place: string): string => join(place, 'home');
const fileOf = (place: string): string => join(place, 'agent.json');

/**
 * Configuration, and no less the records of its sessions: they hold rules that were saved, and are read again at the start
 * by what obeys them. Whatever ran in a turn could write there.
 */
const ASKED = 'where its policy has calls approved, nothing that could answer for people goes on';

const { bytes: diskBytes, entries: diskEntries } = MAX_KEPT_AGENT;
const objectionTo = async (home: string): Promise<string | null> => {
  if (!(await lstat(home)).isDirectory()) return 'its agent made something else of its HOME';
  const over = await overDisk([home], { diskBytes, diskEntries });
  return over && `what its agent keeps is too much, ${over}`;
};

/** After a turn whose agent has ended. It is moved: a turn that is cut off leaves none, and the next one begins anew. */
export const putAside = async (turn: Turn<AcpSpec>, keep: string, session: AgentMemory): Promise<void> => {
  await removeTree(keep);
  // Closed to the account that the home was given to
  await mkdir(keep, { mode: 0o700, recursive: true });
  const asked = turn.isAsked === true ? ASKED : null;
  const why = asked ?? ('why' in session ? session.why : await objectionTo(homeIn(turn)));
  if (why === null) await rename(homeIn(turn), homeOf(keep));
  const kept: Kept = why === null ? { ...session, spec: canonicalize(turn.spec) } : { why };
  await writeFile(fileOf(keep), JSON.stringify(kept), { mode: 0o600, flag: 'wx' });
};

/** A path of our own there leads over no link that an agent left, and to no file of its own; and a file can be laid there. */
const isFree = async (home: string, name: string): Promise<boolean> => {
  const [path, parts] = [join(home, name), name.split('/')];
  for (const at of parts.keys()) {
    const found = await lstat(join(home, ...parts.slice(0, at + 1))).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return null;
      throw error;
    });
    if (found === null) break;
    if (at < parts.length - 1 && !found.isDirectory()) return false;
    if (at === parts.length - 1 && !found.isFile()) return false;
  }
  await rm(path, { force: true });
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await writeFile(path, '', { flag: 'wx' });
  await rm(path);
  return true;
};

/** Before the agent starts; null in the first turn of a session. */
export const takeBack = async (
  turn: Pick<Turn<AcpSpec>, 'spec' | 'scratch' | 'before' | 'isAsked'>,
  configuration: readonly NamedBytes[],
): Promise<AgentMemory | null> => {
  if (turn.before === undefined) return null;
  // The policy may have come since
  if (turn.isAsked) return { why: ASKED };
  const { kept } = turn.before;
  // A full disk or a loss of power leaves it cut, as no file leaves it missing
  const told: unknown = await readFile(fileOf(kept), 'utf8')
    .then(JSON.parse)
    .catch(() => null);
  const { data } = readShape(keptShape, told);
  if (data === undefined) return { why: 'nothing is kept of it' };
  if ('why' in data) return data;
  if (data.spec !== canonicalize(turn.spec)) return { why: 'its node has another agent now' };
  // It may have closed a directory to us
  for (const { name } of configuration)
    if (!(await isFree(homeOf(kept), name).catch(() => false)))
      return { why: 'its agent left something in the way of its configuration' };
  const isMoved = await rename(homeOf(kept), homeIn(turn)).then(
    () => true,
    () => false,
  );
  return isMoved ? { sessionId: data.sessionId, usage: data.usage } : { why: 'nothing is kept of it' };
};
