/** The old contents of changed files, where this person has a repository with them: a few at a time, asked for together. */

import { slicing } from '../../core/in-slices.ts';
import { type ShownFile, takingWhole } from '../../core/source/change-document.ts';
import type { User } from './user.ts';

/** Files, and bytes of their old contents, that are asked for at once; a larger one is asked for alone. */
const AT_ONCE = { files: 500, bytes: 16 * 1024 * 1024 } as const;

/** Each file in its order, with its old content where that is at hand; asked for only where the hunks do not hold it. */
export async function* withOldContents(
  user: User,
  base: string,
  files: readonly ShownFile[],
): AsyncGenerator<[ShownFile, Uint8Array | null]> {
  const { sha256 } = user.home.suite;
  const run = slicing(user.home.clock);
  for (const group of grouped(files)) {
    const wanted: { path: string; size: number }[] = [];
    for (const file of group)
      if (file.as === 'hunks' && (await run(takingWhole(file, sha256))) === null)
        wanted.push({ path: file.path, size: file.old?.size ?? 0 });
    const known = wanted.length === 0 ? undefined : await user.contents(base, wanted);
    for (const file of group) yield [file, known?.get(file.path) ?? null];
  }
}

const grouped = (files: readonly ShownFile[]): ShownFile[][] => {
  const groups: ShownFile[][] = [];
  let bytes = 0;
  for (const file of files) {
    const size = file.old?.size ?? 0;
    const last = groups.at(-1);
    if (last && last.length < AT_ONCE.files && bytes + size <= AT_ONCE.bytes) last.push(file);
    else groups.push([file]);
    bytes = groups.at(-1)!.length === 1 ? size : bytes + size;
  }
  return groups;
};
