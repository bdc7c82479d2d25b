/** Another key comes to sign for a Host that is stopped: the key is kept, then its statement is durable, then it signs. */
import * as Flags from '@oclif/core/flags';
import { suiteWasm } from '../../adapters/crypto/suite-wasm.ts';
import { isInPlace } from '../../adapters/system/home-place.ts';
import { systemRandom } from '../../adapters/system/random.ts';
import { isScalar } from '../../core/crypto/checks.ts';
import { fromHex, isHex, toHex } from '../../core/encoding/bytes.ts';
import { npub } from '../../core/encoding/id.ts';
import { EntangleError } from '../../core/errors.ts';
import { chainIn, signerIn } from '../../core/projection/reducers/authority.ts';
import type { Tables } from '../../core/projection/rows.ts';
import type { KeyStore } from '../../ports/index.ts';
import { putSuccessor, requireSuccession, unusedKey } from '../../services/host/succession.ts';
import type { Home } from '../../services/messaging/home.ts';
import { requireUnfenced } from '../../services/messaging/host-conflict.ts';
import { type HostConfig, hostConfig } from '../../services/setup/config.ts';
import { requireSigning } from '../../services/setup/key-backup.ts';
import { confirmOrStop } from '../kit/confirm.ts';
import { hostName, passphraseFile, yes } from '../kit/flags.ts';
import { counted, pairs } from '../kit/render.ts';
import type { HomePaths as Paths } from '../kit/settings.ts';
import { readText } from '../kit/text-file.ts';
import { requireConfig } from '../wiring/home-config.ts';
import { type HeldKeys, laterKeyName } from '../wiring/key-stores.ts';
import { NO_HOST } from '../wiring/missing-home.ts';
import { forHost, serveHost } from '../wiring/named-host.ts';
import { openHome } from '../wiring/open-home.ts';

export const RECOVERY_KEY_FILE = { env: 'ENTANGLE_RECOVERY_KEY_FILE', helpValue: 'FILE' } as const;

export const rotateFlags = { host: hostName, 'passphrase-file': passphraseFile, yes };
export const recoverFlags = {
  ...rotateFlags,
  'recovery-key-file': Flags.string({
    ...RECOVERY_KEY_FILE,
    description: 'file with the recovery key (- for stdin): it signs the statement and is kept nowhere',
    required: true,
  }),
};

export type Succeeded = {
  host: string;
  graph: string;
  n: number;
  from: string;
  to: string;
  by: string;
  epoch: number;
  next: string[];
};
type Given = { 'passphrase-file': string | undefined; yes: boolean; 'no-input': boolean };

export const readRecoveryKey = async (file: string): Promise<Uint8Array> => {
  const hex = (await readText(file)).trim();
  if (isHex(hex, 32) && isScalar(fromHex(hex))) return fromHex(hex);
  throw new EntangleError('invalid', `${file} holds no recovery key`, {
    hint: 'give the file that `entangle host init` made: one line of 64 characters',
  });
};

/** The one that a try left which was cut off, or a new one: the store gave it back, and it signs. */
const heirIn =
  (graph: string) =>
  async (tables: Tables, keys: KeyStore, held: HeldKeys): Promise<Uint8Array> => {
    const secretKey = unusedKey(tables, graph, held) ?? systemRandom.bytes(32);
    const pubkey = suiteWasm.publicKey(secretKey);
    const name = laterKeyName(toHex(pubkey));
    if (!(await keys.list()).includes(name)) await keys.create(name, secretKey);
    await requireSigning({ keys, suite: suiteWasm }, name, pubkey, systemRandom.bytes(32));
    return secretKey;
  };

const asked = ({ tables, graph }: Home, recovery: Uint8Array | null): string => {
  const signer = npub(signerIn(tables, graph));
  const members = counted(tables.count('hellos') + tables.count('users'), 'member');
  return recovery
    ? `Let a new key sign for this Host in the place of ${signer}, by the recovery key? Nobody follows that key any more, whoever has it; invites that were not used are void.`
    : `Let a new key sign for this Host in the place of ${signer}? It is told to ${members} at the next start; mail to the old key is read for 30 days, and it signs nothing any more.`;
};

const requirePlace = async (directory: string): Promise<void> => {
  if (await isInPlace(directory)) return;
  throw new EntangleError(
    'conflict',
    `${directory} was copied, moved or restored since it last served: another may have the key that signs`,
    { hint: 'run `entangle host serve --take-over` here first, if this is the Host that goes on' },
  );
};

/** `recovery`: the key that signs it in the place of the one that goes. */
export const succeedAuthority = async (
  paths: Paths,
  given: Given,
  { owner, log, recovery }: { owner: string; log: Home['log']; recovery: Uint8Array | null },
): Promise<Succeeded> => {
  const config: HostConfig = await requireConfig(paths.host, hostConfig, NO_HOST);
  const heir = heirIn(config.graph);
  const opened = await openHome(paths.host, config, {
    ...{ passphraseFile: given['passphrase-file'], input: !given['no-input'] },
    ...{ mode: 'exclusive', owner, log },
    ...(recovery && { heir }),
  }).catch(whileServed);
  const { home, keys, held } = opened;
  try {
    if (!recovery) await requirePlace(paths.host);
    if (!recovery) requireUnfenced(home);
    requireSuccession(home, recovery);
    if (!given.yes) await confirmOrStop(given['no-input'], asked(home, recovery));
    const one = await putSuccessor(home, await heir(home.tables, keys, await held()), recovery);
    return {
      ...{ host: npub(home.host), graph: home.graph, n: chainIn(home.tables).length },
      ...{ from: npub(one.from), to: npub(one.to), by: recovery ? 'recovery' : 'rotation', epoch: one.epoch },
      next: [
        serveHost(paths.host),
        forHost(paths.host, 'entangle host authority export FILE'),
        ...(recovery ? ['entangle host secret list'] : []),
      ],
    };
  } finally {
    await opened.close();
  }
};

const whileServed = (cause: unknown): never => {
  if (!(cause instanceof EntangleError) || cause.code !== 'conflict') throw cause;
  throw new EntangleError('conflict', `this home is in use: ${cause.message}`, {
    hint: 'stop it first: a Host that runs signs with one key until its end; its members go on meanwhile',
    cause,
  });
};

export const succeededText = ({ host, n, from, to, by, epoch, next }: Succeeded): string =>
  [
    pairs([
      ['host', `${host}, which stays its name`],
      ['signed', `by ${from} until epoch ${epoch}`],
      ['signs', `${to}, successor ${n}, by ${by}`],
    ]),
    by === 'recovery'
      ? 'What the key before said since is refused by everybody who hears of this. Replace its secrets and the tokens of operators if they may be known, and make a backup of the new key.'
      : 'Runners and people follow by themselves, also who is away for long. Make a backup of the new key: the ones of before are of a key that signs no more.',
    `Next:\n${next.map((line) => `  ${line}`).join('\n')}`,
  ].join('\n');
