/** The values of secrets: each sealed to the Host's own key (NIP-44), in a blob that its record names. */
import { conversationKey, decrypt, encrypt } from '../../core/crypto/nip44.ts';
import { fromUtf8, utf8 } from '../../core/encoding/bytes.ts';
import type { RowOf } from '../../core/projection/rows.ts';
import type { Home } from '../messaging/home.ts';

/** Whoever has the Host's key has the secrets: they are no safer than the key store of this Host. */
const ownKey = ({ suite, root, random }: Home): Uint8Array =>
  conversationKey(suite, root, suite.publicKey(root), random.bytes(32));

export const keptOf = ({ tables }: Home, name: string): (RowOf<'secrets'> & { blob: string }) | null => {
  const row = tables.get('secrets', name);
  return row?.blob == null ? null : { ...row, blob: row.blob };
};

/** The blob that has a value, which is given in base64. */
export const sealSecret = (home: Home, value: string): Promise<string> =>
  home.blobs.put(utf8(encrypt(home.suite, ownKey(home), value, home.random.bytes(32))));

/** The value in base64 and its version, or null where there is none. */
export const openSecret = async (
  home: Home,
  name: string,
): Promise<{ value: string; version: string } | null> => {
  const row = keptOf(home, name);
  const sealed = row && (await home.blobs.get(row.blob));
  if (!row || !sealed) return null;
  return { value: decrypt(home.suite, ownKey(home), fromUtf8(sealed)), version: row.version };
};
