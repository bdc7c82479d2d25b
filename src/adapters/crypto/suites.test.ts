/** The two suites against each other: the same answer, or both refuse. */
import { createHash, createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { times } from '../../../test/support/counts.ts';
import type { Suite } from '../../core/crypto/suite.ts';
import { fromHex, toHex } from '../../core/encoding/bytes.ts';
import { EntangleError } from '../../core/errors.ts';
import { suiteNoble } from './suite-noble.ts';
import { suiteWasm } from './suite-wasm.ts';

const numRuns = times(60, 400);
const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const ORDER = 'fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141';
const EDGES = [
  '00'.repeat(32),
  `${'00'.repeat(31)}01`,
  ORDER,
  ORDER.replace(/1$/, '0'),
  ORDER.replace(/1$/, '2'),
  'ff'.repeat(32),
  'fffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc2f',
  'eefdea4cdb677750a420fee807eacf21eb9898ae79b9768766e4faa04a2d4a34',
].map(fromHex);
/** Mostly good scalars and points, sometimes an edge, sometimes the wrong length. */
const word = fc.oneof(
  { weight: 6, arbitrary: bytes(32) },
  { weight: 2, arbitrary: fc.constantFrom(...EDGES) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 65 }) },
);
const publicKey = fc.oneof(
  word,
  bytes(32).map((b) => suiteWasm.publicKey(scalar(b))),
);

function scalar(seed: Uint8Array): Uint8Array {
  const copy = seed.slice();
  copy[0] = (copy[0] ?? 0) & 0x7f;
  copy[31] = (copy[31] ?? 0) | 1;
  return copy;
}

function both<T>(run: (suite: Suite) => T): [T | string, T | string] {
  const one = (suite: Suite): T | string => {
    try {
      return run(suite);
    } catch (error) {
      if (!(error instanceof EntangleError)) throw error;
      return `${error.code}: ${error.message}`;
    }
  };
  return [one(suiteNoble), one(suiteWasm)];
}

function expectSame(run: (suite: Suite) => unknown): void {
  const [noble, wasm] = both(run);
  expect(wasm).toEqual(noble);
}

describe('noble and wasm agree, bad input included', () => {
  test('publicKey', () => {
    fc.assert(
      fc.property(word, (key) => expectSame((s) => toHex(s.publicKey(key)))),
      { numRuns },
    );
  });

  test('sign', () => {
    fc.assert(
      fc.property(word, word, word, (hash, key, aux) => expectSame((s) => toHex(s.sign(hash, key, aux)))),
      { numRuns },
    );
  });

  test('verify: what one signs, the other verifies; one flipped bit and neither does', () => {
    fc.assert(
      fc.property(bytes(32), bytes(32), bytes(32), fc.nat(1023), (hash, seed, aux, bit) => {
        const key = scalar(seed);
        const pub = suiteWasm.publicKey(key);
        const sig = suiteWasm.sign(hash, key, aux);
        expect(both((s) => s.verify(sig, hash, pub))).toEqual([true, true]);
        const parts = [sig.slice(), hash.slice(), pub.slice()] as const;
        const all = [...parts[0].keys()].length * 8;
        const [part, at] =
          bit < all ? [parts[0], bit] : bit < all + 256 ? [parts[1], bit - all] : [parts[2], bit - all - 256];
        part[at >> 3]! ^= 1 << (at & 7);
        expect(both((s) => s.verify(...parts))).toEqual([false, false]);
      }),
      { numRuns },
    );
  });

  test('verify: noise', () => {
    const sig = fc.oneof(
      bytes(64),
      fc.uint8Array({ maxLength: 80 }),
      fc.tuple(word, word).map(([r, s]) => Uint8Array.from([...r, ...s])),
    );
    fc.assert(
      fc.property(sig, word, publicKey, (s, h, p) => {
        expect(both((suite) => suite.verify(s, h, p))).toEqual([false, false]);
      }),
      { numRuns },
    );
  });

  test('ecdh, whatever the blind; the same from both ends', () => {
    fc.assert(
      fc.property(word, publicKey, word, (key, pub, blind) =>
        expectSame((s) => toHex(s.ecdh(key, pub, blind))),
      ),
      { numRuns },
    );
    fc.assert(
      fc.property(bytes(32), bytes(32), bytes(32), (a, b, c) => {
        const [one, two, blind] = [scalar(a), scalar(b), scalar(c)];
        const shared = suiteWasm.ecdh(one, suiteWasm.publicKey(two), blind);
        expect(suiteNoble.ecdh(two, suiteNoble.publicKey(one), one)).toEqual(shared);
        // The split leaves nothing over when the blind is the key itself.
        expect(suiteWasm.ecdh(one, suiteWasm.publicKey(two), one)).toEqual(shared);
      }),
      { numRuns },
    );
  });

  test('sha256 and hmac, also against node:crypto', () => {
    const message = fc.uint8Array({ maxLength: 300 });
    fc.assert(
      fc.property(message, message, message, (key, a, b) => {
        const joined = Uint8Array.from([...a, ...b]);
        for (const suite of [suiteNoble, suiteWasm]) {
          expect(toHex(suite.sha256(a))).toBe(createHash('sha256').update(a).digest('hex'));
          expect(toHex(suite.hmac(key, a, b))).toBe(createHmac('sha256', key).update(joined).digest('hex'));
        }
      }),
      { numRuns },
    );
  });

  test('chacha20', () => {
    const key = fc.oneof(bytes(32), fc.uint8Array({ maxLength: 40 }));
    const nonce = fc.oneof(bytes(12), fc.uint8Array({ maxLength: 20 }));
    fc.assert(
      fc.property(key, nonce, fc.uint8Array({ maxLength: 300 }), (k, n, m) =>
        expectSame((s) => toHex(s.chacha20(k, n, m))),
      ),
      { numRuns },
    );
  });
});

describe.each([suiteNoble, suiteWasm])('suite $name', (suite) => {
  const key = scalar(new Uint8Array(32).fill(5));

  test('RFC 8439 A.1, test vector 1: counter 0', () => {
    const stream = suite.chacha20(new Uint8Array(32), new Uint8Array(12), new Uint8Array(64));
    expect(toHex(stream)).toBe(
      '76b8e0ada0f13d90405d6ae55386bd28bdd219b8a08ded1aa836efcc8b770dc7da41597c5157488d7724e03fb8d84a376a43b8f41518a11cc387b669b2ee6586',
    );
  });

  test('verify takes any rubbish for false', () => {
    for (const rubbish of [undefined, null, 'text', 7, {}, new Uint8Array(1_000_000)]) {
      const bad = rubbish as Uint8Array;
      expect(suite.verify(bad, bad, bad)).toBe(false);
    }
  });

  test('results are copies that nobody else writes to', () => {
    const pub = suite.publicKey(key);
    const shared = suite.ecdh(key, pub, key);
    const [before, sharedBefore] = [toHex(pub), toHex(shared)];
    suite.publicKey(scalar(new Uint8Array(32).fill(6)));
    suite.ecdh(scalar(new Uint8Array(32).fill(6)), pub, key);
    expect([toHex(pub), toHex(shared)]).toEqual([before, sharedBefore]);
    for (const result of [
      pub,
      shared,
      suite.sha256(pub),
      suite.hmac(pub, pub),
      suite.chacha20(pub, pub.slice(0, 12), pub),
    ]) {
      expect(Object.getPrototypeOf(result)).toBe(Uint8Array.prototype);
    }
  });

  test('errors do not repeat the secret', () => {
    const secret = new Uint8Array(31).fill(0xab);
    expect(() => suite.sign(key, secret, key)).toThrow('secret key must be 32 bytes in 1..n-1');
  });

  test('thousands of bad inputs do not wear it out', () => {
    const off = fromHex('eefdea4cdb677750a420fee807eacf21eb9898ae79b9768766e4faa04a2d4a34');
    const sig = suite.sign(key, key, key);
    const pub = suite.publicKey(key);
    for (let i = 0; i < (suite === suiteWasm ? 6_000 : 20); i++) {
      expect(suite.verify(sig, key, off)).toBe(false);
      expect(suite.verify(new Uint8Array(64).fill(0xff), key, pub)).toBe(false);
      expect(() => suite.ecdh(key, off, key)).toThrow('not on the curve');
    }
    expect(suite.verify(sig, key, pub)).toBe(true);
  });
});
