/**
 * A relay that lies: says OK and drops, duplicates, delays, gives wraps out of order and sends old ones again.
 * Its choices come from a seed. `node test/support/hostile-relay.ts --seed 1` prints its URL and serves until killed.
 */
import { parseArgs } from 'node:util';
import type { SignedEvent } from '../../src/core/nostr/event.ts';
import { type Script, scriptedRelay } from './scripted-relay.ts';

export type HostileOptions = {
  seed: number;
  /** Parts of 1. */
  drop?: number;
  duplicate?: number;
  reorder?: number;
  replay?: number;
  /** Longest delay of a reordered delivery. */
  delayMs?: number;
  auth?: Script['auth'];
  port?: number;
};
export type HostileRelay = {
  url: string;
  stats: { accepted: number; dropped: number; duplicated: number; delayed: number; replayed: number };
  close(): Promise<void>;
};

export async function hostileRelay(options: HostileOptions): Promise<HostileRelay> {
  const { drop = 0.3, duplicate = 0.3, reorder = 0.3, replay = 0.1, delayMs = 300 } = options;
  const random = seeded(options.seed);
  const stats = { accepted: 0, dropped: 0, duplicated: 0, delayed: 0, replayed: 0 };
  const timers = new Set<NodeJS.Timeout>();
  const later = (run: () => void) => {
    const timer = setTimeout(() => {
      timers.delete(timer);
      run();
    }, random() * delayMs);
    timers.add(timer);
  };
  const chance = (part: number, name: keyof typeof stats): boolean => {
    const isHit = random() < part;
    if (isHit) stats[name]++;
    return isHit;
  };
  const relay = await scriptedRelay(
    {
      auth: options.auth ?? 'optional',
      keep: () => {
        stats.accepted++;
        return !chance(drop, 'dropped');
      },
      deliver: (send, event, stored) => {
        if (chance(reorder, 'delayed')) later(() => send(event));
        else send(event);
        if (chance(duplicate, 'duplicated')) later(() => send(event));
        const old = stored[Math.floor(random() * stored.length)];
        // Only to whom it belongs: what an old wrap is sent to someone else for is another story.
        if (old !== undefined && recipient(old) === recipient(event) && chance(replay, 'replayed')) send(old);
      },
      answer: (found) =>
        shuffle(found, random).flatMap((event) => (random() < duplicate ? [event, event] : [event])),
    },
    options.port ?? 0,
  );
  const close = async () => {
    for (const timer of timers) clearTimeout(timer);
    await relay.close();
  };
  return { url: relay.url, stats, close };
}

const recipient = (event: SignedEvent): string | undefined => event.tags.find(([name]) => name === 'p')?.[1];

/** mulberry32: small, seeded, good enough to choose what to drop. */
function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function shuffle<T>(items: readonly T[], random: () => number): T[] {
  const shuffled = [...items];
  for (let i = shuffled.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [shuffled[i], shuffled[j]] = [shuffled[j]!, shuffled[i]!];
  }
  return shuffled;
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: { seed: { type: 'string', default: '1' }, port: { type: 'string' } },
  });
  const relay = await hostileRelay({ seed: Number(values.seed), port: Number(values.port ?? 0) });
  process.stdout.write(`${relay.url}\n`);
}
