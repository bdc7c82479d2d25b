/**
 * The answer to a shell that completes: on the first line what the shell is to add of its own (`files`, `directories`,
 * `graphs`, or `words` for nothing), then an offer a line, with what it is about after a tab.
 */
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { requireOwn } from '../../adapters/system/files.ts';
import {
  type CompletedValue,
  HOME_VALUES,
  type HomeValue,
  PATH_VALUES,
  RUNNER_SETTINGS,
  type Shell,
} from '../../core/command-words.ts';
import { isWord } from '../../core/encoding/grammar.ts';
import { sanitize } from '../../core/encoding/sanitize.ts';
import { AGENT_PROFILES, HOME_KINDS, type HomeKind, PEER_ROLES } from '../../core/vocabulary.ts';
import { homeHere } from '../kit/repository-home.ts';
import {
  DEFAULT_NAME,
  type HomePaths,
  loadSettings,
  resolveHome,
  type Settings,
  withoutHomes,
} from '../kit/settings.ts';
import { type CursorPlace, commandWords, cursorIn, type KnownCommands, type Offer } from './line.ts';

/** Nothing in it means anything to a shell, which inserts it as it is. */
const SAFE = /^(?:--)?[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
const ABOUT = 100;

/** Titles and names are others' words. */
export const offerLines = (offers: readonly Offer[], typed: string): string[] =>
  offers
    .filter(({ word }) => SAFE.test(word) && word.startsWith(typed))
    .map(({ word, about = '' }) => (about === '' ? word : `${word}\t${sanitize(about, ABOUT)}`));

/** `root`: where the package lies, with its manifest. */
type World = { root: string; env: Readonly<Record<string, string | undefined>>; directory: string };

/** Whatever goes wrong, there is nothing to offer: a shell has no place for an error here. */
export const answerTo = async (shell: Shell, typed: readonly string[], world: World): Promise<string> => {
  try {
    const manifest = await readFile(join(world.root, 'oclif.manifest.json'), 'utf8');
    const commands: KnownCommands = JSON.parse(manifest).commands;
    const place = cursorIn(shell === 'bash' ? bashWords(typed) : typed, commands);
    const found = await offersFor(place, commands, world).catch(() => []);
    const path = place.values.find((value) => isWord(PATH_VALUES, value)) ?? 'words';
    return `${[path, ...offerLines([...place.offers, ...found], place.current)].join('\n')}\n`;
  } catch {
    return 'words\n';
  }
};

/** Bash cuts a word at each `=`, and leaves its quotes. */
export const bashWords = (words: readonly string[]): string[] => {
  const joined: string[] = [];
  words.forEach((word, i) => {
    const isOfFlag = joined.at(-1)?.startsWith('--') === true && i > 0;
    if (isOfFlag && (word === '=' || words[i - 1] === '=')) joined.push(`${joined.pop()}${word}`);
    else joined.push(word);
  });
  return joined.map((word) => word.replace(/\\([\s\S])|["']/g, '$1'));
};

const isOfHome = (value: CompletedValue): value is HomeValue => isWord(HOME_VALUES, value);

const offersFor = async (place: CursorPlace, commands: KnownCommands, world: World): Promise<Offer[]> => {
  const { values, current, args } = place;
  if (values.includes('command')) return commandWords(commands, args);
  if (values.includes('setting')) return wordsOfSetting(args[0] ?? '');
  if (values.includes('agent')) return AGENT_PROFILES.map((word) => ({ word }));
  if (values.includes('message_type')) {
    const { messageTypes } = await import('../../core/protocol/table.ts');
    return messageTypes()
      .filter(([, { signers, to }]) =>
        [signers, to].every((roles) => roles.some((role) => isWord(PEER_ROLES, role))),
      )
      .map(([word, { doc }]) => ({ word, about: doc }));
  }
  if (values.every((value) => isWord(PATH_VALUES, value))) return [];
  const { paths, settings } = await homesOf(place, world);
  const { offersOfHome, ownHomes } = await import('./values.ts');
  if (values.includes('own_host')) return ownHomes(paths.root, 'host');
  if (values.includes('own_runner')) return ownHomes(paths.root, 'runner');
  if (values.includes('own_user')) return ownHomes(paths.root, 'user');
  const { lookAt } = await import('./home.ts');
  const { directory, isHost } = homeOf(place, paths, settings, world);
  const wanted = values.filter(isOfHome);
  const tables = await lookAt(directory);
  if (!isHost || !wanted.includes('node')) return offersOfHome(wanted, tables, current);
  const { activeNodes } = await import('./graph-nodes.ts');
  return activeNodes(join(directory, 'blobs'), tables);
};

/** Of the setting that stands before it. */
const wordsOfSetting = async (key: string): Promise<Offer[]> => {
  const { rowOfSetting } = await import('../../services/setup/runner-settings.ts');
  return isWord(RUNNER_SETTINGS, key) ? (rowOfSetting(key).words ?? []).map((word) => ({ word })) : [];
};

/** As the command itself will find it. */
const homesOf = async (
  { command, given }: CursorPlace,
  { env, directory }: World,
): Promise<{ paths: HomePaths; settings: Settings }> => {
  const settings = await loadSettings(directory, env);
  const set = given.get('home') ?? env.ENTANGLE_HOME ?? settings.home;
  const named = typeof set === 'string' ? set.replace(/^~(?=\/|$)/, env.HOME || homedir()) : undefined;
  const paths = resolveHome(named, env, directory);
  paths.parents.forEach(requireOwn);
  const found = named ? undefined : homeHere(command, paths.root, directory);
  if (found === undefined) return { paths, settings };
  return { paths: resolveHome(found, env, directory), settings: withoutHomes(settings) };
};

/** A topic that is a role's works on that role's home; every other asks the Host. */
const homeOf = ({ command, given }: CursorPlace, paths: HomePaths, settings: Settings, { env }: World) => {
  const [topic = ''] = command.split(':');
  const kind: HomeKind = isWord(HOME_KINDS, topic) ? topic : 'host';
  const set = given.get(kind) ?? env[`ENTANGLE_${kind.toUpperCase()}`] ?? settings[kind];
  const name = typeof set === 'string' ? set : DEFAULT_NAME;
  if (kind !== 'host') return { directory: paths[kind](name), isHost: false };
  return { directory: resolveHome(paths.root, env, '/', name).host, isHost: true };
};
