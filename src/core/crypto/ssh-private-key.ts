/** Private keys as OpenSSH keeps them (PROTOCOL.key): Ed25519 alone, and none that asks for a passphrase. */
import { concat, equal, fromBase64, toBase64, utf8 } from '../encoding/bytes.ts';
import { logPublicKey } from './ed25519.ts';
import { readSshBlob, type SshKey, SshReader, sshString, uint32Bytes } from './ssh-key.ts';

const MAGIC = utf8('openssh-key-v1\0');
const TYPE = 'ssh-ed25519';
const BEGIN = '-----BEGIN OPENSSH PRIVATE KEY-----';
const END = '-----END OPENSSH PRIVATE KEY-----';
const LINE = 70;
/** Cipher blocks of a key without a cipher. */
const BLOCK = 8;

export type SshPrivateKey = {
  /** 32 bytes. */
  readonly seed: Uint8Array;
  readonly key: SshKey;
};

const blobOf = (publicKey: Uint8Array): Uint8Array => concat(sshString(utf8(TYPE)), sshString(publicKey));

export const sshKeyOfSeed = (seed: Uint8Array): SshKey => readSshBlob(blobOf(logPublicKey(seed)));

/** `check` is random (4 bytes): the format has it twice, to tell a wrong passphrase by. */
export const writeSshPrivateKey = (seed: Uint8Array, comment: string, check: Uint8Array): string => {
  const publicKey = logPublicKey(seed);
  const pair = concat(seed, publicKey);
  const told = concat(check, check, blobOf(publicKey), sshString(pair), sshString(utf8(comment)));
  const padding = Uint8Array.from({ length: (BLOCK - (told.length % BLOCK)) % BLOCK }, (_, i) => i + 1);
  const none = sshString(utf8('none'));
  const all = concat(
    ...[MAGIC, none, none, sshString(new Uint8Array()), uint32Bytes(1)],
    ...[sshString(blobOf(publicKey)), sshString(concat(told, padding))],
  );
  const lines = toBase64(all).match(new RegExp(`.{1,${LINE}}`, 'g'))!;
  return `${[BEGIN, ...lines, END].join('\n')}\n`;
};

/** Null for what is none: another format, another kind of key, one under a passphrase, or with a public half of another. */
export const readSshPrivateKey = (text: string): SshPrivateKey | null => {
  const lines = text.trim().split(/\r?\n/);
  if (lines[0] !== BEGIN || lines.at(-1) !== END) return null;
  try {
    return readKey(new SshReader(fromBase64(lines.slice(1, -1).join(''))));
  } catch {
    return null;
  }
};

const readKey = (reader: SshReader): SshPrivateKey => {
  if (!equal(reader.take(MAGIC.length), MAGIC)) throw new RangeError('another format');
  const [cipher, kdf] = [reader.text(), reader.text()];
  if (cipher !== 'none' || kdf !== 'none') throw new RangeError('under a passphrase');
  reader.bytes();
  if (reader.uint32() !== 1) throw new RangeError('not one key');
  const blob = reader.bytes();
  const inner = new SshReader(reader.bytes());
  reader.end();
  const check = inner.uint32();
  if (inner.uint32() !== check) throw new RangeError('damaged');
  if (inner.text() !== TYPE) throw new RangeError('another type');
  inner.bytes();
  const seed = inner.bytes().slice(0, 32);
  // What the file says of itself decides nothing: the key is the one that its secret half makes
  const key = sshKeyOfSeed(seed);
  if (!equal(key.blob, blob)) throw new RangeError('another public half');
  return { seed, key };
};
