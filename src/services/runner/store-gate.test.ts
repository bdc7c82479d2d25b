/** A store is not cleaned while it is used, nor used while it is cleaned. */
import { expect, test } from 'vitest';
import { StoreGate } from './store-gate.ts';

const held = () => {
  let free = () => {};
  const until = new Promise<void>((done) => {
    free = done;
  });
  return { until, free };
};

test('a store in use is not cleaned, and another one is', async () => {
  const gate = new StoreGate();
  const { until, free } = held();
  const using = gate.use('a', () => until);
  await Promise.resolve();
  const seen: string[] = [];
  expect(await gate.clean('a', async () => seen.push('a'))).toBe(false);
  expect(await gate.clean('b', async () => seen.push('b'))).toBe(true);
  free();
  await using;
  expect(await gate.clean('a', async () => seen.push('a'))).toBe(true);
  expect(seen).toEqual(['b', 'a']);
});

test('whoever comes while a store is cleaned waits, also where the cleaning fails; a use inside another does not', async () => {
  const gate = new StoreGate();
  const { until, free } = held();
  const seen: string[] = [];
  const cleaning = gate.clean('a', async () => {
    await until;
    seen.push('cleaned');
    throw new Error('full');
  });
  const using = gate.use('a', () => gate.use('a', async () => seen.push('used')));
  expect(await gate.clean('a', async () => seen.push('twice'))).toBe(false);
  free();
  await expect(cleaning).rejects.toThrow('full');
  await using;
  expect(seen).toEqual(['cleaned', 'used']);
});
