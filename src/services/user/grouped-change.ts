/** A change as it is read: file by file, and of many files group by group. */
import { groupsOf } from '../../core/source/change-groups.ts';
import type { ChangeView, FileView, GroupView } from './change-view.ts';
import { fileRow, groupHead, movesOf } from './change-words.ts';

export type TextOfFile = { view: FileView; text: string };

/** As it is where the files are few; else by directory, each group under a head that names its files. */
export const groupedChange = (
  shown: readonly TextOfFile[],
): Pick<ChangeView, 'files' | 'groups' | 'diff'> => {
  const moves = movesOf(shown.map(({ view }) => view));
  const parts = groupsOf(shown, ({ view }) => view.path);
  const groups = parts.map(({ files, ...place }) => ({
    ...place,
    ...groupTotals(files.map(({ view }) => view)),
  }));
  const sections = parts.flatMap(({ files }, at) => {
    const rows = files.map(({ view }) => fileRow(view, moves));
    return [groupHead(groups[at]!, at + 1, groups.length, rows), ...files.map(({ text }) => text)];
  });
  const ordered = parts.length === 0 ? shown : parts.flatMap(({ files }) => files);
  return {
    files: ordered.map(({ view }) => view),
    groups,
    diff: (parts.length === 0 ? shown.map(({ text }) => text) : sections).join('\n'),
  };
};

const groupTotals = (files: readonly FileView[]): Omit<GroupView, 'directory' | 'isDeep' | 'part'> => {
  const sum = (of: (one: FileView) => number) => files.reduce((all, one) => all + of(one), 0);
  const tooLong = files.filter(({ shown }) => shown === 'too_long').length;
  return {
    files: files.length,
    added: sum((one) => one.added),
    removed: sum((one) => one.removed),
    binary: files.filter(({ shown }) => shown !== 'hunks').length - tooLong,
    tooLong,
  };
};
