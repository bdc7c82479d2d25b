/** A passphrase that is remembered for a while, by a process of its own: by whom it is found, and when it is forgotten. */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  closeSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { forgetPassphrase, rememberedPassphrase, rememberPassphrase } from './passphrase-agent.ts';

const WORDS = 'correct horse “battery” staple';
const HOUR_MS = 3_600_000;
let home: string;
beforeEach(() => {
  home = mkdtempSync(join(realpathSync(tmpdir()), 'passphrase-agent-'));
});
afterEach(async () => {
  await forgetPassphrase(home);
  rmSync(home, { recursive: true });
});
const socket = () => join(home, 'unlocked.sock');
const isThere = () => lstatSync(socket(), { throwIfNoEntry: false }) !== undefined;

test('it is given to whoever may open the home, as often as it is asked for, and to nobody once it is forgotten', async () => {
  expect(await rememberedPassphrase(home)).toBeNull();
  expect(await forgetPassphrase(home)).toBe(false);
  await rememberPassphrase(home, WORDS, HOUR_MS);
  expect(lstatSync(socket()).mode & 0o777).toBe(0o600);
  expect([await rememberedPassphrase(home), await rememberedPassphrase(home)]).toEqual([WORDS, WORDS]);
  expect(await forgetPassphrase(home)).toBe(true);
  expect(await rememberedPassphrase(home)).toBeNull();
  expect(isThere()).toBe(false);
});

const onLinux = test.runIf(process.platform === 'linux');
onLinux('T206 it leaves no core, and holds nothing open that whoever started it had open', async () => {
  const script = `
    import { rememberPassphrase } from '${join(import.meta.dirname, 'passphrase-agent.ts')}';
    await rememberPassphrase(process.argv[1], 'correct horse', 3600000);`;
  const held = openSync(join(home, 'held'), 'w');
  const args = ['--input-type=module', '-e', script, home];
  // The first ones Node keeps from others by itself
  const stdio: ('ignore' | number)[] = [...Array.from({ length: 40 }, () => 'ignore' as const), held];
  expect(spawnSync(process.execPath, args, { stdio }).status).toBe(0);
  closeSync(held);
  const pids = readdirSync('/proc').filter((name) => /^[0-9]+$/.test(name));
  const [pid] = pids.filter((name) => {
    try {
      return readlinkSync(`/proc/${name}/cwd`) === home;
    } catch {
      return false;
    }
  });
  const open = readdirSync(`/proc/${pid}/fd`).map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`));
  expect(open).not.toContain(join(home, 'held'));
  expect(readFileSync(`/proc/${pid}/limits`, 'utf8')).toMatch(/^Max core file size +0 +0 /m);
});

test('another one takes the place of the first', async () => {
  await rememberPassphrase(home, 'the one before', HOUR_MS);
  await rememberPassphrase(home, WORDS, HOUR_MS);
  expect(await rememberedPassphrase(home)).toBe(WORDS);
});

test('it is forgotten when its time is over', async () => {
  await rememberPassphrase(home, WORDS, 1);
  await expect.poll(() => rememberedPassphrase(home), { timeout: 60_000 }).toBeNull();
  await expect.poll(isThere, { timeout: 60_000 }).toBe(false);
});

test('also in a directory whose path is longer than that of a socket may be', async () => {
  const deep = join(home, 'd'.repeat(120));
  mkdirSync(deep);
  await rememberPassphrase(deep, WORDS, HOUR_MS);
  expect(await rememberedPassphrase(deep)).toBe(WORDS);
  expect(await forgetPassphrase(deep)).toBe(true);
});

test('T206 what others could have put there, or could ask, is not asked', async () => {
  writeFileSync(socket(), 'no socket', { mode: 0o600 });
  expect(await rememberedPassphrase(home)).toBeNull();
  rmSync(socket());
  let calls = 0;
  const theirs = createServer((one) => {
    calls++;
    one.resume().end('words of theirs');
  });
  await new Promise<void>((done) => theirs.listen(socket(), done));
  chmodSync(socket(), 0o666);
  expect([await rememberedPassphrase(home), calls]).toEqual([null, 0]);
  chmodSync(socket(), 0o600);
  expect([await rememberedPassphrase(home), calls]).toEqual(['words of theirs', 1]);
  await new Promise((done) => theirs.close(done));
});

test('one that answers without an end, or not at all, is no answer', async () => {
  const flood = createServer((one) => {
    one
      .on('error', () => undefined)
      .resume()
      .write('x'.repeat(70_000));
  });
  await new Promise<void>((done) => flood.listen(socket(), done));
  chmodSync(socket(), 0o600);
  expect(await rememberedPassphrase(home)).toBeNull();
  await new Promise((done) => flood.close(done));
});
