/** The whole check finds what no start looks at, and disturbs nobody. */
import { appendFile, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Entry } from '../../core/ledger/line.ts';
import { signEvent } from '../../core/nostr/event.ts';
import { suiteWasm } from '../crypto/suite-wasm.ts';
import { systemClock } from '../system/clock.ts';
import { openLedger } from './ledger.ts';
import { verifyLedger } from './verify.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'entangle-verify-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const KEY = new Uint8Array(32).fill(7);
const signed = (content: string) =>
  signEvent(suiteWasm, { kind: 24158, created_at: 1, tags: [], content }, KEY, new Uint8Array(32));
const file = () => join(directory, '000001.ndjson');
const filled = async (entries: Entry[]) => {
  const ledger = await openLedger({
    directory,
    mode: 'exclusive',
    from: 0,
    follow: () => {},
    clock: systemClock,
    sha256: suiteWasm.sha256,
  });
  await ledger.append(() => entries);
  return ledger;
};
const lines = (): Entry[] => ['a', 'b', 'c'].map((text) => ({ dir: 'in', event: signed(text) }));

test('says how far the ledger goes, while another process serves it', async () => {
  const ledger = await filled(lines());
  const before = [await readdir(directory), (await stat(file())).mtimeMs];
  expect(await verifyLedger(directory, suiteWasm)).toEqual({
    ...ledger.head,
    segments: 1,
    sealed: 0,
    torn: false,
  });
  await appendFile(file(), '{"n":4');
  expect(await verifyLedger(directory, suiteWasm)).toMatchObject({ n: 3, torn: true });
  expect((await readdir(directory)).length).toBe((before[0] as string[]).length);
  await ledger.close();
});

test.each([
  ['event', () => ({ dir: 'in' as const, event: { ...signed('b'), sig: signed('c').sig } })],
  [
    'seal',
    () => ({ dir: 'out' as const, event: signed('b'), seal: { ...signed('s'), sig: signed('c').sig } }),
  ],
])('finds a signature of an %s that the chain agrees with', async (_what, wrong) => {
  await (await filled([...lines(), wrong(), ...lines()])).close();
  await expect(verifyLedger(directory, suiteWasm)).rejects.toMatchObject({
    code: 'invalid',
    message: expect.stringMatching(/000001\.ndjson is damaged at byte \d+, line 4: a signature/),
  });
});

test('finds a changed byte, mark or no mark', async () => {
  await (await filled(lines())).close();
  const text = await readFile(file(), 'utf8');
  await writeFile(file(), text.replace('"content":"b"', '"content":"x"'));
  await expect(verifyLedger(directory, suiteWasm)).rejects.toMatchObject({ code: 'invalid' });
});
