import fc from 'fast-check';
import * as nip44 from 'nostr-tools/nip44';
import { describe, expect, test } from 'vitest';
import { suiteWasm as suite } from '../../adapters/crypto/suite-wasm.ts';
import { concat, fromBase64, toBase64, utf8 } from '../encoding/bytes.ts';
import { ConversationKeys } from './conversation-keys.ts';
import { decrypt, encrypt, messageKeys, Nip44Error, paddedLength } from './nip44.ts';

const key = new Uint8Array(32).fill(1);
const nonce = new Uint8Array(32).fill(2);

function reasonOf(payload: string): string {
  try {
    decrypt(suite, key, payload);
    return 'accepted';
  } catch (error) {
    if (!(error instanceof Nip44Error)) throw error;
    return error.reason;
  }
}

/** A payload with a valid MAC over any padded bytes: what only a partner who breaks the rules can make. */
function forge(padded: Uint8Array, version = 2): string {
  const keys = messageKeys(suite, key, nonce);
  const ciphertext = suite.chacha20(keys.chachaKey, keys.chachaNonce, padded);
  return toBase64(
    concat(Uint8Array.of(version), nonce, ciphertext, suite.hmac(keys.hmacKey, nonce, ciphertext)),
  );
}

describe('NIP-44', () => {
  test('agrees with nostr-tools, both ways', () => {
    const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 400 });
    fc.assert(
      fc.property(text, fc.uint8Array({ minLength: 32, maxLength: 32 }), (plaintext, n) => {
        const payload = encrypt(suite, key, plaintext, n);
        expect(payload).toBe(nip44.encrypt(plaintext, key, n));
        expect(decrypt(suite, key, payload)).toBe(plaintext);
        expect(nip44.decrypt(payload, key)).toBe(plaintext);
      }),
    );
  });

  test('every length up to 65,535 pads to what the standard says', () => {
    for (let length = 1; length <= 65_535; length++) {
      const padded = paddedLength(length);
      const power = length <= 32 ? 32 : 2 ** (Math.floor(Math.log2(length - 1)) + 1);
      const chunk = power <= 256 ? 32 : power / 8;
      expect(padded === (length <= 32 ? 32 : chunk * (Math.floor((length - 1) / chunk) + 1))).toBe(true);
    }
  });

  test('one flipped bit anywhere is refused', () => {
    const bytes = fromBase64(encrypt(suite, key, 'attack at dawn', nonce));
    for (let at = 0; at < bytes.length * 8; at++) {
      const copy = bytes.slice();
      copy[at >> 3]! ^= 1 << (at & 7);
      expect(reasonOf(toBase64(copy))).toBe(at < 8 ? 'unsupported_version' : 'bad_mac');
    }
  });

  test.each([
    ['', 'bad_size'],
    ['#', 'unsupported_version'],
    [`${'A'.repeat(64)}?iv=${'A'.repeat(24)}`, 'unsupported_version'],
    [`#${'A'.repeat(200)}`, 'unsupported_version'],
    ['A'.repeat(128), 'bad_size'],
    ['A'.repeat(87_476), 'bad_size'],
    ['A'.repeat(136), 'unsupported_version'],
    [`AQ${'A'.repeat(134)}`, 'unsupported_version'],
    [`Ag${'A'.repeat(133)}!`, 'bad_encoding'],
    [`Ag${'A'.repeat(135)}`, 'bad_encoding'],
    [`Ag${'A'.repeat(134)}`, 'bad_mac'],
    // As long as a payload may be in base64, and yet a byte more or less than one has
    [`Ag${'A'.repeat(128)}==`, 'bad_size'],
    [`Ag${'A'.repeat(129)}=`, 'bad_size'],
    [`Ag${'A'.repeat(130)}`, 'bad_mac'],
    [`Ag${'A'.repeat(87_470)}`, 'bad_size'],
    [`Ag${'A'.repeat(87_469)}=`, 'bad_mac'],
  ])('payload %.6s… is %s', (payload, reason) => {
    expect(reasonOf(payload)).toBe(reason);
  });

  test('padding and text of a partner who breaks the rules', () => {
    const padded = (length: number, size: number, fill = 0): Uint8Array => {
      const bytes = new Uint8Array(2 + size).fill(fill, 2 + length);
      bytes[0] = length >> 8;
      bytes[1] = length & 0xff;
      bytes.fill(0x61, 2, Math.min(2 + length, bytes.length));
      return bytes;
    };
    expect(reasonOf(forge(padded(5, 32)))).toBe('accepted');
    expect(reasonOf(forge(padded(0, 32)))).toBe('bad_padding');
    expect(reasonOf(forge(padded(5, 64)))).toBe('bad_padding');
    expect(reasonOf(forge(padded(40, 32)))).toBe('bad_padding');
    expect(reasonOf(forge(padded(5, 32, 1)))).toBe('bad_padding');
    const broken = padded(5, 32);
    broken[3] = 0xff;
    expect(reasonOf(forge(broken))).toBe('bad_text');
    expect(reasonOf(forge(padded(5, 32), 1))).toBe('unsupported_version');
  });

  test('plaintext: 1 to 65,535 bytes of UTF-8, no lone surrogate', () => {
    expect(() => encrypt(suite, key, '', nonce)).toThrow('bad_size');
    expect(decrypt(suite, key, encrypt(suite, key, 'x'.repeat(65_535), nonce))).toHaveLength(65_535);
    expect(() => encrypt(suite, key, 'x'.repeat(65_536), nonce)).toThrow('bad_size');
    expect(() => encrypt(suite, key, 'é'.repeat(32_768), nonce)).toThrow('bad_size');
    expect(() => encrypt(suite, key, 'a\ud800', nonce)).toThrow('lone surrogate');
    expect(() => encrypt(suite, key, 'a', utf8('short'))).toThrow('nonce must be 32 bytes');
    expect(() => encrypt(suite, utf8('short'), 'a', nonce)).toThrow('conversation key must be 32 bytes');
  });
});

describe('conversation keys', () => {
  const derived: string[] = [];
  const derive = (name: string) => () => {
    derived.push(name);
    return utf8(name);
  };

  test('are derived once, the least recently used goes first, a retired key is wiped', () => {
    const keys = new ConversationKeys(2);
    keys.get('me', 'a', derive('a'));
    keys.get('me', 'b', derive('b'));
    keys.get('me', 'a', derive('a again'));
    keys.get('me', 'c', derive('c'));
    keys.get('me', 'a', derive('a again'));
    expect(derived).toEqual(['a', 'b', 'c']);
    keys.get('me', 'b', derive('b again'));
    expect(derived).toEqual(['a', 'b', 'c', 'b again']);
    expect(keys.size).toBe(2);
    const kept = keys.get('me', 'b', derive('never'));
    keys.get('other', 'b', derive('other'));
    keys.forget('me');
    expect(kept).toEqual(new Uint8Array(kept.length));
    expect(keys.size).toBe(1);
  });
});
