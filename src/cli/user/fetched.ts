/** What `user artifact fetch` brings: a commit to a repository or a bundle, or a file to where the person said. */
import { placeFile } from '../../adapters/system/placed-file.ts';
import type { OwnGit } from '../../ports/index.ts';
import { type FetchedView, fetchArtifact } from '../../services/user/fetching.ts';
import { type FetchedFile, fetchFile } from '../../services/user/files.ts';
import type { User } from '../../services/user/user.ts';
import { fetchedText } from './artifact-text.ts';
import { fetchedFileText } from './file-text.ts';

/** Its node may be away. */
const WAIT_MS = 30_000;

export const fetchedTo = async (
  user: User & { git: OwnGit },
  id: string,
  path: string | null,
): Promise<FetchedView | FetchedFile> =>
  (await fetchFile(user, id, { path, place: placeFile }, WAIT_MS)) ?? fetchArtifact(user, user.git, id, path);

export const anyFetchedText = (value: FetchedView | FetchedFile): string =>
  'file' in value ? fetchedFileText(value) : fetchedText(value);
