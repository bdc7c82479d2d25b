/** A runner leaves: by the process that serves it, or by this one where none does. */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { suiteWasm } from '../../adapters/crypto/suite-wasm.ts';
import { systemClock } from '../../adapters/system/clock.ts';
import { isLockHeld } from '../../adapters/system/lock.ts';
import { toHex } from '../../core/encoding/bytes.ts';
import { sanitize } from '../../core/encoding/sanitize.ts';
import { EntangleError } from '../../core/errors.ts';
import { runningAssignments } from '../../core/projection/queries.ts';
import type { Tables } from '../../core/projection/rows.ts';
import type { LeaveMode } from '../../core/vocabulary.ts';
import { type HoldUp, holdUps, holdUpWords } from '../../services/runner/held-up.ts';
import { hasBegun, isOut } from '../../services/runner/leaving.ts';
import { runnerConfig } from '../../services/setup/config.ts';
import { confirmOrStop } from '../kit/confirm.ts';
import { OWN_NAME, readUpState } from '../kit/repository-home.ts';
import type { HomePaths as Paths } from '../kit/settings.ts';
import { foldedTables } from '../wiring/folded-tables.ts';
import { requireMember } from '../wiring/home-config.ts';
import { keyStore } from '../wiring/key-stores.ts';
import { isNotedLeft, wishToLeave } from '../wiring/leave-wish.ts';
import { wireRunner } from '../wiring/runner-process.ts';
import type { WireOptions } from '../wiring/serving.ts';

export type LeftRunner = { name: string; nodes: string[]; left: true };
type Given = WireOptions & { mode: LeaveMode; isConfirmed: boolean; signal: AbortSignal };
type Work = { name: string; nodes: readonly string[]; begun: number };
/** Of a home that nobody serves. */
const MAYBE_STALE = ' That is as it knew it when it was last served.';

const POLL_MS = 200;

export const leaveQuestion = ({ name, nodes, begun }: Work, mode: LeaveMode, isServed: boolean): string => {
  const go =
    nodes.length === 0
      ? 'It has no nodes.'
      : `Its nodes go elsewhere, each where another runner fits: ${nodes.join(', ')}.`;
  const tasks = `${begun} open ${begun === 1 ? 'task' : 'tasks'}`;
  const then =
    begun === 0
      ? ''
      : mode === 'drain'
        ? ` ${tasks} first: what has begun is finished here, with the approvals that it waits for.`
        : ` ${tasks}: what runs is ended, and begins anew elsewhere as the next attempt.`;
  return sanitize(
    `Have ${name} leave its federation? ${go}${then}${isServed ? '' : MAYBE_STALE} Its key is good for nothing afterwards.`,
  );
};

/** What is waited for: it may be the approval of somebody who is away. */
export const leavingText = (
  { name, begun }: Pick<Work, 'name' | 'begun'>,
  mode: LeaveMode,
  waits: readonly HoldUp[],
): string[] => {
  const tasks = begun === 1 ? '1 open task is' : `${begun} open tasks are`;
  const first = begun === 0 || mode === 'now' ? '' : ` when ${tasks} done, and whoever asked has heard of it`;
  const rest =
    mode === 'now' || waits.length === 0
      ? []
      : ['`entangle runner status` shows how that changes', `${NOW} waits for none of it`];
  const leaves = `runner ${name} leaves${first}; Ctrl-C ends the waiting, not the leaving`;
  return [leaves, ...waits.map(holdUpWords), ...rest];
};
const NOW = '`entangle runner leave --now`';

/** The wish is in its home before anything is done: a process that is killed leaves the rest to the next one. */
export const leaveAsRunner = async (paths: Paths, name: string, given: Given): Promise<LeftRunner> => {
  const directory = paths.runner(name);
  const config = await requireMember(directory, runnerConfig, 'runner');
  const self = toHex(suiteWasm.publicKey(await keyStore(config.keys, directory, given).read('runner')));
  const tables = await foldedTables(directory);
  const trust = tables.get('trust', self)?.state ?? 'pending';
  if (trust !== 'trusted' && trust !== 'left')
    throw new EntangleError(
      'conflict',
      `runner "${config.name}" is not trusted (${trust}), as far as it has heard: it has nothing to leave`,
      {
        hint: 'see `entangle runner status`, while it is served; a home that nobody needs may be removed',
      },
    );
  const held = runningAssignments(tables);
  const work = {
    name: config.name,
    nodes: held.map(({ node }) => node),
    begun: held.flatMap(({ pubkey }) => tables.list('sessions', { open: 1, node: pubkey })).filter(hasBegun)
      .length,
  };
  const done: LeftRunner = { ...{ name: config.name, nodes: work.nodes }, left: true };
  if (isOut(tables, self)) return done;
  if (name === OWN_NAME && readUpState(paths.root) !== null) throw ofUp(config.name);
  const isServed = await isLockHeld(join(directory, 'ledger', 'lock'));
  if (!given.isConfirmed) await confirmOrStop(!given.input, leaveQuestion(work, given.mode, isServed));
  await wishToLeave(directory, given.mode);
  const waitsIn = (known: Tables) => holdUps({ tables: known, self, now: systemClock.now() }, given.mode);
  for (const line of leavingText(work, given.mode, waitsIn(tables))) given.log('info', line);
  while (!isNotedLeft(directory)) {
    if (given.signal.aborted) throw stopped(config.name, waitsIn(await foldedTables(directory)));
    if (await isLockHeld(join(directory, 'ledger', 'lock'))) await sleep(POLL_MS);
    else await serveUntilLeft(paths, name, given);
  }
  return done;
};

/** Its federation is this machine's own, and has no other runner to begin with: `up` could never go on. */
const ofUp = (name: string): EntangleError =>
  new EntangleError(
    'conflict',
    `runner "${name}" is the one of \`entangle up\`, which runs on nothing else`,
    {
      hint: 'stop `entangle up` with Ctrl-C; where its federation has another runner, `entangle host assignment move NODE` brings a node there',
    },
  );

const stopped = (name: string, waits: readonly HoldUp[]): EntangleError =>
  new EntangleError('timed_out', [`runner "${name}" still leaves`, ...waits.map(holdUpWords)].join('; '), {
    hint: `run \`entangle runner leave\` again, or \`entangle runner serve\`: both go on with it; ${NOW} waits for nobody but the Host`,
  });

/** Nobody serves it: this process does what is left to do. */
const serveUntilLeft = async (paths: Paths, name: string, given: Given): Promise<void> => {
  const serving = await wireRunner(paths, name, given).catch((error: unknown) => {
    // Another process was quicker
    if (error instanceof EntangleError && error.code === 'conflict') return null;
    throw error;
  });
  if (!serving) return void (await sleep(POLL_MS));
  const aborted = new Promise<void>((resolve) => {
    given.signal.addEventListener('abort', () => resolve(), { once: true });
    if (given.signal.aborted) resolve();
  });
  await Promise.race([serving.ended, aborted]);
  await serving.close();
};
