/** NIP-44 version 2, the official vectors: every group, both suites. */
import { describe, expect, test } from 'vitest';
import { suiteNoble } from '../../src/adapters/crypto/suite-noble.ts';
import { suiteWasm } from '../../src/adapters/crypto/suite-wasm.ts';
import {
  conversationKey,
  decrypt,
  encrypt,
  messageKeys,
  Nip44Error,
  paddedLength,
} from '../../src/core/crypto/nip44.ts';
import { fromHex, toHex, utf8 } from '../../src/core/encoding/bytes.ts';
import { readVectors } from './vectors.ts';

type Strings<K extends string> = Record<K, string>[];
type Vectors = {
  valid: {
    get_conversation_key: Strings<'sec1' | 'pub2' | 'conversation_key'>;
    get_message_keys: {
      conversation_key: string;
      keys: Strings<'nonce' | 'chacha_key' | 'chacha_nonce' | 'hmac_key'>;
    };
    calc_padded_len: [number, number][];
    encrypt_decrypt: Strings<'sec1' | 'sec2' | 'conversation_key' | 'nonce' | 'plaintext' | 'payload'>;
    encrypt_decrypt_long_msg: (Record<
      'conversation_key' | 'nonce' | 'pattern' | 'plaintext_sha256' | 'payload_sha256',
      string
    > & { repeat: number })[];
  };
  invalid: {
    encrypt_msg_lengths: number[];
    get_conversation_key: Strings<'sec1' | 'pub2' | 'note'>;
    decrypt: Strings<'conversation_key' | 'payload' | 'note'>;
  };
};

const text = readVectors('nip44.vectors.json');
const v2 = text === undefined ? undefined : (JSON.parse(text) as { v2: Vectors }).v2;
const nips = readVectors('nips.json');
const blind = new Uint8Array(32).fill(7);

describe.runIf(v2).each([suiteNoble, suiteWasm])('NIP-44 vectors, suite $name', (suite) => {
  // A suite that is passed over is still looked through for its tests.
  const { valid, invalid } = v2 ?? ({} as Vectors);

  test('valid: get_conversation_key', () => {
    for (const row of valid.get_conversation_key) {
      const key = conversationKey(suite, fromHex(row.sec1), fromHex(row.pub2), blind);
      expect(toHex(key)).toBe(row.conversation_key);
    }
  });

  test('valid: get_message_keys', () => {
    const key = fromHex(valid.get_message_keys.conversation_key);
    for (const row of valid.get_message_keys.keys) {
      const keys = messageKeys(suite, key, fromHex(row.nonce));
      expect([toHex(keys.chachaKey), toHex(keys.chachaNonce), toHex(keys.hmacKey)]).toEqual([
        row.chacha_key,
        row.chacha_nonce,
        row.hmac_key,
      ]);
    }
  });

  test('valid: calc_padded_len', () => {
    for (const [length, padded] of valid.calc_padded_len) {
      // One row is of a length that this project (and the vectors' own "invalid" group) refuses.
      if (length > 65_535) expect(() => paddedLength(length)).toThrow(Nip44Error);
      else expect(paddedLength(length)).toBe(padded);
    }
  });

  test('valid: encrypt_decrypt', () => {
    for (const row of valid.encrypt_decrypt) {
      const theirs = suite.publicKey(fromHex(row.sec2));
      const key = conversationKey(suite, fromHex(row.sec1), theirs, blind);
      expect(toHex(key)).toBe(row.conversation_key);
      expect(encrypt(suite, key, row.plaintext, fromHex(row.nonce))).toBe(row.payload);
      expect(decrypt(suite, key, row.payload)).toBe(row.plaintext);
    }
  });

  test('valid: encrypt_decrypt_long_msg', () => {
    for (const row of valid.encrypt_decrypt_long_msg) {
      const plaintext = row.pattern.repeat(row.repeat);
      expect(toHex(suite.sha256(utf8(plaintext)))).toBe(row.plaintext_sha256);
      const payload = encrypt(suite, fromHex(row.conversation_key), plaintext, fromHex(row.nonce));
      expect(toHex(suite.sha256(utf8(payload)))).toBe(row.payload_sha256);
      expect(decrypt(suite, fromHex(row.conversation_key), payload)).toBe(plaintext);
    }
  });

  test('invalid: encrypt_msg_lengths', () => {
    for (const length of invalid.encrypt_msg_lengths) {
      expect(() => encrypt(suite, blind, 'a'.repeat(length), blind)).toThrow('bad_size');
    }
  });

  test('invalid: get_conversation_key', () => {
    for (const row of invalid.get_conversation_key) {
      expect(() => conversationKey(suite, fromHex(row.sec1), fromHex(row.pub2), blind)).toThrow(
        expect.objectContaining({ code: 'invalid' }),
      );
    }
  });

  test('invalid: decrypt', () => {
    for (const row of invalid.decrypt) {
      expect(() => decrypt(suite, fromHex(row.conversation_key), row.payload)).toThrow(Nip44Error);
    }
  });

  test('lengths in the text of NIP-44: 65,535 agrees, more is refused', () => {
    if (nips === undefined) return;
    const { nip44_extended: extended } = JSON.parse(nips) as {
      nip44_extended: Record<'conversation_key' | 'nonce', string> & {
        rows: { plaintext_len: number; payload_sha256: string }[];
      };
    };
    for (const row of extended.rows) {
      const make = (): string =>
        encrypt(
          suite,
          fromHex(extended.conversation_key),
          'a'.repeat(row.plaintext_len),
          fromHex(extended.nonce),
        );
      if (row.plaintext_len > 65_535) expect(make).toThrow('bad_size');
      else expect(toHex(suite.sha256(utf8(make())))).toBe(row.payload_sha256);
    }
  });
});
