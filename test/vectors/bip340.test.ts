/** BIP-340, `test-vectors.csv`: every row, both suites. */
import { describe, expect, test } from 'vitest';
import { suiteNoble } from '../../src/adapters/crypto/suite-noble.ts';
import { suiteWasm } from '../../src/adapters/crypto/suite-wasm.ts';
import { fromHex, toHex } from '../../src/core/encoding/bytes.ts';
import { readVectors } from './vectors.ts';

type Row = {
  index: string;
  secret: string;
  pub: string;
  aux: string;
  message: string;
  sig: string;
  valid: boolean;
};

const rows: Row[] = (readVectors('bip340.csv') ?? '')
  .trim()
  .split(/\r?\n/)
  .slice(1)
  .map((line) => {
    const [index = '', secret = '', pub = '', aux = '', message = '', sig = '', result] = line.split(',');
    const lower = (text: string): string => text.toLowerCase();
    return {
      index,
      secret: lower(secret),
      pub: lower(pub),
      aux: lower(aux),
      message: lower(message),
      sig: lower(sig),
      valid: result === 'TRUE',
    };
  });

describe.each([suiteNoble, suiteWasm])('BIP-340 vectors, suite $name', (suite) => {
  test(`all ${rows.length} rows`, () => {
    for (const row of rows) {
      const message = fromHex(row.message);
      // Event ids are 32 bytes: other lengths, valid in BIP-340, are refused by design.
      const expected = row.valid && message.length === 32;
      expect([row.index, suite.verify(fromHex(row.sig), message, fromHex(row.pub))]).toEqual([
        row.index,
        expected,
      ]);
      if (row.secret === '') continue;
      expect(toHex(suite.publicKey(fromHex(row.secret)))).toBe(row.pub);
      if (message.length !== 32) continue;
      expect(toHex(suite.sign(message, fromHex(row.secret), fromHex(row.aux)))).toBe(row.sig);
    }
  });
});
