/** Who signs the marks of ledgers under test. */
import { suiteWasm } from '../../src/adapters/crypto/suite-wasm.ts';
import type { MarkSigner } from '../../src/adapters/ledger/mark.ts';
import { toHex } from '../../src/core/encoding/bytes.ts';
import type { Entry } from '../../src/core/ledger/line.ts';
import { readMark, readSegmentSeal, writeMark, writeSegmentSeal } from '../../src/core/ledger/mark.ts';
import { signEvent } from '../../src/core/nostr/event.ts';
import { RECORD_KIND } from '../../src/core/protocol/message.ts';

/** By the key that is this byte, over and over. */
export const markSigner = (byte: number): MarkSigner => {
  const secretKey = new Uint8Array(32).fill(byte);
  const pubkey = toHex(suiteWasm.publicKey(secretKey));
  const how = { secretKey, createdAt: 1_790_000_000, aux: new Uint8Array(32) };
  return {
    sign: (mark) => writeMark(suiteWasm, mark, how),
    read: (text) => readMark(suiteWasm, (by) => by === pubkey, text),
    signSeal: (seal) => writeSegmentSeal(suiteWasm, seal, how),
    readSeal: (text) => readSegmentSeal(suiteWasm, (by) => by === pubkey, text),
  };
};

/** A record that the same key signed. */
export const ownEntry = (byte: number): Entry => {
  const template = { kind: RECORD_KIND, created_at: 1_790_000_000, tags: [['type', 'own']], content: '{}' };
  return {
    dir: 'local',
    event: signEvent(suiteWasm, template, new Uint8Array(32).fill(byte), new Uint8Array(32)),
  };
};
