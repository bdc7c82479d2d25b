/** Eight BIP-39 words that two people compare to know that they speak of the same key. */
import { wordlist } from '@scure/bip39/wordlists/english.js';
import { concat, fromHex, utf8 } from '../encoding/bytes.ts';
import type { Suite } from './suite.ts';

/** First 88 bits of sha256(domain, role, host, self), 11 bits a word. */
export const fingerprint = (
  suite: Pick<Suite, 'sha256'>,
  role: string,
  host: string,
  self: string,
): string => {
  const hash = suite.sha256(concat(utf8(`entangle/words/1/${role}/`), fromHex(host), fromHex(self)));
  let bits = 0n;
  for (const byte of hash.slice(0, 11)) bits = (bits << 8n) | BigInt(byte);
  return Array.from({ length: 8 }, (_, i) => wordlist[Number((bits >> BigInt(11 * (7 - i))) & 2047n)]!).join(
    ' ',
  );
};
