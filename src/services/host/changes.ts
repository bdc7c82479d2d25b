/** That something changed: who shows the lists of a Host is told to read them again, and never asks by the clock. */
import { digestOf } from '../../core/encoding/canonical.ts';
import { isoTime } from '../../core/encoding/time.ts';
import type { Host } from './host.ts';
import { countRejects } from './status.ts';
import type { Look } from './streams.ts';

/**
 * What the lists were. Most of what changes them is news and is counted as that; what comes by time or by the wire alone
 * (a runner goes silent, a relay is lost, a message is refused) is found when the stream looks again.
 */
const markOf = (host: Host): string => {
  const { home, presence, exchange, news } = host;
  const runners = home.tables.list('hellos', { role: 'runner' });
  return digestOf(home.suite, {
    epoch: home.epoch?.n ?? 0,
    news: news.count,
    live: runners.map(({ pubkey }) => `${pubkey} ${presence.livenessOf(pubkey)}`),
    relays: exchange.relays().map(({ url, state }) => `${url} ${state}`),
    rejects: countRejects(host),
    unsent: home.tables.count('outbox'),
  }).slice(0, 16);
};

/** One event at most: a reader who is slow misses nothing that still is. */
export const changesBehind =
  (host: Host): Look =>
  async (cursor) => {
    const mark = markOf(host);
    return mark === cursor ? [] : [{ cursor: mark, data: { at: isoTime(host.home.clock.now()) } }];
  };
