/** Settings of a runner as its config.yaml has them, for the process that serves it meanwhile. */
import { join } from 'node:path';
import { systemClock } from '../../adapters/system/clock.ts';
import { systemFiles } from '../../adapters/system/files.ts';
import { memoryHere } from '../../adapters/system/memory.ts';
import type { LogLevel } from '../../core/vocabulary.ts';
import type { LiveSettings } from '../../services/runner/runner.ts';
import { type RunnerConfig, runnerConfig } from '../../services/setup/config.ts';
import { requireConfig } from './home-config.ts';

/** It is asked for at each step of its work. */
const LOOK_MS = 500;

export const liveSettingsOf = async (config: RunnerConfig): Promise<LiveSettings> => ({
  labels: config.labels,
  capacity: config.capacity,
  memory: config.memory ?? (await memoryHere()) ?? undefined,
  protocols: config.protocols,
  repositoryHooks: config.repositoryHooks,
});

/** Null where they are as they were; what cannot be read changes nothing, and is told once. */
export const changedSettings = (
  directory: string,
  before: RunnerConfig,
  log: (level: LogLevel, text: string) => void,
): (() => Promise<LiveSettings | null>) => {
  const path = join(directory, 'config.yaml');
  let [at, text] = [Number.NEGATIVE_INFINITY, undefined as string | undefined];
  let known: LiveSettings | undefined;
  let told: string | undefined;
  return async () => {
    if (systemClock.monotonic() - at < LOOK_MS) return null;
    at = systemClock.monotonic();
    try {
      known ??= await liveSettingsOf(before);
      const now = await systemFiles.read(path);
      if (now === text) return null;
      text = now;
      told = undefined;
      const next = await liveSettingsOf(await requireConfig(directory, runnerConfig, 'write it again'));
      if (JSON.stringify(next) === JSON.stringify(known)) return null;
      known = next;
      return next;
    } catch (error) {
      const words = error instanceof Error ? error.message : String(error);
      // A file that cannot be read fails at each look
      if (words !== told) log('warning', `goes on with the settings that it has: ${words}`);
      told = words;
      return null;
    }
  };
};
