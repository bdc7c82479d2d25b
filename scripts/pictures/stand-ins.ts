/** What differs from run to run, replaced by what never does: a picture changes when the screen does, and names no machine. */
import { createHash } from 'node:crypto';

/** When each run was, in pictures. */
const NOW = Date.UTC(2026, 10, 27, 12, 0, 0);
/** Between messages, and between what is dated. */
const [STEP_MS, DATE_MS] = [2_000, 20_000];
const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

const digestOf = (words: string): string => createHash('sha256').update(words).digest('hex');
const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}/g;
const HEX = /(?<![0-9a-f])(?:[0-9a-f]{64}|[0-9a-f]{40})(?![0-9a-f])/g;
const NPUB = /npub1[a-z0-9]{58}/g;
const ISO = /\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{3})?Z/g;
const MILLISECONDS = /(?<=":)1[789]\d{11}(?=[,}])/g;
/** Counts and times that hang on the moment, of which no picture shows one. */
const PASSING = /(?<="(?:uptimeMs|silenceMs|leaseLeftMs|deafUntil|clock|events|expiresAt)\\?":)\d+/g;
/** How long a Host is there. */
const SINCE = /(?<="(?:since|heardAt)":)1[789]\d{11}(?=[,}])/g;
const SOME_TIME = '"some time"';
const WORDS = /(?<="words":)"(?:[a-z]+ ){7}[a-z]+"/g;
const SOME_WORDS = '"amber acid bird cane dune echo fern glow"';

/** In the order of a list without doubles, or in which they come. */
const numbered = (found: readonly string[]): Map<string, number> =>
  new Map([...new Set(found)].map((one, at) => [one, at + 1]));

/** Times that were stand one after another up to the last, those to come as far off now in hours. */
const standIn = (all: readonly number[], now: number, last: number, betweenMs: number) => {
  const past = [...new Set(all.filter((time) => time <= now))].sort((a, b) => b - a);
  return (time: number): number =>
    time > now
      ? NOW + Math.ceil((time - now) / HOUR_MS) * HOUR_MS - MINUTE_MS
      : last - past.indexOf(time) * betweenMs;
};

/** `places`: what this run has where, each with what a picture has there. The value holds `now` itself. */
export const withStandIns = <T>(value: T, now: number, places: readonly (readonly [string, string])[]): T => {
  let text = JSON.stringify(value);
  for (const [from, to] of places) text = text.replaceAll(from, to);
  text = text.replace(PASSING, '1000').replace(SINCE, SOME_TIME).replace(WORDS, SOME_WORDS);
  // Ids sort by time
  const ids = numbered((text.match(UUID) ?? []).sort());
  text = text.replace(UUID, (id) => {
    const at = ids.get(id)!.toString(16).padStart(4, '0');
    return `01a2d3e4-${at}-7000-8000-${digestOf(`id ${at}`).slice(0, 12)}`;
  });
  const digests = numbered(text.match(HEX) ?? []);
  text = text.replace(HEX, (hex) => digestOf(`digest ${digests.get(hex)}`).slice(0, hex.length));
  const keys = numbered(text.match(NPUB) ?? []);
  text = text.replace(NPUB, (npub) => `npub1${digestOf(`key ${keys.get(npub)}`).slice(0, 58)}`);
  const [dates, moments] = [text.match(ISO) ?? [], text.match(MILLISECONDS) ?? []];
  const dateOf = standIn(dates.map(Date.parse), now, NOW - DATE_MS, DATE_MS);
  const momentOf = standIn(moments.map(Number), now, NOW, STEP_MS);
  return JSON.parse(
    text
      .replace(ISO, (time) => new Date(dateOf(Date.parse(time))).toISOString())
      .replace(MILLISECONDS, (time) => String(momentOf(Number(time))))
      .replaceAll(SOME_TIME, String(NOW - MINUTE_MS)),
  );
};
