/** What makes a person or a Host who they are: their key goes out as a backup, is compared with it, and comes back. */
import type { Suite } from '../../core/crypto/suite.ts';
import { toHex } from '../../core/encoding/bytes.ts';
import { npub } from '../../core/encoding/id.ts';
import { EntangleError } from '../../core/errors.ts';
import type { KeyBackup, KeyStore } from '../../ports/index.ts';

/** `name` of the key in its store; `exportWith`: the command that makes a backup of it. */
export type KeyHome = { keys: KeyStore; suite: Suite; name: string; exportWith: string };

const npubOf = (suite: Suite, secretKey: Uint8Array): string => npub(toHex(suite.publicKey(secretKey)));
const ownKey = ({ keys, name }: KeyHome): Promise<Uint8Array> => keys.read(name);

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
  throw anotherKey(kept, `make one of this home's key, ${own}: \`${home.exportWith}\``);
};

const anotherKey = (kept: string, hint: string): EntangleError =>
  new EntangleError('invalid', `the backup opens, and is of another key: ${kept}`, { hint });

/** What the key store gives back signs as the key that was put into it. */
export const requireSigning = async (
  { keys, suite }: Pick<KeyHome, 'keys' | 'suite'>,
  name: string,
  pubkey: Uint8Array,
  aux: Uint8Array,
): Promise<void> => {
  const hash = suite.sha256(pubkey);
  if (!suite.verify(suite.sign(hash, await keys.read(name), aux), hash, pubkey))
    throw new EntangleError('unavailable', 'the key store gives back another key than it was given');
};

/** Held by no home: proves that the store keeps the key, before anything is taken out of it. */
const PROOF = 'proof-of-import';

/** `aux`: randomness for the signatures that prove it. `replace`: also what lies there and does not open. */
export type PutBackGiven = { npub: string; aux: Uint8Array; replace: boolean };

/**
 * Puts the key of a home back into a store that lost it, out of its backup; whether anything had to be put there. What
 * opens there is never replaced, and nothing is taken out before the store gave back what comes in its place.
 */
export const putBackKey = async (
  home: KeyHome,
  backup: Pick<KeyBackup, 'read'>,
  { npub: wanted, aux, replace }: PutBackGiven,
): Promise<boolean> => {
  const { keys, suite, name } = home;
  const secretKey = await backup.read();
  const kept = npubOf(suite, secretKey);
  if (kept !== wanted) throw anotherKey(kept, `use the backup of the key of this home: ${wanted}`);
  const pubkey = suite.publicKey(secretKey);
  const found = await lookAt(home);
  if (found instanceof Uint8Array && npubOf(suite, found) !== wanted)
    throw new EntangleError('conflict', `another key lies in the key store: ${npubOf(suite, found)}`, {
      hint: 'remove it from there first, if you know whose it is',
    });
  if (found instanceof EntangleError && !replace)
    throw new EntangleError('conflict', `what lies in the key store does not open: ${found.message}`, {
      hint:
        found.hint ??
        'try the right passphrase of the key store first; if it is lost or damaged, use --replace',
      cause: found,
    });
  const isThere = found instanceof Uint8Array;
  if (!isThere) await requireOthersOpen(home);
  // Left by one that was killed
  if ((await keys.list()).includes(PROOF)) await keys.remove(PROOF);
  if (!isThere) {
    await keys.create(PROOF, secretKey);
    await requireSigning(home, PROOF, pubkey, aux);
    if (found !== null) await keys.remove(name);
    await keys.create(name, secretKey);
  }
  await requireSigning(home, name, pubkey, aux);
  if (!isThere) await keys.remove(PROOF);
  return !isThere;
};

/** The key, null where there is none, or why it does not open. */
const lookAt = async (home: KeyHome): Promise<Uint8Array | EntangleError | null> => {
  try {
    return await ownKey(home);
  } catch (error) {
    if (error instanceof EntangleError && error.code === 'not_found') return null;
    if (error instanceof EntangleError && error.code === 'invalid') return error;
    throw error;
  }
};

/** One passphrase opens the keys of one home: a key under another one would be of no use beside them. */
const requireOthersOpen = async ({ keys, name }: KeyHome): Promise<void> => {
  for (const other of await keys.list()) {
    if (other === name || other === PROOF) continue;
    await keys.read(other).catch((cause: unknown) => {
      if (!(cause instanceof EntangleError) || cause.code !== 'invalid') throw cause;
      throw new EntangleError('conflict', `the key "${other}" beside it does not open: ${cause.message}`, {
        hint: `give the passphrase that opens it; if that is lost, remove "${other}" from the key store`,
        cause,
      });
    });
  }
};
