/** A change of many files in directories, as a person is shown it. */
import { sha256 } from '@noble/hashes/sha2.js';
import { type ShownFile, shownFile } from '../../src/core/source/change-document.ts';
import { diffText } from '../../src/core/source/diff-text.ts';
import { comparePaths } from '../../src/core/source/paths.ts';
import type { PublishView } from '../../src/services/user/approval-view.ts';
import { groupedChange } from '../../src/services/user/grouped-change.ts';
import { changedFile, noText } from './changed-files.ts';
import { approvalOf } from './screens.ts';

/** So many texts of one changed line each, half of them in `a/`, and three binaries in `pictures/`. */
export const manyFiles = (texts: number): ShownFile[] =>
  [
    ...Array.from({ length: texts }, (_, i) =>
      changedFile(`${i % 2 ? 'a' : 'b/c'}/f${i}.ts`, `let a = ${i};\nb\n`, `let a = ${i + 1};\nb\n`),
    ),
    ...['x', 'y', 'z'].map((name) => changedFile(`pictures/${name}.png`, null, noText(300))),
  ]
    .map((file) => shownFile(file, sha256))
    .sort((a, b) => comparePaths(a.path, b.path));

export const groupedOf = (files: readonly ShownFile[]) =>
  groupedChange(
    files.map((file) => {
      const { text, added, removed } = diffText(file, file.as === 'hunks', sha256);
      const side = (one: ShownFile['old']) =>
        one && { mode: one.mode, size: one.size, digest: `sha256:${one.sha256}` };
      const sides = { old: side(file.old), new: side(file.new) };
      const recomputed = file.as === 'hunks';
      return { view: { path: file.path, added, removed, shown: file.as, recomputed, ...sides }, text };
    }),
  );

export const largeApproval = (texts: number): PublishView => ({
  ...approvalOf(['make it so', 'src/a.ts', '', 'refs/heads/entangle/x']),
  ...groupedOf(manyFiles(texts)),
});
