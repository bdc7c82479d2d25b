/** A home whose Host was never heard of may join again: the invite may have been refused, and nobody says so. */
import { existsSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { scan } from '../../adapters/ledger/read.ts';
import { acquireLock } from '../../adapters/system/lock.ts';
import type { JoinedConfig, NewcomerConfig } from '../../services/setup/config.ts';

/** True when no message came in and none was acknowledged. */
export const heardNothing = async (directory: string): Promise<boolean> => {
  const ledger = join(directory, 'ledger');
  if (!existsSync(ledger)) return true;
  let heard = false;
  const start = { segment: 1, offset: 0 };
  await scan(ledger, start, {
    verify: () => {},
    each: ({ line }) => {
      const isAck = line.event.tags.some(([name, value]) => name === 'type' && value === 'delivery.acked');
      heard ||= line.dir === 'in' || isAck;
    },
  });
  return !heard;
};

/** What this home was before it joined: its key stays. */
export const newcomerOf = (config: JoinedConfig): NewcomerConfig => {
  const { kind, name, keys } = config;
  if (kind === 'user') return { kind, name, keys, settings: null };
  const { labels, sandbox, capacity, protocols } = config;
  return { kind, name, keys, settings: { labels, sandbox, capacity, protocols } };
};

/** Forgets the hello that led nowhere; its ledger is of another stream, maybe of another Host. */
export const forgetHello = async (directory: string): Promise<void> => {
  const ledger = join(directory, 'ledger');
  if (!existsSync(ledger)) return;
  const lock = await acquireLock(join(ledger, 'lock'), 'entangle join');
  try {
    await rm(join(directory, 'projection.sqlite'), { force: true });
    const segments = (await readdir(ledger)).filter((name) => name.endsWith('.ndjson'));
    for (const name of segments.sort().reverse()) await rm(join(ledger, name));
  } finally {
    await lock.release();
  }
};
