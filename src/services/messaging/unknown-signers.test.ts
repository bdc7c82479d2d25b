/** Wraps of unknown signers are kept in bounds, and given back once. */
import { expect, test } from 'vitest';
import { createUnknownSigners } from './unknown-signers.ts';

const keeping = () => {
  const known = new Set<string>();
  const strangers = createUnknownSigners((signer, me) => known.has(`${signer} ${me}`));
  const keep = (signer: string, text: string, me = 'me') => strangers.keep({ signer, me }, text);
  const take = (...signers: string[]) => {
    for (const signer of signers) known.add(`${signer} me`);
    return strangers.takeKnown();
  };
  return { keep, take };
};

test('the oldest of all goes when there is no room for one more', () => {
  const { keep, take } = keeping();
  for (let n = 0; n < 128; n++) keep(`signer ${n}`, `text ${n}`);
  keep('signer 128', 'text 128');
  const all = Array.from({ length: 129 }, (_, n) => `signer ${n}`);
  expect(take(...all)).toEqual(all.slice(1).map((_, n) => `text ${n + 1}`));
});

test('the oldest of one signer goes when that one says more than sixteen', () => {
  const { keep, take } = keeping();
  keep('other', 'first');
  for (let n = 0; n < 17; n++) keep('signer', `text ${n}`);
  expect(take('signer')).toEqual(Array.from({ length: 16 }, (_, n) => `text ${n + 1}`));
  expect(take('other')).toEqual(['first']);
});

test('what is given back is given once, and to the key that it was for', () => {
  const { keep, take } = keeping();
  keep('signer', 'for another', 'another');
  keep('signer', 'for me');
  expect(take()).toEqual([]);
  expect(take('signer')).toEqual(['for me']);
  expect(take('signer')).toEqual([]);
});
