import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { entry, sha256 } from '../../../test/support/ledger-events.ts';
import { systemClock } from '../system/clock.ts';
import { acquireLock } from '../system/lock.ts';
import { discardLedger } from './discard.ts';
import { openLedger } from './ledger.ts';

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'entangle-discard-'));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const openHere = () =>
  openLedger({
    directory: join(home, 'ledger'),
    mode: 'exclusive',
    from: 0,
    follow: () => {},
    clock: systemClock,
    sha256,
    acquireLock,
  });
const filled = async () => {
  const ledger = await openHere();
  await ledger.append(() => [entry('one')]);
  writeFileSync(join(home, 'projection'), 'folded');
  return ledger;
};
const discard = () => discardLedger(join(home, 'ledger'), [join(home, 'projection')]);
const segments = () => readdirSync(join(home, 'ledger')).filter((name) => name.endsWith('.ndjson'));

test('a ledger and what was folded of it are gone, and a new one begins at its first line', async () => {
  await (await filled()).close();
  await discard();
  expect([segments(), existsSync(join(home, 'projection'))]).toEqual([[], false]);
  const anew = await openHere();
  expect((await anew.append(() => [entry('two')])).map((line) => line.n)).toEqual([1]);
  await anew.close();
});

test('while a process has it nothing is removed', async () => {
  const ledger = await filled();
  await expect(discard()).rejects.toMatchObject({ code: 'conflict' });
  expect([segments(), existsSync(join(home, 'projection'))]).toEqual([['000001.ndjson'], true]);
  await ledger.close();
});

test('where there is none there is nothing to do', async () => {
  writeFileSync(join(home, 'projection'), 'folded');
  await discard();
  expect(readdirSync(home)).toEqual(['projection']);
});
