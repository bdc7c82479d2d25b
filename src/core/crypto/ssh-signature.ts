/** Signatures that `ssh-keygen -Y sign` makes (OpenSSH PROTOCOL.sshsig, PROTOCOL.u2f): read and verified, never made here. */

import { concat, equal, fromBase64, toBase64, utf8 } from '../encoding/bytes.ts';
import { readSshBlob, type SshKey, SshReader, sshString, uint32Bytes } from './ssh-key.ts';
import type { Suite } from './suite.ts';

const MAGIC = utf8('SSHSIG');
const VERSION = 1;
const HASHES = ['sha256', 'sha512'] as const;
/** U2F: somebody was there and touched the key. */
const USER_PRESENT = 1;

/** As `ssh-keygen -l` says it. */
export const sshFingerprint = (suite: Pick<Suite, 'sha256'>, { blob }: Pick<SshKey, 'blob'>): string =>
  `SHA256:${toBase64(suite.sha256(blob)).replace(/=+$/, '')}`;

/** Of an mpint, which is positive and has no zero too many, the 32 bytes. */
const scalar = (mpint: Uint8Array): Uint8Array => {
  const [first = 0x80, second = 0x80] = mpint;
  if (first >= 0x80 || (first === 0 && second < 0x80)) throw new RangeError('no positive number');
  const digits = first === 0 ? mpint.subarray(1) : mpint;
  if (digits.length > 32) throw new RangeError('too large');
  return concat(new Uint8Array(32 - digits.length), digits);
};
const rAndS = (signature: Uint8Array): Uint8Array => {
  const reader = new SshReader(signature);
  const both = concat(scalar(reader.bytes()), scalar(reader.bytes()));
  reader.end();
  return both;
};

export type SshSignature = { readonly key: SshKey; readonly isTouched: boolean };

/** By which key it is signed, and whether somebody touched it; null for whatever is no valid signature of that message. */
export const verifySshSignature = (
  suite: Suite,
  signature: Uint8Array,
  message: Uint8Array,
  namespace: string,
): SshSignature | null => {
  try {
    return verified(suite, new SshReader(signature), message, namespace);
  } catch {
    return null;
  }
};

const verified = (
  suite: Suite,
  reader: SshReader,
  message: Uint8Array,
  namespace: string,
): SshSignature | null => {
  if (!equal(reader.take(MAGIC.length), MAGIC) || reader.uint32() !== VERSION) return null;
  const key = readSshBlob(reader.bytes());
  if (reader.text() !== namespace) return null;
  const reserved = reader.bytes();
  const named = reader.text();
  const hash = HASHES.find((one) => one === named);
  const inner = new SshReader(reader.bytes());
  reader.end();
  if (hash === undefined || inner.text() !== key.type) return null;
  const raw = inner.bytes();
  const told = key.isToken ? { flags: inner.take(1)[0]!, counter: inner.uint32() } : null;
  inner.end();
  const parts = [utf8(namespace), reserved, utf8(hash), suite[hash](message)].map(sshString);
  const signed = concat(MAGIC, ...parts);
  const bytes = told === null ? signed : ofToken(suite, key, told, signed);
  const signature = key.curve === 'p256' ? rAndS(raw) : raw;
  if (!suite.verifyOnCurve(key.curve, signature, bytes, key.point)) return null;
  return { key, isTouched: told !== null && (told.flags & USER_PRESENT) !== 0 };
};

/** What a token signs: beside the message, what the key was made for, whether somebody was there, and how often it has signed. */
const ofToken = (
  { sha256 }: Suite,
  { application }: SshKey,
  { flags, counter }: { flags: number; counter: number },
  signed: Uint8Array,
): Uint8Array => concat(sha256(application), Uint8Array.of(flags), uint32Bytes(counter), sha256(signed));

const BEGIN = '-----BEGIN SSH SIGNATURE-----';
const END = '-----END SSH SIGNATURE-----';
/** As ssh-keygen writes it and reads it. */
export const armorSignature = (base64: string): string =>
  `${[BEGIN, ...(base64.match(/.{1,70}/g) ?? []), END].join('\n')}\n`;

/** In base64 on one line; null for anything else. */
export const unarmorSignature = (text: string): string | null => {
  const lines = text.trim().split(/\r?\n/);
  if (lines[0] !== BEGIN || lines.at(-1) !== END) return null;
  const base64 = lines.slice(1, -1).join('');
  try {
    return fromBase64(base64).length > 0 ? base64 : null;
  } catch {
    return null;
  }
};
