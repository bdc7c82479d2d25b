/** Homes of real files: a start from the mark has the same read models, and finds what was changed behind it. */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { suiteWasm } from '../../src/adapters/crypto/suite-wasm.ts';
import { fileKeyStore } from '../../src/adapters/keys/file.ts';
import { systemRandom } from '../../src/adapters/system/random.ts';
import { openHome } from '../../src/cli/wiring/open-home.ts';
import { toHex } from '../../src/core/encoding/bytes.ts';
import type { LedgerMode } from '../../src/core/vocabulary.ts';
import type { Home } from '../../src/services/messaging/home.ts';
import { recordOf } from '../../src/services/messaging/rejections.ts';
import type { HostConfig } from '../../src/services/setup/config.ts';

const RECORDS = 300;
const SECRET = systemRandom.bytes(32);
const CONFIG: HostConfig = {
  kind: 'host',
  graph: `${toHex(suiteWasm.publicKey(SECRET))}/acme`,
  keys: 'file',
  stream: '00'.repeat(16),
  relays: ['ws://127.0.0.1:1'],
  recovery: '00'.repeat(32),
  leaseMs: 60_000,
  bootstrap: null,
  members: false,
};
let directory: string;
let told: string[];
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'entangle-home-'));
  told = [];
  await fileKeyStore(join(directory, 'keys')).create('host', SECRET);
  const { home, close } = await opened();
  await record(home, 0, RECORDS);
  await close();
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const record = async (home: Home, from: number, to: number): Promise<void> => {
  for (let n = from; n < to; n++) {
    const sha256 = String(n).padStart(64, '0');
    const body = { name: `o${n}`, role: 'viewer' as const, sha256, expiresAt: null, by: null };
    await home.ledger.append(() => [{ dir: 'local', event: recordOf(home, 'operator.added', body) }]);
  }
};
const opened = (mode: LedgerMode = 'exclusive') =>
  openHome(directory, CONFIG, {
    mode,
    owner: 'test',
    input: false,
    log: (_level, text) => told.push(text),
  });
const digest = async (): Promise<string> => {
  const { projection, close } = await opened();
  expect(projection.tables.count('operators', {})).toBe(RECORDS);
  const found = projection.digest();
  await close();
  return found;
};
const segment = () => join(directory, 'ledger', '000001.ndjson');
const removed = (...path: string[]) => rm(join(directory, ...path));

test('the same read models with the mark, without it, and from a projection that is made again', async () => {
  expect(await readdir(join(directory, 'ledger'))).toContain('verified.json');
  const first = await digest();
  await removed('projection.sqlite');
  expect(await digest()).toBe(first);
  await removed('ledger', 'verified.json');
  expect(await digest()).toBe(first);
  expect(told).toEqual([]);
});

test('a line changed before the mark stops the start, though the read models know it already', async () => {
  const text = await readFile(segment(), 'utf8');
  await writeFile(segment(), text.replace('viewer', 'admins'));
  await expect(opened()).rejects.toMatchObject({
    code: 'invalid',
    message: expect.stringMatching(/000001\.ndjson is damaged at byte 0: /),
  });
  expect(told).toEqual([expect.stringContaining('other bytes than it had')]);
});

test('lines that are gone from the end are told, and the read models are those of the lines that are left', async () => {
  const lines = (await readFile(segment(), 'utf8')).split('\n');
  await writeFile(segment(), `${lines.slice(0, 280).join('\n')}\n`);
  const { projection, close } = await opened();
  expect(projection.tables.count('operators', {})).toBe(280);
  await close();
  expect(told).toEqual([
    expect.stringContaining('the ledger is shorter than it was'),
    expect.stringContaining('rebuilding the projection'),
  ]);
});

test('a command beside others writes the read models once there is much that they lack, or once it only looks; the next one has all lines', async () => {
  const saved = async (lines: number): Promise<number> => {
    const { home, projection, close } = await opened('shared');
    const count = projection.tables.count('operators', {});
    await record(home, count, count + lines);
    await close();
    const again = await opened('shared');
    expect(again.projection.tables.count('operators', {})).toBe(count + lines);
    const { saved } = again.projection;
    await again.close();
    return saved;
  };
  const before = await saved(0);
  expect([await saved(8), await saved(7), await saved(1)]).toEqual([before, before + 8, before + 15]);
  expect([await saved(14), await saved(1)]).toEqual([before + 15, before + 30]);
  expect([await saved(15), await saved(16)]).toEqual([before + 46, before + 62]);
  await removed('projection.sqlite');
  expect(await saved(1)).toBe(before + 63);
});

test('T123 wraps that were refused are worth writing down, though no line says so, and though old ones are forgotten', async () => {
  const now = () => Math.floor(Date.now() / 1000);
  const remembered = async (more: number): Promise<string[]> => {
    const { projection, close } = await opened('shared');
    const before = projection.tables.list('refused').map(({ id }) => id);
    for (const id of before) projection.tables.remove('refused', id);
    for (let n = 0; n < more; n++) projection.tables.put('refused', { id: `${more} ${n}`, at: now() });
    await close();
    return before;
  };
  expect((await remembered(15)).length).toBe(0);
  expect((await remembered(17)).length).toBe(0);
  expect((await remembered(16)).length).toBe(17);
  expect((await remembered(0))[0]).toBe('16 0');
});

test('how far a relay was read is written by whoever serves, and by a command once it is an hour further', async () => {
  const read = async (mode: LedgerMode, at: number): Promise<number> => {
    const { projection, close } = await opened(mode);
    const before = projection.tables.get('syncs', 'wss://r', 'aa')?.at ?? 0;
    projection.tables.put('syncs', { relay: 'wss://r', key: 'aa', at });
    await close();
    return before;
  };
  const T = 1_800_000_000;
  expect(await read('exclusive', T)).toBe(0);
  expect(await read('shared', T + 3_599)).toBe(T);
  expect(await read('shared', T + 3_600)).toBe(T);
  expect(await read('exclusive', T)).toBe(T + 3_600);
});

test('T155 a home that is served is verified again beside it: the damage is logged once, and the next start stops at it', async () => {
  const first = await opened();
  const event = recordOf(first.home, 'operator.revoked', { name: 'o1', by: 'o2' });
  // Right in the chain, and under its id: no start looks at signatures
  const wrong = { ...event, sig: event.sig.replace(/^../, event.sig.startsWith('00') ? '11' : '00') };
  await first.home.ledger.append(() => [{ dir: 'local', event: wrong }]);
  await first.close();
  const { home, close } = await openHome(directory, CONFIG, {
    ...{ mode: 'exclusive', owner: 'test', input: false, checkMs: 0 },
    log: (_level, text) => told.push(text),
  });
  const fault = /000001\.ndjson is damaged at byte \d+, line 301: a signature/;
  await expect.poll(() => home.checked()?.fault ?? '', { timeout: 60_000 }).toMatch(fault);
  await close();
  expect(told).toEqual([expect.stringMatching(/is damaged, and the next start will stop at it: .*line 301/)]);
  await expect(opened()).rejects.toMatchObject({ code: 'invalid', message: expect.stringMatching(fault) });
  expect(told.at(-1)).toContain('every line of the ledger is verified first');
});
