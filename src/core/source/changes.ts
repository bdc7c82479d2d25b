/** Which files a commit changes: the list that an approval signs, each side by its mode, digest and size. */
import * as z from 'zod';
import { toHex, utf8 } from '../encoding/bytes.ts';
import { canonicalize } from '../encoding/canonical.ts';
import { once } from '../encoding/once.ts';
import { count, digest } from '../encoding/schema.ts';
import { EntangleError } from '../errors.ts';
import { FILE_MODES } from '../vocabulary.ts';
import { checkPath, comparePaths } from './paths.ts';

/** What stands at a path on one side of a change; null beside it where nothing does. The digest is sha256 of the bytes. */
export type ChangedSide = { mode: string; sha256: string; size: number };
export type Change = { path: string; old: ChangedSide | null; new: ChangedSide | null };
/** The same with the bytes themselves; without them where the file is too large to be compared. */
export type FileSide = { mode: string; bytes: Uint8Array } | ChangedSide;
export type ChangedFile = { path: string; old: FileSide | null; new: FileSide | null };
export type Sha256 = (bytes: Uint8Array) => Uint8Array;

export const sideSchema = once(() =>
  z.strictObject({ mode: z.enum(FILE_MODES), sha256: digest, size: count }).nullable(),
);

/** No link and no submodule. */
export const isFile = ({ mode }: Pick<ChangedSide, 'mode'>): boolean => mode.startsWith('100');

/** One entry of the list. */
export const changeOf = (file: ChangedFile, sha256: Sha256): Change => {
  const side = (one: FileSide | null): ChangedSide | null =>
    one && 'bytes' in one
      ? { mode: one.mode, sha256: toHex(sha256(one.bytes)), size: one.bytes.length }
      : one;
  return { path: file.path, old: side(file.old), new: side(file.new) };
};

/** The list in its order; refused where a path or a mode cannot be, or nothing changed at one. */
export const changeList = (changes: readonly Change[]): Change[] => {
  const list = changes
    .map(({ path, old, new: now }) => ({ path: checkPath(path), old, new: now }))
    .sort((a, b) => comparePaths(a.path, b.path));
  const refuse = (why: string): never => {
    throw new EntangleError('invalid', why);
  };
  list.forEach(({ path, old, new: now }, i) => {
    if (i > 0 && list[i - 1]!.path === path) refuse('a path is listed twice');
    if (old === null && now === null) refuse('a path that was nowhere is listed');
    for (const side of [old, now])
      if (side && !(FILE_MODES as readonly string[]).includes(side.mode))
        refuse('a changed file has an unknown mode');
  });
  return list;
};

/** sha256 (hex) of the canonical JSON of the list. */
export const changesDigest = (changes: readonly Change[], sha256: Sha256): string =>
  toHex(sha256(utf8(canonicalize(changeList(changes)))));
