/** What a runner has on its disk: workspaces of turns that run or that it keeps, what its agents keep, and the stores of its repositories. */
import { join } from 'node:path';
import { fencedPlace } from '../../adapters/engines/account.ts';
import { diskUse } from '../../adapters/engines/disk-use.ts';
import { keptPlacesIn, leftPlacesIn } from '../../adapters/engines/left-over.ts';
import { storesIn } from '../../adapters/git/store.ts';
import { type DiskSpace, spaceFor } from '../../adapters/system/disk-space.ts';
import { MAX_KEPT_AGENT, TURN_DISK } from '../../core/bounds.ts';
import { counted } from '../kit/render.ts';

type Taken = { count: number; bytes: number; entries: number };
/** `agents`: what they keep between turns; `mostBytes`: what one turn may take; `most`: what all of it may. */
export type RunnerDisk = {
  workspaces: Taken;
  agents: Taken;
  stores: Taken;
  mostBytes: number;
  most: DiskSpace;
};

const takenBy = async (places: readonly string[]): Promise<Taken> => ({
  count: places.length,
  ...(await diskUse(places)),
});

/** `mib`: as the settings of the runner say. */
export const runnerDisk = async (directory: string, mib?: number): Promise<RunnerDisk> => {
  const turns = [...new Set([join(directory, 'turns'), await fencedPlace(directory)])];
  const below = async (placesIn: typeof leftPlacesIn): Promise<Taken> =>
    takenBy((await Promise.all(turns.map(placesIn))).flat());
  return {
    workspaces: await below(leftPlacesIn),
    agents: await below(keptPlacesIn),
    stores: await takenBy(await storesIn(directory)),
    mostBytes: TURN_DISK.diskBytes,
    most: await spaceFor(directory, mib),
  };
};

const MIB = 1024 ** 2;
const sizeText = (bytes: number): string => `${Math.ceil(bytes / MIB)} MiB`;

export const diskText = ({ workspaces, agents, stores, mostBytes, most }: RunnerDisk): string =>
  [
    `${counted(workspaces.count, 'workspace')}, ${sizeText(workspaces.bytes)}; a turn may take ${sizeText(mostBytes)}`,
    `${counted(agents.count, 'home')} of agents, ${sizeText(agents.bytes)}; each may keep ${sizeText(MAX_KEPT_AGENT.bytes)}`,
    `${counted(stores.count, 'store')} of repositories, ${sizeText(stores.bytes)}`,
    `${sizeText(workspaces.bytes + agents.bytes + stores.bytes)} of at most ${sizeText(most.bytes)}, and ${workspaces.entries + agents.entries + stores.entries} names of at most ${most.entries}`,
  ].join('\n');
