/** SSH keys of tests, in software: plain ones, and such as a FIDO2 token holds. They sign as OpenSSH's PROTOCOL.sshsig and PROTOCOL.u2f say. */
import { ed25519 } from '@noble/curves/ed25519.js';
import { p256 } from '@noble/curves/nist.js';
import { sha256, sha512 } from '@noble/hashes/sha2.js';
import { sshString, uint32Bytes } from '../../src/core/crypto/ssh-key.ts';
import { concat, toBase64, utf8 } from '../../src/core/encoding/bytes.ts';

type Curve = 'ed25519' | 'p256';
const NAMES = {
  ed25519: ['ssh-ed25519', 'sk-ssh-ed25519@openssh.com'],
  p256: ['ecdsa-sha2-nistp256', 'sk-ecdsa-sha2-nistp256@openssh.com'],
} as const;
const HASHES = { sha256, sha512 } as const;
const text = (value: string): Uint8Array => sshString(utf8(value));

/** A positive number as SSH writes it. */
const mpint = (bytes: Uint8Array): Uint8Array => {
  const start = bytes.findIndex((byte) => byte !== 0);
  const digits = bytes.subarray(start);
  return sshString(digits[0]! >= 0x80 ? concat(Uint8Array.of(0), digits) : digits);
};

export type TestSshKey = {
  /** As a `.pub` file has it. */
  line: string;
  blob: Uint8Array;
  /** The bytes of a signature as an agent gives it: type, signature, and of a token its flags and counter. */
  signature(data: Uint8Array): Uint8Array;
};
export type TokenOptions = {
  curve?: Curve;
  seed?: number;
  isToken?: boolean;
  flags?: number;
  counter?: number;
};

export const testSshKey = ({
  curve = 'ed25519',
  seed = 1,
  isToken = true,
  flags = 1,
  counter = 7,
}: TokenOptions = {}): TestSshKey => {
  const secret = new Uint8Array(32).fill(seed);
  const name = NAMES[curve][isToken ? 1 : 0];
  const point =
    curve === 'ed25519'
      ? sshString(ed25519.getPublicKey(secret))
      : concat(text('nistp256'), sshString(p256.getPublicKey(secret, false)));
  const application = utf8('ssh:');
  const blob = concat(text(name), point, ...(isToken ? [sshString(application)] : []));
  const told = concat(Uint8Array.of(flags), uint32Bytes(counter));
  const raw = (data: Uint8Array): Uint8Array => {
    if (curve === 'ed25519') return ed25519.sign(data, secret);
    const both = p256.sign(data, secret, { lowS: false });
    return concat(mpint(both.subarray(0, 32)), mpint(both.subarray(32)));
  };
  return {
    line: `${name} ${toBase64(blob)}`,
    blob,
    signature: (data) =>
      isToken
        ? concat(text(name), sshString(raw(concat(sha256(application), told, sha256(data)))), told)
        : concat(text(name), sshString(raw(data))),
  };
};

type Signed = { namespace?: string; hash?: keyof typeof HASHES; version?: number };
/** What `ssh-keygen -Y sign` would give, in base64. */
export const sshsigBy = (
  key: TestSshKey,
  message: string,
  { namespace = 'entangle-approval', hash = 'sha512', version = 1 }: Signed = {},
): string => {
  const head = concat(text(namespace), sshString(new Uint8Array()), text(hash));
  const signed = concat(utf8('SSHSIG'), head, sshString(HASHES[hash](utf8(message))));
  const parts = [
    utf8('SSHSIG'),
    uint32Bytes(version),
    sshString(key.blob),
    head,
    sshString(key.signature(signed)),
  ];
  return toBase64(concat(...parts));
};
