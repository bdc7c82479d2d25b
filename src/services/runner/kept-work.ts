/** Nothing that a turn made is thrown away: where it is, in words for the requester, without paths of this machine. */
import { MAX_ATTACHED } from '../../core/bounds.ts';
import { utf8 } from '../../core/encoding/bytes.ts';
import { cutTail } from '../../core/encoding/cut.ts';
import { EntangleError } from '../../core/errors.ts';
import type { BodyOf } from '../../core/protocol/table.ts';
import { bytesAsText, textAsBytes } from '../../core/source/byte-lines.ts';
import type { Repository } from '../../ports/index.ts';
import { keepAttached } from '../messaging/attached.ts';
import type { Runner } from './runner.ts';

/** The runner's directory as its home has it. */
const placeOf = ({ directory }: Runner): string => directory.split('/').slice(-2).join('/');
const homeOf = (runner: Runner): string => runner.directory.slice(0, -placeOf(runner).length - 1);

/** Names the commit, the store, and a command of git that reads it. */
export const keptWork = (runner: Runner, { store }: Repository, commit: string): string => {
  const path = `${placeOf(runner)}${store.slice(runner.directory.length)}`;
  return (
    `what the turn made is kept as commit ${commit} in the store ${path} of runner "${runner.home.self.name}": ` +
    `in its home \`git --git-dir ${path} show ${commit}\` reads it`
  );
};

/** Directories of this machine: its home, and where turns of fenced engines lie, which is elsewhere where root runs them. */
const placesOf = (runner: Runner): string[] => {
  const [home, fenced] = [homeOf(runner), runner.turnsDirectory('bwrap')];
  return [...(home === '' ? [] : [home]), ...(fenced.startsWith(home) ? [] : [fenced])];
};

/** Without the directories of this machine, which nobody else need know. */
export const withoutPaths = (runner: Runner, said: string): string =>
  placesOf(runner).reduce((text, place) => text.replaceAll(place, '…'), said);

/** The same of bytes that may be no text. */
export const bytesWithoutPaths = (runner: Runner, bytes: Uint8Array): Uint8Array => {
  const asText = (text: string): string => bytesAsText(utf8(text));
  const places = placesOf(runner).map(asText);
  return textAsBytes(places.reduce((text, place) => text.replaceAll(place, asText('…')), bytesAsText(bytes)));
};

/** What an engine or git said, without the directories of this machine; its end stays, and what follows it. */
export const forRequester = (runner: Runner, said: string, more: readonly string[] = []): string => {
  const plain = withoutPaths(runner, said);
  const rest = more.map((line) => `\n${line}`).join('');
  return `${cutTail(plain, MAX_TAIL - rest.length)}${rest}`;
};
const MAX_TAIL = 1500;

type Made = { base: string | null; commit_id: string | null };
/** The commit for whoever may have it, though no remote has it; null where it is too much to send, or is not here. */
export const keptPack = async (
  { git, home }: Runner,
  repository: Repository | null,
  { base, commit_id: commit }: Made,
): Promise<BodyOf<'artifact.ref'>['kept'] | null> => {
  if (repository === null || base === null || commit === null) return null;
  try {
    const bytes = await git.pack(repository, { base, commit, most: MAX_ATTACHED.bytes });
    const [pack] = await keepAttached(home, [{ name: 'commit.pack', bytes }]);
    return { base, pack: pack! };
  } catch (error) {
    if (!(error instanceof EntangleError)) throw error;
    home.log('info', `commit ${commit} is kept here alone: ${error.message}`);
    return null;
  }
};
