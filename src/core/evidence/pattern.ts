/** Patterns of paths and branches: `*` is any part of one name, `**` any number of names. In time bounded by both lengths. */

/** A star takes as little as it can; when what follows does not fit, the last one takes one more. */
const fits = <P, T>(
  pattern: readonly P[],
  given: readonly T[],
  isStar: (one: P) => boolean,
  isSame: (one: P, other: T) => boolean,
): boolean => {
  let [p, t, star, taken] = [0, 0, -1, 0];
  while (t < given.length) {
    if (p < pattern.length && isStar(pattern[p]!)) [star, taken, p] = [p, t, p + 1];
    else if (p < pattern.length && isSame(pattern[p]!, given[t]!)) [p, t] = [p + 1, t + 1];
    else if (star < 0) return false;
    else [p, t, taken] = [star + 1, taken + 1, taken + 1];
  }
  return pattern.slice(p).every(isStar);
};

const isNameOf = (pattern: string, name: string): boolean =>
  fits(
    [...pattern],
    [...name],
    (sign) => sign === '*',
    (one, other) => one === other,
  );

/** From the first name to the last one: `src/**` is all below `src`, `*.md` only what lies at the top. */
export const fitsPattern = (pattern: string, path: string): boolean =>
  fits(pattern.split('/'), path.split('/'), (part) => part === '**', isNameOf);

/**
 * Whether it can fit anything. No name of a path or branch is empty, `.` or `..`, and signs that stand for others elsewhere are
 * letters here: whoever wrote one means what no path has, and a rule for it would demand nothing.
 */
export const canFit = (pattern: string): boolean =>
  !/[?{}\\]|^!/.test(pattern) && pattern.split('/').every((name) => !['', '.', '..'].includes(name));
