/** What a person is shown of a change: its files, in their groups where they are many, and the text. */
import type { FileGroup } from '../../core/source/change-groups.ts';
import type { ShownAs } from '../../core/vocabulary.ts';

export type FileView = {
  path: string;
  added: number;
  removed: number;
  shown: ShownAs;
  /** Both digests were computed here from what is shown. */
  recomputed: boolean;
  old: SideView;
  new: SideView;
};
export type SideView = { mode: string; size: number; digest: string } | null;
/** Files of a large change that lie together; `isDeep`: with all below the directory. */
export type GroupView = Omit<FileGroup<never>, 'files'> & {
  files: number;
  added: number;
  removed: number;
  /** Of these no content is shown. */
  binary: number;
  tooLong: number;
};
/** In the order of its groups, which a small change has none of. */
export type ChangeView = { files: FileView[]; groups: GroupView[]; bytes: number; diff: string };
