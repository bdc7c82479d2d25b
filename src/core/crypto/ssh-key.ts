/** Public keys as OpenSSH writes them (RFC 4251 §5, PROTOCOL.u2f): read without any curve, so that reading a file stays quick. */
import { concat, fromBase64, fromUtf8, toBase64 } from '../encoding/bytes.ts';

/** Reads the strings and numbers of SSH one after another; throws at the end of the bytes. */
export class SshReader {
  readonly #bytes: Uint8Array;
  #at = 0;
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }
  take(length: number): Uint8Array {
    if (length > this.#bytes.length - this.#at) throw new RangeError('ends too early');
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }
  uint32(): number {
    const four = this.take(4);
    return new DataView(four.buffer, four.byteOffset, 4).getUint32(0);
  }
  bytes(): Uint8Array {
    return this.take(this.uint32());
  }
  text(): string {
    return fromUtf8(this.bytes());
  }
  end(): void {
    if (this.#at !== this.#bytes.length) throw new RangeError('goes on');
  }
}

export const uint32Bytes = (value: number): Uint8Array => {
  const four = new Uint8Array(4);
  new DataView(four.buffer).setUint32(0, value);
  return four;
};
export const sshString = (bytes: Uint8Array): Uint8Array => concat(uint32Bytes(bytes.length), bytes);
/** Throws for any other size. */
export const ofSize = (bytes: Uint8Array, size: number): Uint8Array => {
  if (bytes.length !== size) throw new RangeError('another size');
  return bytes;
};

const readEd25519 = (reader: SshReader): Uint8Array => ofSize(reader.bytes(), 32);
const readP256 = (reader: SshReader): Uint8Array => {
  if (reader.text() !== 'nistp256') throw new RangeError('another curve');
  return ofSize(reader.bytes(), 65);
};
export type SshCurve = 'ed25519' | 'p256';
type KeyType = {
  readonly curve: SshCurve;
  /** On a token that can ask for a touch. */
  readonly isToken: boolean;
  /** What follows the type in the key. */
  readonly readPoint: (reader: SshReader) => Uint8Array;
};
const TYPES: Readonly<Record<string, KeyType>> = {
  'ssh-ed25519': { curve: 'ed25519', isToken: false, readPoint: readEd25519 },
  'sk-ssh-ed25519@openssh.com': { curve: 'ed25519', isToken: true, readPoint: readEd25519 },
  'ecdsa-sha2-nistp256': { curve: 'p256', isToken: false, readPoint: readP256 },
  'sk-ecdsa-sha2-nistp256@openssh.com': { curve: 'p256', isToken: true, readPoint: readP256 },
};
/** Those that can be verified, for people. */
export const SSH_KEY_TYPES = Object.keys(TYPES);

export type SshKey = {
  /** As `authorized_keys` has it, without a comment. */
  readonly text: string;
  readonly blob: Uint8Array;
  readonly type: string;
  readonly curve: SshCurve;
  readonly isToken: boolean;
  readonly point: Uint8Array;
  /** Of a key on a token: what it was made for, such as `ssh:`. */
  readonly application: Uint8Array;
};

/** The key in a signature, or behind the type in a `.pub` file; throws for whatever is none. */
export const readSshBlob = (blob: Uint8Array): SshKey => {
  const reader = new SshReader(blob);
  const type = reader.text();
  const row = Object.hasOwn(TYPES, type) ? TYPES[type]! : null;
  if (row === null) throw new RangeError('another type');
  const point = row.readPoint(reader);
  const application = row.isToken ? reader.bytes() : new Uint8Array();
  reader.end();
  const { curve, isToken } = row;
  return { text: `${type} ${toBase64(blob)}`, blob, type, curve, isToken, point, application };
};

/** A line of a `.pub` file; null for what is none, or of a type that cannot be verified. */
export const readSshKey = (line: string): SshKey | null => {
  const [type, text = ''] = line.trim().split(/[ \t]+/);
  try {
    const key = readSshBlob(fromBase64(text));
    return key.type === type ? key : null;
  } catch {
    return null;
  }
};
