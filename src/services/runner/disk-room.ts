/** Whether a turn may begin beside all that its runner keeps; what is over its bound goes first, the oldest of it first. */
import { KEPT_DISK } from '../../core/bounds.ts';
import { nowSeconds } from '../messaging/home.ts';
import { clearOldestTurn } from './left-turns.ts';
import type { Runner } from './runner.ts';
import { keeperOf } from './store-care.ts';

/** Why a turn cannot begin, in words; null where it can. Each turn that runs may come to take as much. */
export const diskLack = async (runner: Runner): Promise<string | null> => {
  const { home } = runner;
  if (home.clock.monotonic() - runner.ampleAt < AMPLE_MS) return null;
  let lack = await lackNow(runner);
  while (lack !== null && (await clearOldestTurn(runner))) lack = await lackNow(runner);
  if (lack === null) return null;
  for (const store of await runner.stores()) await shrink(runner, store);
  return lackNow(runner);
};

const AMPLE_MS = 60_000;
/** Ample is as much as all turns at once would need. */
const lackNow = async (runner: Runner): Promise<string | null> => {
  const { disk, turns, capacity } = runner;
  const { turn } = KEPT_DISK;
  const used = await disk.used();
  const running = Math.max(1, turns.size);
  const bytes = Math.min(disk.bytes - used.bytes, used.free);
  if (bytes < turn.bytes * running)
    return `a turn needs ${mib(turn.bytes)} of disk, and its runner has ${mib(Math.max(0, bytes))} left for all that run: it may keep ${mib(disk.bytes)}, and keeps ${mib(used.bytes)}`;
  const entries = disk.entries - used.entries;
  if (entries < turn.entries * running)
    return `a turn needs ${turn.entries} files, and its runner has ${Math.max(0, entries)} left for all that run: it may keep ${disk.entries}, and keeps ${used.entries}`;
  if (bytes >= 2 * turn.bytes * capacity && entries >= 2 * turn.entries * capacity)
    runner.ampleAt = runner.home.clock.monotonic();
  return null;
};
const mib = (bytes: number): string => `${Math.floor(bytes / 1024 ** 2)} MiB`;

/** What only time keeps goes now; what a session or an approval needs stays. */
const shrink = async ({ home, git, gate }: Runner, store: string): Promise<void> => {
  const keeps = keeperOf(home, nowSeconds(home), true);
  await gate.clean(store, async () => {
    const { dropped } = await git.tidy(store, keeps, true);
    for (const commit of dropped)
      home.log('warning', `commit ${commit} is not kept any more in ${store}: this runner keeps too much`);
  });
};
