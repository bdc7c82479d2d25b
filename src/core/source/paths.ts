/** Paths of a change: which are safe below a worktree on any file system, and in which order they stand. */
import { compareTexts, isWellFormed, utf8Length } from '../encoding/bytes.ts';
import { EntangleError } from '../errors.ts';

/** Orders paths as git does: by their UTF-8 bytes, which is not the order of JavaScript strings. */
export const comparePaths = compareTexts;

/** True for a path component that some file system takes for `.git` (case, trailing dots, 8.3 name, ignorable characters). */
export const isGitName = (name: string): boolean => {
  const plain = name.replace(/[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]/g, '').toLowerCase();
  return /^(?:\.git|git~[0-9]+)[ .]*(?::.*)?$/.test(plain);
};

/** Returns a path that is safe below a worktree on any file system, or refuses it (docs/threats.md T81). */
export const checkPath = (path: string): string => {
  const refuse = (why: string): never => {
    throw new EntangleError(
      'invalid',
      `the changed path ${JSON.stringify(path.slice(0, 200))} cannot be used: ${why}`,
      {
        details: [{ path }],
      },
    );
  };
  if (utf8Length(path) > 4096) refuse('it is too long');
  if (/[\u0000-\u001f\u007f-\u009f\ufffd\\]/.test(path) || !isWellFormed(path)) {
    refuse('it has control characters, a backslash or bytes that are not UTF-8');
  }
  for (const part of path.split('/')) {
    if (part === '' || part === '.' || part === '..') refuse('it has an empty or dot segment');
    if (isGitName(part)) refuse('a part of it is ".git"');
    if (utf8Length(part) > 255) refuse('a part of it is too long');
  }
  return path;
};
