import { describe, expect, test } from 'vitest';
import { createWorld, NOW } from '../../../test/support/world.ts';
import { suiteWasm } from '../../adapters/crypto/suite-wasm.ts';
import type { SignedEvent } from '../nostr/event.ts';
import {
  type Mark,
  readMark,
  readSegmentSeal,
  type SegmentSeal,
  writeMark,
  writeSegmentSeal,
} from './mark.ts';

const { suite, actors, sign } = createWorld(suiteWasm);
const { host, user } = actors;
const isHost = (key: string): boolean => key === host.pubkey;
const mark: Mark = {
  ...{ n: 7, chain: 'ab'.repeat(32), segment: 1, first: 3, before: 'ef'.repeat(32) },
  ...{ offset: 4096, sha256: 'cd'.repeat(32), seals: '01'.repeat(32) },
};
const written = (by = host, said: Mark = mark): string =>
  writeMark(suite, said, { secretKey: by.secretKey, createdAt: NOW, aux: new Uint8Array(32) });
const genuine: SignedEvent = JSON.parse(written());
/** The mark with something else in it, signed again by the same key. */
const signed = (changes: Partial<SignedEvent>): string => {
  const { id: _id, sig: _sig, ...plain } = { ...genuine, ...changes };
  return JSON.stringify(sign(plain, host.secretKey));
};
const content = (changes: object): string => JSON.stringify({ ...mark, ...changes });

describe('a mark of a verified ledger', () => {
  test('is read by the key that signed it', () => {
    expect(readMark(suite, isHost, written())).toEqual(mark);
    expect(readMark(suite, isHost, signed({}))).toEqual(mark);
  });
  test.each<[string, string]>([
    ['another key’s', written(user)],
    ['one that its key did not sign', JSON.stringify({ ...genuine, content: content({ n: 8 }) })],
    ['one of another kind', signed({ kind: genuine.kind + 1 })],
    ['a record of another type', signed({ tags: [genuine.tags[0]!, ['type', 'boot']] })],
    ['one of another version', signed({ tags: [['v', 'entangle/2'], genuine.tags[1]!] })],
    ['one with a tag more', signed({ tags: [...genuine.tags, ['x', 'y']] })],
    ['no line', signed({ content: content({ n: 0 }) })],
    ['a chain of capitals', signed({ content: content({ chain: 'AB'.repeat(32) }) })],
    ['no segment', signed({ content: content({ segment: 0 }) })],
    ['a place before the first byte', signed({ content: content({ offset: -1 }) })],
    ['a member more', signed({ content: content({ trusted: true }) })],
    ['one without its digest', signed({ content: content({ sha256: undefined }) })],
    ['one without that of the seals', signed({ content: content({ seals: undefined }) })],
    ['cut off', written(host).slice(0, -2)],
    ['a content that is no JSON', signed({ content: 'x' })],
    ['no JSON', 'x'],
    ['nothing', ''],
  ])('%s is none', (_what, text) => {
    expect(readMark(suite, isHost, text)).toBeNull();
  });
});

test('a seal of a segment is read by the keys of its home, and is no mark', () => {
  const { offset: bytes, seals: _seals, ...rest } = mark;
  const seal: SegmentSeal = { ...rest, bytes };
  const text = writeSegmentSeal(suite, seal, {
    ...{ secretKey: host.secretKey, createdAt: NOW, aux: new Uint8Array(32) },
  });
  const isOf = (pubkey: string) => (by: string) => by === pubkey;
  expect(readSegmentSeal(suite, isOf(host.pubkey), text)).toEqual(seal);
  expect(readSegmentSeal(suite, isOf(user.pubkey), text)).toBeNull();
  expect(readSegmentSeal(suite, isOf(host.pubkey), written())).toBeNull();
  expect(readMark(suite, isHost, text)).toBeNull();
});
