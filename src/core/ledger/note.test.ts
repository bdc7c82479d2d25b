/** c2sp.org/signed-note and c2sp.org/tlog-checkpoint: what the log signs, byte by byte. */
import { createHash, createPublicKey, verify } from 'node:crypto';
import { expect, test } from 'vitest';
import { sha256 } from '../../../test/support/ledger-events.ts';
import { logPublicKey, logSign } from '../crypto/ed25519.ts';
import { toBase64, toHex, utf8 } from '../encoding/bytes.ts';
import { logOrigin, noteText, readNote, withoutCosigners, writeNote } from './note.ts';

const secret = new Uint8Array(32).fill(7);
const log = toHex(logPublicKey(secret));
const note = { origin: logOrigin(`${'ab'.repeat(32)}/acme`), size: 12, root: '0c'.repeat(32) };
const written = writeNote(sha256, note, { log, sig: toBase64(logSign(utf8(noteText(note)), secret)) });

test('is three lines, an empty one, and a signature that openssl takes under the key that its id names', () => {
  const [text, line] = written.split('\n\n');
  expect(`${text}\n`).toBe(`${note.origin}\n12\n${Buffer.alloc(32, 12).toString('base64')}\n`);
  const [dash, name, blob] = line!.trimEnd().split(' ');
  expect([dash, name]).toEqual(['—', note.origin]);
  const bytes = Buffer.from(blob!, 'base64');
  const named = Buffer.concat([Buffer.from(`${note.origin}\n\u0001`), Buffer.from(log, 'hex')]);
  expect(bytes.subarray(0, 4)).toEqual(createHash('sha256').update(named).digest().subarray(0, 4));
  const der = Buffer.from(`302a300506032b6570032100${log}`, 'hex');
  const key = createPublicKey({ key: der, format: 'der', type: 'spki' });
  expect(verify(null, Buffer.from(`${text}\n`), key, bytes.subarray(4))).toBe(true);
});

test('is read back under its key, and under no other; no byte of it can be another', () => {
  expect(readNote(sha256, written, log)).toEqual(note);
  expect(readNote(sha256, written, toHex(logPublicKey(new Uint8Array(32).fill(8))))).toBe(null);
  for (let i = 0; i < written.length; i++) {
    const other = `${written.slice(0, i)}${written[i] === 'A' ? 'B' : 'A'}${written.slice(i + 1)}`;
    expect(readNote(sha256, other, log), other).toBe(null);
  }
  for (const other of [`${written}\n`, written.trimEnd(), written.replace('\n12\n', '\n012\n'), ''])
    expect(readNote(sha256, other, log)).toBe(null);
});

test('what witnesses cosigned is the note of its log; what is none, or twice its own, is no checkpoint', () => {
  const cosigned = `${written}\u2014 witness.example/w1 ${'A'.repeat(100)}\n`;
  expect(readNote(sha256, cosigned, log)).toBe(null);
  expect(withoutCosigners(cosigned)).toBe(written);
  expect(withoutCosigners(written)).toBe(written);
  const [line = ''] = written.split('\n\n').slice(1);
  for (const other of ['', 'a\n1\nx\n\n', `${written}${line}`, `${written}\n`, written.replace(line, '')])
    expect(withoutCosigners(other)).toBe(null);
});
