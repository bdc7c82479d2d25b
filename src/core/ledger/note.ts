/** A checkpoint as a C2SP signed note (c2sp.org/tlog-checkpoint, c2sp.org/signed-note), by the Ed25519 key of the log. */
import { logVerify } from '../crypto/ed25519.ts';
import { concat, fromBase64, fromHex, toBase64, toHex, utf8 } from '../encoding/bytes.ts';
import type { Hash } from './line.ts';

/** Size of a tree and its root (hex). */
export type TreeHead = { size: number; root: string };
export type LogNote = TreeHead & { origin: string };
/** Key (hex) and signature (base64) of the log. */
export type LogSignature = { log: string; sig: string };

/** Name of the log and of its key, in the form of a URL without its scheme. */
export const logOrigin = (graph: string): string => `entangle.run/${graph}`;

/** What is signed: origin, size, root in base64, a line each. */
export const noteText = ({ origin, size, root }: LogNote): string =>
  `${origin}\n${size}\n${toBase64(fromHex(root))}\n`;

/** signed-note: key ID = SHA-256(key name || 0x0A || 0x01 || 32-byte Ed25519 public key)[:4] */
const keyIdOf = (sha256: Hash, name: string, log: string): Uint8Array =>
  sha256(concat(utf8(`${name}\n`), fromHex(`01${log}`))).slice(0, 4);

/** signed-note: <key name>+<hex key ID>+<base64 of 0x01 || key>: how a witness is told of it. */
export const verifierKey = (sha256: Hash, name: string, log: string): string =>
  `${name}+${toHex(keyIdOf(sha256, name, log))}+${toBase64(fromHex(`01${log}`))}`;

export const writeNote = (sha256: Hash, note: LogNote, { log, sig }: LogSignature): string => {
  const signature = toBase64(concat(keyIdOf(sha256, note.origin, log), fromBase64(sig)));
  return `${noteText(note)}\n\u2014 ${note.origin} ${signature}\n`;
};

const NOTE =
  /^([^\s+]{1,200})\n(0|[1-9]\d{0,15})\n([A-Za-z0-9+/]{43}=)\n\n\u2014 (\S{1,200}) ([A-Za-z0-9+/]{90}[A-Za-z0-9+/=]{2})\n$/;

/** The tree head in a note that this key signed, null for anything else. */
export const readNote = (sha256: Hash, text: string, log: string): LogNote | null => {
  const [, origin, size, root, name, signature] = NOTE.exec(text) ?? [];
  if (origin === undefined || origin !== name) return null;
  try {
    const note = { origin, size: Number(size), root: toHex(fromBase64(root!)) };
    const bytes = fromBase64(signature!);
    const isOurs = toHex(bytes.slice(0, 4)) === toHex(keyIdOf(sha256, origin, log));
    return isOurs && logVerify(bytes.slice(4), utf8(noteText(note)), fromHex(log)) ? note : null;
  } catch {
    return null;
  }
};

/** Of a note that others cosigned, what its own log signed; null for what is no checkpoint. Signatures of others are passed over (signed-note). */
export const withoutCosigners = (text: string): string | null => {
  const [head = '', signatures = '', ...more] = text.split('\n\n');
  const name = head.slice(0, head.indexOf('\n'));
  const own = signatures.split('\n').filter((line) => line.startsWith(`\u2014 ${name} `));
  const note = `${head}\n\n${own.join('\n')}\n`;
  return more.length === 0 && NOTE.test(note) ? note : null;
};
