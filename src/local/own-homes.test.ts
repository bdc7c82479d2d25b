/** Homes that `up` makes in its own process: as the commands make them, for their owner alone, gone on with after a cut. */
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { suiteWasm } from '../adapters/crypto/suite-wasm.ts';
import { systemRandom } from '../adapters/system/random.ts';
import { toHex } from '../core/encoding/bytes.ts';
import { parsePubkey } from '../core/encoding/id.ts';
import { writeInvite } from '../core/protocol/invite.ts';
import type { MemberRole } from '../core/vocabulary.ts';
import { type OwnHomes, ownHomesOf } from './own-homes.ts';

let home: string;
let homes: OwnHomes;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'entangle-homes-'));
  homes = ownHomesOf(home);
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const RELAY = 'ws://127.0.0.1:7777';
const HOST = toHex(suiteWasm.publicKey(systemRandom.bytes(32)));
const inviteFor = (role: MemberRole) => async () =>
  writeInvite({
    ...{ host: HOST, graph: `${HOST}/demo`, relays: [RELAY], role, name: 'local' },
    ...{ id: '01a22394-d892-7ff9-aa5f-61bdc8c707e0', secret: 'ab'.repeat(16), recovery: 'cd'.repeat(32) },
    expiresAt: Math.floor(Date.now() / 1_000) + 600,
  });
const modeOf = (...path: string[]): string => (statSync(join(home, ...path)).mode & 0o777).toString(8);

test('a Host has its key, its token and its recovery key, each for its owner alone', async () => {
  const npub = await homes.makeHost('demo', RELAY);
  expect(parsePubkey(npub)).toMatch(/^[0-9a-f]{64}$/);
  expect(readFileSync(join(home, 'host/default/config.yaml'), 'utf8')).toContain('members: true');
  for (const file of ['keys/host.key', 'operator.token', 'recovery.key'])
    expect(modeOf('host/default', file)).toBe('600');
  expect([modeOf('host/default'), modeOf('host/default/keys')]).toEqual(['700', '700']);
});

test('a runner is made once, bound once, and known by its own key; nothing of the invite’s secret is kept', async () => {
  const settings = { labels: {}, sandbox: ['none' as const], capacity: 2, protocols: ['file' as const] };
  const make = () => homes.make('runner', { ...settings, repositoryHooks: false });
  expect(await homes.isBound('runner')).toBe(false);
  const npub = await make();
  // Cut off before it was bound, the next start goes on with the same key
  expect(await make()).toBe(npub);
  expect(await homes.isBound('runner')).toBe(false);
  await homes.bind('runner', inviteFor('runner'));
  expect(await homes.isBound('runner')).toBe(true);
  const identity = await homes.identity('runner');
  expect(identity.npub).toBe(npub);
  expect(identity.words.split(' ')).toHaveLength(8);
  const config = readFileSync(join(home, 'runner/default/config.yaml'), 'utf8');
  expect(config).toContain('capacity: 2');
  expect(config).not.toContain('ab'.repeat(16));
  expect([modeOf('runner/default'), modeOf('runner/default/keys/runner.key')]).toEqual(['700', '600']);
  // It speaks when it is served, not here
  expect(existsSync(join(home, 'runner/default/ledger'))).toBe(false);
});

test('cut off between its key and its config, it goes on with that key', async () => {
  const npub = await homes.make('user', null);
  rmSync(join(home, 'user/default/config.yaml'));
  expect(await homes.make('user', null)).toBe(npub);
  expect(existsSync(join(home, 'user/default/config.yaml'))).toBe(true);
});

test('an invite for another role binds nothing', async () => {
  await homes.make('user', null);
  await expect(homes.bind('user', inviteFor('runner'))).rejects.toMatchObject({ code: 'invalid' });
  expect(await homes.isBound('user')).toBe(false);
});
