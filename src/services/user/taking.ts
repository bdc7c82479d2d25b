/** How whoever asked for it gets what was published into the clone that they are in. */
import { shellWord } from '../../core/encoding/shell-word.ts';
import { checkBranch, parseRemote } from '../../core/source/remote.ts';

import type { PublishedCommit } from '../../ports/index.ts';

/**
 * By the commit and not by the branch, which may be at another one by then. Nothing where git would take the address or the branch for
 * something else: a node may say anything.
 */
export const takeLines = ({
  repository,
  branch,
  commit,
}: PublishedCommit): { name: string; command: string }[] => {
  try {
    checkBranch(branch);
    const fetch = `git fetch ${shellWord(parseRemote(repository).url)} ${shellWord(branch)}`;
    return [
      { name: 'look at', command: `${fetch} && git diff HEAD...${commit}` },
      { name: 'take', command: `git merge ${commit}` },
    ];
  } catch {
    return [];
  }
};
