/** Milliseconds since the process began, by a clock that nobody sets: `performance` has Node load a dozen modules of its own. */
export const monotonicMs = (): number => process.uptime() * 1000;
