/**
 * The throwaway repository of a workspace: what an engine asks git about there is answered from the one commit that its turn
 * begins from. It is the engine's from then on. Nothing of ours runs git in it or reads it: what a turn leaves is taken by
 * its files, and names of git are left out.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { git } from './run.ts';

/** Files are the bytes that were committed here too. */
const ATTRIBUTES = '* -text !eol -ident -filter !working-tree-encoding\n';
const BRANCH = 'refs/heads/entangle';
const SHA256 = '[extensions]\n\tobjectFormat = sha256\n';
const configOf = (isSha256: boolean): string => `${isSha256 ? SHA256 : ''}[core]
	repositoryformatversion = ${isSha256 ? 1 : 0}
	filemode = true
	bare = false
[user]
	name = agent
	email = agent@localhost
[gc]
	auto = 0
`;

/** Makes it beside the files that were written there with `writeTree`, which left the index of them in its place. */
export const makeWorkspaceRepository = async (
  store: string,
  commit: string,
  directory: string,
): Promise<void> => {
  const own = join(directory, '.git');
  for (const name of ['info', 'objects/pack', 'refs/heads'])
    await mkdir(join(own, name), { recursive: true, mode: 0o700 });
  const files = {
    HEAD: `ref: ${BRANCH}\n`,
    config: configOf(commit.length === 64),
    // Its parents are not here
    shallow: `${commit}\n`,
    'info/attributes': ATTRIBUTES,
    [BRANCH]: `${commit}\n`,
  };
  for (const [name, text] of Object.entries(files)) await writeFile(join(own, name), text);
  // With the commit as it is, so that it has the id that people know it by, and nothing of what it goes on from
  const args = ['--quiet', '--revs', '--window=0', join(own, 'objects/pack/pack')];
  const input = `--shallow ${commit}\n${commit}\n`;
  await git({ store, verb: 'pack-objects', args, input });
};
