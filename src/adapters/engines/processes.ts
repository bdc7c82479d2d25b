/** The processes of one turn: the group and session of its leader, and those that left both but carry its mark. */
import { readdirSync, readFileSync, type StatsFs } from 'node:fs';
import { readdir, readFile, readlink, statfs } from 'node:fs/promises';
import { setImmediate as breathe, setTimeout as delay } from 'node:timers/promises';
import { monotonicMs } from '../system/monotonic.ts';

type Row = {
  pid: number;
  /** Where it is looked into: in a thread that goes on where the first one ended. */
  at: string;
  parent: number;
  group: number;
  session: number;
  pages: number;
  started: number;
};

/** Rows read in one go: a few milliseconds, where a thread for each would cost ten times as much. */
const AT_ONCE = 200;

/** Living processes; empty where there is no /proc. */
const livingProcesses = async (): Promise<Row[]> => {
  const names = await readdir('/proc').catch(() => []);
  const rows: Row[] = [];
  for (const [i, pid] of names.filter((name) => /^[0-9]+$/.test(name)).entries()) {
    if (i % AT_ONCE === AT_ONCE - 1) await breathe();
    const row = readRow(Number(pid));
    if (row !== null) rows.push(row);
  }
  return rows;
};

/** A process whose first thread ended is listed as a zombie, whatever its other threads do. */
const readRow = (pid: number): Row | null =>
  readThread(pid, `/proc/${pid}`) ??
  threadsOf(pid)
    .map((thread) => readThread(pid, `/proc/${pid}/task/${thread}`))
    .find((row) => row !== null) ??
  null;

const threadsOf = (pid: number): string[] => {
  try {
    return readdirSync(`/proc/${pid}/task`);
  } catch {
    return [];
  }
};

const readThread = (pid: number, at: string): Row | null => {
  let text: string;
  try {
    text = readFileSync(`${at}/stat`, 'latin1');
  } catch {
    return null;
  }
  // The program's name stands in brackets and may hold anything, brackets too
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [state, parent, group, session] = fields;
  if (state === undefined || session === undefined || state === 'Z' || state === 'X') return null;
  return {
    pid,
    at,
    parent: Number(parent),
    group: Number(group),
    session: Number(session),
    started: Number(fields[19] ?? 0),
    pages: Number(fields[21] ?? 0),
  };
};

/** When a process began, in ticks since the machine did; 0 where that cannot be told. */
export const startOfProcess = (pid: number): number => readRow(pid)?.started ?? 0;

/** Leader, its descendants, group and session. */
const related = (rows: readonly Row[], leader: number): Row[] => {
  const found = new Set(
    rows.filter((r) => r.pid === leader || r.group === leader || r.session === leader).map((r) => r.pid),
  );
  for (let size = -1; size !== found.size; ) {
    size = found.size;
    for (const row of rows) if (found.has(row.parent)) found.add(row.pid);
  }
  return rows.filter((row) => found.has(row.pid));
};

/** What only the processes of one turn have: a line of the environment, and in a sandbox a place where something is mounted. */
export type TurnMark = { environment: string; mount: string };

/** The first process of a turn, and when it began: whatever is older is none of the turn's, and not looked into. */
export type Leader = { pid: number; started: number };

const ownNamespace = (): Promise<string> => readlink('/proc/self/ns/mnt').catch(() => '');
const namespaceOf = (at: string, ours: string): Promise<string> => readlink(`${at}/ns/mnt`).catch(() => ours);

/** A path as the kernel writes it in a list of mounts. */
const asListed = (path: string): string =>
  path.replace(/[ \t\n\\]/g, (c) => `\\${c.charCodeAt(0).toString(8).padStart(3, '0')}`);

const isMarked = async (at: string, mark: TurnMark, ours: string): Promise<boolean> => {
  const environment = await readFile(`${at}/environ`, 'latin1').catch(() => '');
  if (environment.split('\0').includes(mark.environment)) return true;
  if ((await namespaceOf(at, ours)) === ours) return false;
  // In a namespace that nobody inside may change
  const mounts = await readFile(`${at}/mountinfo`, 'utf8').catch(() => '');
  const place = asListed(mark.mount);
  return mounts.split('\n').some((line) => line.split(' ')[4] === place);
};

const membersOf = async (leader: Leader | null, mark: TurnMark): Promise<Set<number>> => {
  const rows = await livingProcesses();
  const found = new Set(leader === null ? [] : related(rows, leader.pid).map(({ pid }) => pid));
  const ours = await ownNamespace();
  await Promise.all(
    rows.map(async ({ pid, at, started }) => {
      if (found.has(pid) || started < (leader?.started ?? 0)) return;
      if (await isMarked(at, mark, ours)) found.add(pid);
    }),
  );
  found.delete(process.pid);
  return found;
};

const PAGE = 4096;

let last: { at: number; rows: Promise<Row[]> } | undefined;

/** Many turns weigh at once: one look at the processes serves them all. */
const recentProcesses = (): Promise<Row[]> => {
  if (last === undefined || monotonicMs() - last.at > 200) {
    last = { at: monotonicMs(), rows: livingProcesses() };
  }
  return last.rows;
};

/** Resident memory (bytes) of the leader's tree; pages shared by several processes count for each. */
export const memoryOf = async (leader: number): Promise<number> =>
  related(await recentProcesses(), leader).reduce((sum, { pages }) => sum + pages * PAGE, 0);

const INODE = 1024;

/**
 * Bytes in the leader's file systems in memory: no process has those pages. They are found by their size, as a tree that is
 * still being set up has the mounts of the machine.
 */
export const heldInMemory = async (
  leader: number,
  mounts: readonly string[],
  size: number,
): Promise<number> => {
  if (mounts.length === 0) return 0;
  const ours = await ownNamespace();
  for (const { at } of related(await recentProcesses(), leader)) {
    if ((await namespaceOf(at, ours)) === ours) continue;
    const all = await Promise.all(mounts.map((mount) => statfs(`${at}/root${mount}`).catch(() => null)));
    const held = all.filter((one) => one !== null && one.blocks * one.bsize === size);
    if (held.length === mounts.length) return held.reduce((sum, one) => sum + usedBytes(one!), 0);
  }
  return 0;
};

const usedBytes = ({ blocks, bfree, bsize, files, ffree }: StatsFs): number =>
  (blocks - bfree) * bsize + (files - ffree) * INODE;

/** Looks in a row that find nothing before a turn counts as ended. */
const LOOKS = 3;

/** Of a leader, with all that did not leave its group. */
export const signalGroup = (leader: number | undefined, signal: 'SIGTERM' | 'SIGKILL'): void => {
  if (leader !== undefined) send(-leader, signal);
};

const send = (pid: number, signal: 'SIGTERM' | 'SIGKILL'): void => {
  try {
    process.kill(pid, signal);
  } catch {
    // gone already
  }
};

/**
 * Ends every process of the turn: SIGTERM, and SIGKILL for what is left after the grace. `mark` finds a daemon that made
 * its own session; in a sandbox also one that hid its environment, and the sandbox's own first process, which the engine
 * may have made forget to end with its parent. Without a leader it ends what an earlier attempt left behind when its runner was killed.
 */
export const endProcesses = async (leader: Leader | null, mark: TurnMark, graceMs: number): Promise<void> => {
  const until = monotonicMs() + graceMs;
  let absent = 0;
  for (let round = 0; round < 1000; round++) {
    const members = await membersOf(leader, mark);
    const kill = monotonicMs() >= until;
    if (leader !== null && round === 0) send(-leader.pid, 'SIGTERM');
    if (leader !== null && kill) send(-leader.pid, 'SIGKILL');
    // A process that is just becoming another program shows no environment for a moment: one look is not enough
    absent = members.size === 0 ? absent + 1 : 0;
    if (absent === LOOKS) return;
    if (round === 0 || kill) for (const pid of members) send(pid, kill ? 'SIGKILL' : 'SIGTERM');
    // A fork bomb is killed faster than it forks only when we do not wait
    await delay(kill ? 1 : absent > 0 ? 10 : 25);
    if (monotonicMs() > until + 10_000) return;
  }
};
