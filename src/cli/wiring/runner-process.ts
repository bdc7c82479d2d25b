/** The composition root of a runner: its home, its engines, its git. */
import { mkdir, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fencedTurns } from '../../adapters/engines/account.ts';
import { createAcpEngine } from '../../adapters/engines/acp/engine.ts';
import { standingProbes } from '../../adapters/engines/acp/probe/kept.ts';
import { diskUse } from '../../adapters/engines/disk-use.ts';
import { createExecEngine } from '../../adapters/engines/exec/engine.ts';
import { clearScratch, keptPlacesIn, leftPlacesIn } from '../../adapters/engines/left-over.ts';
import { createGit } from '../../adapters/git/git.ts';
import { storesIn } from '../../adapters/git/store.ts';
import { freeBytes, spaceFor } from '../../adapters/system/disk-space.ts';
import { systemFiles } from '../../adapters/system/files.ts';
import { privateFiles } from '../../adapters/system/private-files.ts';
import { readBelow } from '../../adapters/system/read-below.ts';
import { removeTree } from '../../adapters/system/remove-tree.ts';
import { isolationText } from '../../core/graph/isolation.ts';
import { isOut } from '../../services/runner/leaving.ts';
import type { RunningRunner } from '../../services/runner/serve.ts';
import { startRunner } from '../../services/runner/serve.ts';
import { TurnRoom } from '../../services/runner/turn-room.ts';
import type { RunnerConfig } from '../../services/setup/config.ts';
import { runnerConfig } from '../../services/setup/config.ts';
import type { HomePaths as Paths } from '../kit/settings.ts';
import { requireCapabilities } from './capabilities.ts';
import { requireMember } from './home-config.ts';
import { keyStore } from './key-stores.ts';
import { hasLeft, leaveWish, noteLeft } from './leave-wish.ts';
import { changedSettings, liveSettingsOf } from './live-settings.ts';
import { openHome } from './open-home.ts';
import type { Serving, WireOptions } from './serving.ts';

type RunnerServing = Serving & { running: RunningRunner; config: RunnerConfig };

export const wireRunner = async (
  paths: Paths,
  name: string,
  options: WireOptions,
  room = new TurnRoom(),
): Promise<RunnerServing> => {
  const directory = paths.runner(name);
  const config = await requireMember(directory, runnerConfig, 'runner');
  await requireCapabilities(config.sandbox);
  const opened = await openHome(directory, config, {
    ...options,
    mode: 'exclusive',
    owner: `entangle runner serve (${name})`,
  });
  if (isOut(opened.home.tables, opened.home.self.pubkey)) {
    await noteLeft(directory);
    await opened.close();
    throw hasLeft(config.name);
  }
  const fenced = config.sandbox.includes('bwrap') ? await fencedTurns(directory) : null;
  const turns = [join(directory, 'turns'), ...(fenced ? [fenced] : [])];
  await clearScratch(join(directory, 'turns'));
  const running = await startRunner({
    home: opened.home,
    room,
    keys: keyStore(config.keys, directory, options),
    git: createGit(),
    engines: { exec: createExecEngine(), acp: createAcpEngine() },
    files: systemFiles,
    directory,
    turnsDirectory: (sandbox) => (sandbox === 'bwrap' && fenced) || join(directory, 'turns'),
    version: '0.1.0',
    platform: `${process.platform}-${process.arch}`,
    ...(await liveSettingsOf(config)),
    sandbox: config.sandbox,
    tell: options.tell,
    newSettings: changedSettings(directory, config, options.log),
    disk: {
      ...(await spaceFor(directory, config.disk)),
      used: async () => ({
        ...(await diskUse([...new Set(turns), join(directory, 'git')])),
        free: await freeBytes(directory),
      }),
    },
    hidden: [paths.root, join(directory, 'keys')],
    probes: standingProbes(directory),
    invite: config.invite,
    keptPlaces: (await Promise.all([...new Set(turns)].map(keptPlacesIn))).flat(),
    leftPlaces: (await Promise.all([...new Set(turns)].map(leftPlacesIn))).flat(),
    stores: () => storesIn(directory),
    wantsToLeave: leaveWish(directory),
    freshDirectory: async (path) => {
      await removeTree(path);
      // Lies in what only its owner enters, or where the engine's own account must pass
      await mkdir(path, { recursive: true, mode: 0o711 });
    },
    removeDirectory: removeTree,
    readBelow,
    withFiles: await privateFiles(join(directory, 'credentials')),
  });
  return {
    lines: [
      `runner ${config.name}, capacity ${config.capacity}, sandbox ${config.sandbox.map(isolationText).join(', ')}`,
    ],
    ended: running.left.then(async () => {
      options.log('warning', `runner ${config.name} has left its federation`);
      await noteLeft(directory);
      return null;
    }),
    running,
    config,
    async close() {
      await running.close();
      // Only where no turn is left to go on with
      if (fenced) await rmdir(fenced).catch(() => undefined);
      await opened.close();
    },
  };
};
