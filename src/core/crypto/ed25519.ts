/** Ed25519 (RFC 8032): what tools outside of Nostr verify. */
import { ed25519 } from '@noble/curves/ed25519.js';

/** Public key (32 bytes) of a 32-byte secret key. */
export const logPublicKey = (secretKey: Uint8Array): Uint8Array => ed25519.getPublicKey(secretKey);

export const logSign = (message: Uint8Array, secretKey: Uint8Array): Uint8Array =>
  ed25519.sign(message, secretKey);

/** True only for a valid signature, by the strict rules that openssl has too; never throws for bad bytes. */
export const logVerify = (signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array): boolean => {
  try {
    return ed25519.verify(signature, message, publicKey, { zip215: false });
  } catch {
    return false;
  }
};
