/** The homes below a root, each with what it needs: its settings, its key, its disk, its relays, and who serves it. */
import { existsSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import type * as z from 'zod';
import { freeBytes } from '../../adapters/system/disk-space.ts';
import { requireOwn } from '../../adapters/system/files.ts';
import { isLockHeld } from '../../adapters/system/lock.ts';
import { fits } from '../../core/encoding/grammar.ts';
import { npub } from '../../core/encoding/id.ts';
import { EntangleError } from '../../core/errors.ts';
import { NAME } from '../../core/grammars.ts';
import { HOME_KINDS } from '../../core/vocabulary.ts';
import { hostConfig, runnerConfig, userConfig } from '../../services/setup/config.ts';
import { readUpState } from '../kit/repository-home.ts';
import { hintAgain } from '../kit/same-home.ts';
import { DEFAULT_NAME, type HomePaths } from '../kit/settings.ts';
import { foldedTables } from '../wiring/folded-tables.ts';
import { requireConfig, requireMember } from '../wiring/home-config.ts';
import { type KeyOptions, keyStore } from '../wiring/key-stores.ts';
import { NO_HOST } from '../wiring/missing-home.ts';
import { type DoctorCheck, type DoctorFinding, findingOf } from './finding.ts';
import { hostChecks } from './host.ts';
import { oneHostCheck } from './one-host.ts';
import { ownKeyOf } from './own-key.ts';
import { relayChecks } from './relays.ts';
import { fenceCheck, isGone, trustCheck } from './runner.ts';
import { namedCheck } from './user.ts';

const ROLES = {
  host: { schema: hostConfig, serve: 'entangle host serve' },
  runner: { schema: runnerConfig, serve: 'entangle runner serve' },
  user: { schema: userConfig, serve: null },
} as const;
type Kind = keyof typeof ROLES;
export type HomeSettings = z.infer<(typeof ROLES)[Kind]['schema']>;
export type HomePlace = { kind: Kind; name: string; directory: string };

/** As `entangle host init` names it unless it is told otherwise. */
const RECOVERY_FILE = 'recovery.key';
const MIB = 1024 ** 2;
/** Below it a ledger line may find no room. */
const LEAST_FREE = 256 * MIB;

/** Beside them lies what a restore has not put into place yet. */
const namesIn = (directory: string): string[] =>
  existsSync(directory)
    ? readdirSync(directory)
        .filter((name) => fits(NAME, name))
        .sort()
    : [];

export const placesIn = ({ root }: HomePaths): HomePlace[] =>
  HOME_KINDS.flatMap((kind) =>
    namesIn(join(root, kind)).map((name) => ({
      ...{ kind, name: `${kind} ${name}` },
      directory: join(root, kind, name),
    })),
  );

export const settingsOf = ({ kind, directory }: HomePlace): Promise<HomeSettings> =>
  kind === 'host'
    ? requireConfig(directory, hostConfig, NO_HOST)
    : requireMember(directory, ROLES[kind].schema, kind);

/** What is asked of a home whose settings can be read. */
const checksOf = (
  place: HomePlace,
  config: HomeSettings,
  paths: HomePaths,
  options: KeyOptions,
): DoctorCheck[] => {
  const { kind, directory } = place;
  const { serve } = ROLES[kind];
  const up = readUpState(paths.root);
  const byUp = up === null ? null : `start it with \`entangle up\` in ${up.repository}`;
  const keys = keyStore(config.keys, directory, options);
  // Nobody is asked for a passphrase here
  const isShut = config.keys === 'encrypted' && options.passphraseFile === undefined;
  const own = ownKeyOf({ kind, graph: config.graph, directory, keys });
  const self = own.pubkey;
  const key = async (): Promise<string> => {
    if (!isShut) return `${npub(await self())}, kept in ${config.keys}`;
    await own.requireKept();
    return 'kept encrypted; with --passphrase-file it is read, and the relays are met';
  };
  const disk = async (): Promise<string> => {
    const free = await freeBytes(directory);
    const words = `${Math.floor(free / MIB)} MiB free`;
    if (free >= LEAST_FREE) return words;
    throw new EntangleError('unavailable', words, {
      hint: 'make room: nothing can be signed on a full disk',
    });
  };
  const served = async (): Promise<string> => {
    if (await isLockHeld(join(directory, 'ledger', 'lock'))) return 'a process serves it';
    throw new EntangleError('unavailable', 'no process serves it', {
      hint: byUp ?? `start it with \`${serve}\``,
    });
  };
  const recovery = async (): Promise<string> => {
    const [file, fingerprint] = [join(directory, RECOVERY_FILE), `sha256:${config.recovery}`];
    if (kind !== 'host') return `${fingerprint}, pinned when it joined`;
    // Whoever takes this machine has both keys then, and nothing leads away from the stolen one
    if (byUp !== null || !existsSync(file)) return `${fingerprint}, pinned by whoever joins`;
    throw new EntangleError('unavailable', `it lies beside the key that it is to replace: ${file}`, {
      hint: 'keep it at a place away from this machine, and prove it now and then: `entangle host authority status --recovery-key-file FILE`',
    });
  };
  return [
    { name: 'key', wrong: 'problem', look: key },
    { name: 'recovery key', wrong: 'warning', look: recovery },
    { name: 'disk', wrong: 'problem', look: disk },
    ...(kind === 'host' ? [oneHostCheck(directory)] : []),
    ...(serve === null ? [] : [{ name: 'process', wrong: 'warning' as const, look: served }]),
    ...(config.kind === 'runner' ? [fenceCheck(config.sandbox)] : []),
    ...(config.kind === 'runner' && !isShut ? [trustCheck({ ...config, directory, self })] : []),
    ...(config.kind === 'user' && !isShut
      ? [namedCheck({ name: config.name, self, tables: () => foldedTables(directory) })]
      : []),
    ...(isShut ? [] : relayChecks(config.relays, own.read, byUp ?? undefined)),
  ];
};

const findingsOf = async (
  place: HomePlace,
  paths: HomePaths,
  options: KeyOptions,
): Promise<DoctorFinding[]> => {
  let config: HomeSettings | undefined;
  const look = async (): Promise<string> => {
    requireOwn(place.directory);
    config = await settingsOf(place);
    return `of ${config.graph}, in ${place.directory}`;
  };
  const settings = await findingOf(place.name, { name: 'settings', wrong: 'problem', look });
  if (config === undefined) return [inHome(settings, place)];
  const checks = checksOf(place, config, paths, options);
  const found = await Promise.all(checks.map((one) => findingOf(place.name, one)));
  const isServed = found.some(({ check, state }) => check === 'process' && state === 'ok');
  const own =
    place.kind === 'host' && isServed
      ? await hostChecks({ ...paths, host: place.directory }, place.name)
      : [];
  return [settings, ...found.map((one) => unlessBarred(one, found)), ...own].map((one) => inHome(one, place));
};

/** What would be refused is not what mends it: a Host that may not go on, and a runner whose key is done, are not started. */
export const unlessBarred = (one: DoctorFinding, found: readonly DoctorFinding[]): DoctorFinding => {
  const isBarred = found.some((other) => (other.check === 'epoch' && other.state !== 'ok') || isGone(other));
  if (one.check !== 'process' || one.state === 'ok' || !isBarred) return one;
  return { ...one, state: 'ok', words: 'no process serves it, and none is to', mend: null };
};

/** What mends it is typed for the home that it was found in. */
const inHome = (finding: DoctorFinding, { kind, directory }: HomePlace): DoctorFinding => {
  const name = basename(directory);
  if (finding.mend === null || name === DEFAULT_NAME) return finding;
  return { ...finding, mend: hintAgain(finding.mend, { kind, name }) };
};

export const homeFindings = async (paths: HomePaths, options: KeyOptions): Promise<DoctorFinding[]> => {
  const places = placesIn(paths);
  if (places.length > 0)
    return (await Promise.all(places.map((one) => findingsOf(one, paths, options)))).flat();
  const none = `no entangle home in ${paths.root}`;
  const mend =
    'run `entangle up` in a repository, make a home with `entangle host init`, `entangle runner init` or `entangle user init`, or name another one with --home';
  return [{ of: 'machine', check: 'home', state: 'warning', words: none, mend }];
};
