/** Whether runners are heard, on record: each change once, and no more of them than a record is worth. */
import { MOST_LIVENESS } from '../../core/bounds.ts';
import { liveness } from '../../core/machines/runner.ts';
import { runnerHellos } from '../../core/projection/queries.ts';
import { LIVENESS, type Liveness } from '../../core/vocabulary.ts';
import { nowSeconds } from '../messaging/home.ts';
import { record } from '../messaging/rejections.ts';
import type { Host } from './host.ts';
import { isTrusted } from './runners.ts';

const HOUR_S = 3_600;
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

/**
 * What flaps is told when it has held for a while; one place is for a runner that is gone, however it flapped before. Counted by what
 * is on record, so a start of this Host is no new hour; what has a time to come, by a clock that was wrong, is over as well.
 */
const isRoomFor = (state: Liveness, recorded: readonly (readonly number[])[], now: number): boolean => {
  const recent = recorded.filter(([, at = 0]) => Math.abs(now - at) < HOUR_S).length;
  return recent < (state === 'offline' ? MOST_LIVENESS : MOST_LIVENESS - 1);
};

/** Of trusted runners alone: who was revoked, or left, alarms nobody. */
export const createLivenessRecord = (host: Host): (() => Promise<void>) => {
  const { home, presence } = host;
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
      if (!isRoomFor(state, before?.recorded ?? [], nowSeconds(home))) continue;
      const silenceMs = Math.round(heardMs ?? presence.uptimeMs);
      await record(home, 'runner.liveness', { runner: pubkey, n: (before?.n ?? 0) + 1, state, silenceMs });
      host.poke();
      if (before) home.log(state === 'live' ? 'info' : 'warning', `runner ${name} is ${state}`);
    }
  };
};
