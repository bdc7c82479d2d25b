/** A grown home, opened as who serves it does. */
import { readConfig } from '../../src/cli/wiring/home-config.ts';
import { type OpenedHome, openHome } from '../../src/cli/wiring/open-home.ts';
import type { HostConfig, JoinedConfig } from '../../src/services/setup/config.ts';

const NEVER_MS = 2 ** 31 - 1;

/** `told` takes what it logs. */
export const openGrown = async (directory: string, told: string[]): Promise<OpenedHome> =>
  openHome(directory, (await readConfig(directory)) as HostConfig | JoinedConfig, {
    ...{ mode: 'exclusive' as const, owner: 'bench', input: false, checkMs: NEVER_MS },
    log: (_level, words) => void told.push(words),
  });
