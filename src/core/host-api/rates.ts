/** How often somebody may ask: so many at once, and then as many as their rate gives back (the generic cell rate algorithm). */

export type Rate = {
  readonly perSecond: number;
  readonly burst: number;
  /** So many askers are remembered. */
  readonly most: number;
};

/** Milliseconds until that one may ask again; 0 lets this request in, and counts it. */
export type AskAgain = (who: string, nowMs: number) => number;

/**
 * One number an asker: when all that it asked is given back. Of more askers than are remembered the one is forgotten that
 * asked longest ago. A refused request costs its asker nothing: whoever waits as long as it was told is let in.
 */
export const ratesOf = ({ perSecond, burst, most }: Rate): AskAgain => {
  const stepMs = 1_000 / perSecond;
  const givenBackAt = new Map<string, number>();
  return (who, nowMs) => {
    const until = Math.max(nowMs, givenBackAt.get(who) ?? nowMs);
    const waitMs = until - nowMs - (burst - 1) * stepMs;
    givenBackAt.delete(who);
    givenBackAt.set(who, waitMs > 0 ? until : until + stepMs);
    const [oldest] = givenBackAt.keys();
    if (givenBackAt.size > most && oldest !== undefined) givenBackAt.delete(oldest);
    return Math.max(0, waitMs);
  };
};

const wholeSeconds = (ms: number): number => Math.max(1, Math.ceil(ms / 1_000));

/** What who asks too often is answered: nothing was done, and when to come again. */
export const tooOften = (waitMs: number) => {
  const retryAfter = wholeSeconds(waitMs);
  const hint = `try again in ${retryAfter} s`;
  return {
    status: 429,
    retryAfter,
    body: { error: { code: 'unavailable', message: 'too many requests', hint } },
  };
};
