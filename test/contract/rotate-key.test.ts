/** T152 The key of a Host's log is replaced in a home on disk: one key is left, whatever comes between, and everything verifies. */

import { spawn } from 'node:child_process';
import { readdirSync, watch, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { suiteWasm } from '../../src/adapters/crypto/suite-wasm.ts';
import { fileKeyStore } from '../../src/adapters/keys/file.ts';
import { readLedger } from '../../src/adapters/ledger/read.ts';
import { keepNoPlace } from '../../src/adapters/system/home-place.ts';
import { systemRandom } from '../../src/adapters/system/random.ts';
import { proveAudit } from '../../src/cli/host/audit-prove.ts';
import { rotateAuditKey, rotatedKeyText } from '../../src/cli/host/audit-rotate.ts';
import { backUpHost, restoreHost } from '../../src/cli/host/backup.ts';
import { resolveHome } from '../../src/cli/kit/settings.ts';
import { readText } from '../../src/cli/kit/text-file.ts';
import { checkLedger } from '../../src/cli/wiring/check-ledger.ts';
import { writeConfig } from '../../src/cli/wiring/home-config.ts';
import { openHome } from '../../src/cli/wiring/open-home.ts';
import { verifyBundle } from '../../src/core/audit/bundle.ts';
import { logPublicKey } from '../../src/core/crypto/ed25519.ts';
import { toHex } from '../../src/core/encoding/bytes.ts';
import { typeOfEvent } from '../../src/core/evidence/read.ts';
import { checkpointNow } from '../../src/services/host/checkpoints.ts';
import { logKeyOf } from '../../src/services/host/log-key.ts';
import { record } from '../../src/services/messaging/rejections.ts';
import { type HostConfig, hostConfig } from '../../src/services/setup/config.ts';
import { bundledProgram } from '../support/bundled-program.ts';

const SECRET = new Uint8Array(32).fill(3);
const HOST = toHex(suiteWasm.publicKey(SECRET));
const config: HostConfig = {
  ...{ kind: 'host', graph: `${HOST}/acme`, keys: 'file', stream: '5c'.repeat(16) },
  ...{ relays: ['ws://127.0.0.1:1'], recovery: '00'.repeat(32), leaseMs: 60_000, bootstrap: null },
  members: false,
};
let root: string;
let directory: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'entangle-rotated-'));
  directory = resolveHome(root, {}, '/').host;
  await fileKeyStore(join(directory, 'keys')).create('host', SECRET);
  await writeConfig(directory, hostConfig, config);
  await served();
});
afterEach(() => rm(root, { recursive: true, force: true }));

type Signed = { log: string; note: string };
/** As a Host that starts, signs for its log, and ends. */
const served = async (work: () => unknown = () => {}, at = directory): Promise<Signed> => {
  const options = { mode: 'exclusive', owner: 'test', input: false, log: () => {} } as const;
  const { home, keys, close } = await openHome(at, config, options);
  try {
    const logKey = await logKeyOf(home, keys, systemRandom);
    await record(home, 'operator.revoked', { name: 'x', by: 'y' });
    await work();
    const signed = await checkpointNow({ home, logKey, checkpointing: Promise.resolve() });
    expect(signed!.log).toBe(toHex(logPublicKey(logKey)));
    return { log: signed!.log, note: signed!.note.join('\n') };
  } finally {
    await close();
  }
};
const rotate = () => rotateAuditKey(directory, { yes: true, 'no-input': true }, () => {});
const check = (at = directory, witness: string | null = null) => checkLedger(at, '', () => {}, witness);
const logKeys = (at = directory) => readdirSync(join(at, 'keys')).filter((name) => name.startsWith('log'));

test('a Host that `entangle up` made is served again by that', async () => {
  writeFileSync(join(root, 'up.json'), JSON.stringify({ repository: '/srv/app' }));
  expect((await rotate()).next).toEqual(['entangle up']);
});

test('what is said of it names both keys, and how others go on', async () => {
  const { log: before } = await served();
  const rotated = await rotate();
  expect(rotated).toMatchObject({ from: before, graph: config.graph });
  expect(logKeys()).toEqual([`log-${rotated.to.slice(0, 16)}.key`]);
  const text = rotatedKeyText(rotated);
  for (const word of [before, rotated.to, rotated.record, `log: ${before}, lines: ${rotated.lines}`])
    expect(text).toContain(word);
  const [, name, id, key] = /^([^+]*)\+([^+]*)\+(.*)$/.exec(rotated.verifier)!;
  expect([name, Buffer.from(key!, 'base64').toString('hex')]).toEqual([
    `entangle.run/${config.graph}`,
    `01${rotated.to}`,
  ]);
  expect(id).toMatch(/^[0-9a-f]{8}$/);
  expect(text).toMatch(/\nNext: entangle host serve$/);
  expect((await served()).log).toBe(rotated.to);
  expect((await check()).checkpoints).toBe(4);
});

test('records of before and after it are proved, and who kept a checkpoint goes on', async () => {
  const { note } = await served();
  const { record: event } = await rotate();
  const later = await served();
  const output = join(root, 'proof.json');
  const proved = await proveAudit(directory, { ids: ['1'], output }, async () => {});
  expect(proved.lines).toEqual([1]);
  const { items } = verifyBundle(suiteWasm, await readText(output), [HOST]);
  expect(items.map(({ type }) => type)).toEqual(['operator.revoked', 'log.rotated']);
  expect(items[1]!.event).toBe(event);
  for (const kept of [note, later.note]) expect((await check(directory, kept)).checkpoints).toBe(4);
});

test('not beside a Host that serves, and not in a copy of a home', async () => {
  await served(async () => {
    await expect(rotate()).rejects.toMatchObject({ code: 'conflict' });
  });
  await keepNoPlace(directory);
  await expect(rotate()).rejects.toMatchObject({ code: 'conflict', message: /copied, moved or restored/ });
  expect(logKeys()).toEqual(['log.key']);
});

test('a backup has the key that signs', async () => {
  const file = join(root, 'host.backup');
  const words = join(root, 'words');
  writeFileSync(words, 'correct horse battery staple\n', { mode: 0o600 });
  const flags = { 'passphrase-file': undefined, 'backup-passphrase-file': words, 'no-input': true };
  const { to } = await rotate();
  await backUpHost(resolveHome(root, {}, '/'), file, flags, () => {});
  const other = resolveHome(join(root, 'other'), {}, '/');
  await restoreHost(other, file, { ...flags, keys: 'file' }, () => {});
  expect(logKeys(other.host)).toEqual([`log-${to.slice(0, 16)}.key`]);
  expect((await served(undefined, other.host)).log).toBe(to);
  expect((await check(other.host)).checkpoints).toBe(3);
});

const SCRIPT = bundledProgram(join(import.meta.dirname, '../support/rotate-once.ts'));
const KILLS = process.env.SLOW === '1' ? 40 : 4;
/** The process that rotates ends by kill -9 when so many files of the home were touched, or by itself. */
const killedAfter = async (touches: number): Promise<boolean> => {
  let seen = 0;
  const watcher = watch(directory, { recursive: true });
  const child = spawn(process.execPath, [SCRIPT, directory], { stdio: 'ignore' });
  watcher.on('change', () => {
    seen += 1;
    if (seen === touches) child.kill('SIGKILL');
  });
  const signal = await new Promise((done) => child.on('exit', (_code, by) => done(by)));
  watcher.close();
  return signal === 'SIGKILL';
};

const namedLast = async (): Promise<string | null> => {
  let named: string | null = null;
  for await (const { event } of readLedger(join(directory, 'ledger'), 1))
    if (typeOfEvent(event) === 'log.rotated') named = JSON.parse(event.content).to;
  return named;
};

test('kill -9 at any moment: one key is left, the ledger names it, and it signs', async () => {
  const killed: boolean[] = [];
  let { log: before } = await served();
  for (let round = 0; round < KILLS; round++) {
    killed.push(await killedAfter(3 + Math.round((round * 24) / KILLS)));
    const { log } = await served();
    expect([round, log]).toEqual([round, (await namedLast()) ?? before]);
    expect(logKeys()).toHaveLength(1);
    expect((await check()).checkpoints).toBeGreaterThan(0);
    before = log;
  }
  expect(killed).toContain(true);
});
