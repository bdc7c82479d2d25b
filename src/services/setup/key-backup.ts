/** The one thing that makes a person who they are: their key goes out as a backup, and makes a new home of one. */
import type { Suite } from '../../core/crypto/suite.ts';
import { toHex } from '../../core/encoding/bytes.ts';
import { npub } from '../../core/encoding/id.ts';
import { EntangleError } from '../../core/errors.ts';
import type { KeyBackup, KeyStore } from '../../ports/index.ts';

export type KeyHome = { keys: KeyStore; suite: Suite };

const npubOf = (suite: Suite, secretKey: Uint8Array): string => npub(toHex(suite.publicKey(secretKey)));
const ownKey = ({ keys }: KeyHome): Promise<Uint8Array> => keys.read('user');

/** The npub of the key that the backup has now, as was proved by reading it. */
export const exportKey = async (home: KeyHome, backup: KeyBackup): Promise<string> => {
  // First: the key store may ask for a passphrase too
  await backup.requireFree();
  const secretKey = await ownKey(home);
  await backup.create(secretKey);
  return npubOf(home.suite, secretKey);
};

/** That the backup opens and is of this home's key; changes nothing. */
export const verifyBackup = async (home: KeyHome, backup: KeyBackup): Promise<string> => {
  const kept = npubOf(home.suite, await backup.read());
  const own = npubOf(home.suite, await ownKey(home));
  if (kept === own) return own;
  throw new EntangleError('invalid', `the backup opens, and is of another key: ${kept}`, {
    hint: `make one of this home's key, ${own}: \`entangle user key export FILE\``,
  });
};

/** What the key store gives back signs as the key that was put into it. */
export const requireSigning = async (
  { keys, suite }: KeyHome,
  name: string,
  pubkey: Uint8Array,
  aux: Uint8Array,
): Promise<void> => {
  const hash = suite.sha256(pubkey);
  if (!suite.verify(suite.sign(hash, await keys.read(name), aux), hash, pubkey))
    throw new EntangleError('unavailable', 'the key store gives back another key than it was given');
};
