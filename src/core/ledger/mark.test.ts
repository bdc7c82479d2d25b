/** A mark counts only as its home signed it. */
import { describe, expect, test } from 'vitest';
import { suiteWasm } from '../../adapters/crypto/suite-wasm.ts';
import { toHex } from '../encoding/bytes.ts';
import { signEvent } from '../nostr/event.ts';
import { type Mark, readMark, writeMark } from './mark.ts';

const secretKey = new Uint8Array(32).fill(7);
const aux = new Uint8Array(32);
const pubkey = toHex(suiteWasm.publicKey(secretKey));
const mark: Mark = { n: 9, chain: 'ab'.repeat(32), segment: 2, offset: 700, sha256: 'cd'.repeat(32) };
const text = writeMark(suiteWasm, mark, { secretKey, createdAt: 1_790_000_000, aux });
const readBack = (some: string) => readMark(suiteWasm, pubkey, some);
/** What the same key signed, otherwise. */
const signed = (change: { kind?: number; type?: string; content?: object }): string => {
  const { kind = 24155, type = 'ledger.mark', content = mark } = change;
  const tags = [
    ['v', 'entangle/1'],
    ['type', type],
  ];
  const template = { kind, created_at: 1_790_000_000, tags, content: JSON.stringify(content) };
  return JSON.stringify(signEvent(suiteWasm, template, secretKey, aux));
};

test('says what was written', () => {
  expect(readBack(text)).toEqual(mark);
  expect(readBack(signed({}))).toEqual(mark);
});

describe('is none', () => {
  test.each([
    ['by another key', readMark(suiteWasm, toHex(suiteWasm.publicKey(aux.map(() => 9))), text)],
    ['changed after it was signed', readBack(text.replace('\\"offset\\":700', '\\"offset\\":701'))],
    ['cut off', readBack(text.slice(0, -2))],
    ['of nothing', readBack('')],
    ['a record of the home', readBack(signed({ type: 'checkpoint' }))],
    ['a message of the home', readBack(signed({ kind: 24156 }))],
    ['of no line', readBack(signed({ content: { ...mark, n: 0 } }))],
    ['with a word more', readBack(signed({ content: { ...mark, more: 1 } }))],
    ['without its digest', readBack(signed({ content: { ...mark, sha256: undefined } }))],
  ])('%s', (_what, read) => expect(read).toBe(null));
});
