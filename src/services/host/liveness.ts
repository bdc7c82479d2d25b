/** Whether runners are heard, on record: each change once, and no more of them than a record is worth. */
import { liveness } from '../../core/machines/runner.ts';
import { runnerHellos } from '../../core/projection/queries.ts';
import { LIVENESS, type Liveness } from '../../core/vocabulary.ts';
import { record } from '../messaging/rejections.ts';
import type { Host } from './host.ts';
import { isTrusted } from './runners.ts';

/** Of one runner. What flaps more is told when it has held for a while. */
const MOST_AN_HOUR = 12;
const HOUR_MS = 3_600_000;
/** This Host looks several times in that: where it did not, it was stopped itself, and heard nobody. */
const AWAY_MS = 30_000;

const isWorse = (one: Liveness, other: Liveness): boolean => LIVENESS.indexOf(one) > LIVENESS.indexOf(other);

/** `heardMs`: since it was heard, null for never; `listenedMs`: for how long at least it could have been heard until now. */
export const livenessNow = (
  known: Liveness | null,
  heardMs: number | null,
  listenedMs: number,
): Liveness | null => {
  // Better only by what was heard, worse only by what would have been heard
  const heard = heardMs === null ? null : liveness(heardMs);
  if (heard !== null && (known === null || isWorse(known, heard))) return heard;
  const silent = liveness(Math.min(heardMs ?? Number.POSITIVE_INFINITY, listenedMs));
  return known !== null && isWorse(silent, known) ? silent : null;
};

/** Of trusted runners alone: who was revoked, or left, alarms nobody. */
export const createLivenessRecord = (host: Host): (() => Promise<void>) => {
  const { home, presence } = host;
  const told = new Map<string, number[]>();
  let lookedAt = home.clock.monotonic();
  let listeningSince = lookedAt;
  return async () => {
    const now = home.clock.monotonic();
    if (now - lookedAt > AWAY_MS) listeningSince = now;
    lookedAt = now;
    for (const { pubkey, name } of runnerHellos(home.tables)) {
      if (!isTrusted(host, pubkey)) continue;
      const before = home.tables.get('runner_liveness', pubkey);
      const heardMs = presence.silenceOf(pubkey);
      const state = livenessNow(before?.state ?? null, heardMs, now - listeningSince);
      if (state === null) continue;
      const recent = (told.get(pubkey) ?? []).filter((at) => now - at < HOUR_MS);
      if (recent.length >= MOST_AN_HOUR) continue;
      told.set(pubkey, [...recent, now]);
      const silenceMs = Math.round(heardMs ?? presence.uptimeMs);
      await record(home, 'runner.liveness', { runner: pubkey, n: (before?.n ?? 0) + 1, state, silenceMs });
      if (before) home.log(state === 'live' ? 'info' : 'warning', `runner ${name} is ${state}`);
    }
  };
};
