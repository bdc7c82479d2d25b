/** What is particular to each key store; what all promise is in `test/contract/key-store.test.ts`. */
import { chmod, chown, mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as nip49 from 'nostr-tools/nip49';
import { beforeAll, describe, expect, test } from 'vitest';
import { watchDisk } from '../../../test/support/disk-calls.ts';
import { code, encryptedIn, key, keyStoreKit, other, random } from '../../../test/support/key-store-kit.ts';
import { readVectors } from '../../../test/vectors/vectors.ts';
import { toHex } from '../../core/encoding/bytes.ts';
import { EntangleError } from '../../core/errors.ts';
import type { KeyStore } from '../../ports/index.ts';
import { decryptKey, encryptedKeyStore, encryptKey } from './encrypted.ts';
import { fileKeyStore } from './file.ts';
import { keyringKeyStore } from './keyring.ts';

const { directory, keyring } = keyStoreKit();
const encrypted = (passphrase = 'correct horse', name = 'encrypted'): KeyStore =>
  encryptedIn(join(directory, name), passphrase);
describe.runIf(process.platform !== 'win32').each([
  ['key', (path: string) => fileKeyStore(path)],
  ['ncryptsec', (path: string) => encryptedIn(path, 'p')],
])('files named .%s', (extension, make) => {
  const at = (name: string): string => join(directory, `perm-${extension}`, `${name}.${extension}`);
  const store = () => make(join(directory, `perm-${extension}`));
  beforeAll(() => store().create('good', key));

  test('are 0600 in a 0700 directory whatever the umask, and leave nothing else behind', async () => {
    expect((await stat(at('good'))).mode & 0o777).toBe(0o600);
    expect((await stat(join(directory, `perm-${extension}`))).mode & 0o777).toBe(0o700);
    expect(await readdir(join(directory, `perm-${extension}`))).toEqual([`good.${extension}`]);
  });

  test('are on the disk before they have a name, and the name after; that one is gone too', async () => {
    const disk = await watchDisk(join(directory, `perm-${extension}`));
    try {
      await store().create('lasting', key);
      await store().remove('lasting');
    } finally {
      disk.restore();
    }
    const file = `good.${extension} lasting.${extension}`;
    expect(disk.calls.map((call) => call.replace(/\.new-[0-9a-f]{16}/g, '.new'))).toEqual([
      'sync .new',
      `sync . (${file})`,
      `sync . (good.${extension})`,
    ]);
  });

  test.each([
    ['a link', (path: string) => symlink(join(directory, `perm-${extension}`), path)],
    ['open to the writing of others', (path: string) => mkdir(path).then(() => chmod(path, 0o777))],
    [
      'somebody else’s',
      (path: string) =>
        process.getuid?.() === 0 ? mkdir(path).then(() => chown(path, 1234, 1234)) : symlink('/', path),
    ],
  ])('no key is written into a directory that is %s', async (what, lay) => {
    const path = join(directory, `bad-${extension}-${what.length}`);
    await lay(path);
    await expect(make(path).create('fresh', key)).rejects.toMatchObject({ code: 'invalid' });
    expect(
      (await readdir(path)).filter((name) => name.startsWith('fresh') || name.startsWith('.new')),
    ).toEqual([]);
  });

  test.each([0o640, 0o604, 0o620, 0o660, 0o644])('mode %o is refused', async (mode) => {
    await chmod(at('good'), mode);
    await expect(store().read('good')).rejects.toThrow('open to others');
    await chmod(at('good'), 0o600);
    expect(await store().read('good')).toEqual(key);
  });

  test('links, live or dangling, are neither read nor written through', async () => {
    await symlink(at('good'), at('link'));
    await expect(store().read('link')).rejects.toThrow('symbolic link');
    await expect(store().create('link', key)).rejects.toThrow(code('conflict'));
    const target = join(directory, `target-${extension}`);
    await symlink(target, at('dangling'));
    await expect(store().create('dangling', key)).rejects.toThrow(code('conflict'));
    await expect(stat(target)).rejects.toThrow('ENOENT');
  });

  test('damaged or oversized files are invalid', async () => {
    const good = await readFile(at('good'), 'utf8');
    const cases = [
      '',
      '\n',
      good.slice(0, 20),
      `${good}x`,
      good.toUpperCase(),
      '0'.repeat(64),
      ` ${good}`.slice(0, -1),
      'x'.repeat(1_000_000),
    ];
    for (const [i, text] of cases.entries()) {
      await writeFile(at(`damaged-${i}`), text, { mode: 0o600 });
      await expect(store().read(`damaged-${i}`)).rejects.toThrow(code('invalid'));
    }
    await writeFile(at('long'), `${good}\n`, { mode: 0o600 });
    await expect(store().read('long')).rejects.toThrow('too long');
  });

  test.runIf(process.getuid?.() === 0)('a file of somebody else is refused', async () => {
    await chown(at('good'), 65_534, 65_534);
    await expect(store().read('good')).rejects.toThrow('another user');
  });
});

describe('encrypted keys (NIP-49)', () => {
  const reason = 'wrong passphrase, or a damaged or unsupported encrypted key';

  test('the example in the text of NIP-49', async () => {
    const text = readVectors('nips.json');
    if (text === undefined) return;
    const { nip49: example } = JSON.parse(text) as {
      nip49: Record<'ncryptsec' | 'password' | 'sec_hex', string>;
    };
    expect(toHex(await decryptKey(example.ncryptsec, example.password))).toBe(example.sec_hex);
  });

  test('agrees with nostr-tools, both ways, passphrases in NFKC', async () => {
    const ours = await encryptKey(key, 'A\u030a\u2126', random);
    expect(nip49.decrypt(ours, '\u00c5\u03a9')).toEqual(key);
    expect(await decryptKey(nip49.encrypt(key, '\u00c5\u03a9', 16), 'A\u030a\u2126')).toEqual(key);
  });

  test('a wrong passphrase and every kind of damage are told alike', async () => {
    const good = await encryptKey(key, 'p', random);
    const flipped = good.replace(/.{20}$/, (end) =>
      end[0] === 'q' ? `p${end.slice(1)}` : `q${end.slice(1)}`,
    );
    for (const [text, passphrase] of [
      [good, 'P'],
      [good, ''],
      [good, '\ud800'],
      [flipped, 'p'],
      [good.slice(0, -1), 'p'],
      [good.toUpperCase(), 'p'],
      ['', 'p'],
      ['ncryptsec1', 'p'],
      [`${good}\n`, 'p'],
    ] as const) {
      await expect(decryptKey(text, passphrase)).rejects.toThrow(
        expect.objectContaining({ code: 'invalid', message: reason }),
      );
    }
  });

  test('cost is bounded: log_n 15, 19, 20 and 255 are refused before any work', async () => {
    await expect(decryptKey(nip49.encrypt(key, 'p', 15), 'p')).rejects.toThrow(reason);
    const { encodeBytes } = await import('nostr-tools/nip19');
    for (const logN of [19, 20, 22, 255]) {
      const before = process.cpuUsage();
      const text = encodeBytes('ncryptsec', Uint8Array.from([2, logN, ...new Uint8Array(89)]));
      await expect(decryptKey(text, 'p')).rejects.toThrow(reason);
      // In microseconds of the processor, however busy the machine is; what is refused here would take millions
      expect(process.cpuUsage(before).user).toBeLessThan(400_000);
    }
    await expect(encryptKey(key, 'p', random, 20)).rejects.toThrow('log_n');
    await expect(encryptKey(key, '', random)).rejects.toThrow('passphrase is empty');
  });

  test('a file read with another passphrase: invalid, and the file stays as it was', async () => {
    await encrypted('right', 'two').create('host', key);
    const path = join(directory, 'two', 'host.ncryptsec');
    const before = await readFile(path, 'utf8');
    await expect(encrypted('wrong', 'two').read('host')).rejects.toThrow(
      expect.objectContaining({ message: reason }),
    );
    expect(await readFile(path, 'utf8')).toBe(before);
    expect(before).not.toContain(toHex(key));
    expect(await encrypted('right', 'two').read('host')).toEqual(key);
  });

  test('nobody is asked for a passphrase when the name is taken', async () => {
    let asked = 0;
    const counting = encryptedKeyStore({
      directory: join(directory, 'two'),
      random,
      passphrase: async () => {
        asked++;
        return 'right';
      },
    });
    await expect(counting.create('host', other)).rejects.toThrow(code('conflict'));
    expect(asked).toBe(0);
  });

  test('deriving does not hold up the event loop', async () => {
    const busy = decryptKey(await encryptKey(key, 'p', random), 'p');
    let turns = 0;
    let done = false;
    const count = (): void => {
      turns++;
      if (!done) setImmediate(count);
    };
    setImmediate(count);
    await busy;
    done = true;
    expect(turns).toBeGreaterThan(10);
  });
});

describe('keyring', () => {
  const bothOthers = (): unknown =>
    expect.objectContaining({ code: 'unavailable', hint: expect.stringMatching(/"encrypted".*"file"/) });
  type Fake = NonNullable<Parameters<typeof keyringKeyStore>[0]['load']>;
  const fake =
    (over: Partial<Awaited<ReturnType<Fake>>>): Fake =>
    async () => ({
      getPassword: async () => null,
      setPassword: async () => undefined,
      deletePassword: async () => false,
      findCredentials: async () => [],
      ...over,
    });

  test.each<[string, Fake]>([
    [
      'the native module does not load',
      async () => Promise.reject(new Error('libsecret-1.so.0: cannot open')),
    ],
    [
      'there is no Secret Service',
      fake({ getPassword: () => Promise.reject(new Error('Cannot autolaunch D-Bus')) }),
    ],
    ['a locked keyring takes the write and answers null', fake({})],
    ['nobody answers', () => new Promise(() => undefined)],
  ])('%s: unavailable, naming the other two', async (_, load) => {
    const store = keyringKeyStore({ service: 's', patienceMs: 50, load });
    await expect(store.create('host', key)).rejects.toThrow(bothOthers() as Error);
  });

  test.each([
    ['Failed to load keytar native addon, checked ["../build/Release"]', 'libsecret is not installed'],
    ['libsecret-1.so.0: cannot open shared object file', 'libsecret is not installed'],
    ['Cannot autolaunch D-Bus without X11 $DISPLAY', 'no Secret Service answers'],
    ['The name org.freedesktop.secrets was not provided', 'no Secret Service answers'],
  ])('%j is told in words, with what to install', async (said, words) => {
    const store = keyringKeyStore({ service: 's', load: () => Promise.reject(new Error(said)) });
    await expect(store.read('host')).rejects.toMatchObject({
      message: `the keyring of this system cannot be used: ${words}`,
      hint: expect.stringContaining('install libsecret-1-0 and run a Secret Service'),
    });
  });

  test('what the library says otherwise is told as it is, cut: who prints it makes it harmless', async () => {
    const said = `locked \u001b[31m\u202e${'x'.repeat(300)}`;
    const store = keyringKeyStore({ service: 's', load: () => Promise.reject(new Error(said)) });
    await expect(store.read('host')).rejects.toMatchObject({
      message: `the keyring of this system cannot be used: ${said.slice(0, 200)}`,
    });
  });

  test('a key hidden by the lock is found by the search, and not overwritten', async () => {
    const hidden = fake({ findCredentials: async () => [{ account: 'host', password: toHex(key) }] });
    const store = keyringKeyStore({ service: 's', load: hidden });
    await expect(store.create('host', other)).rejects.toThrow(code('conflict'));
    expect(await store.read('host')).toEqual(key);
  });

  test.each(['', 'zz'.repeat(32), '00'.repeat(32), toHex(key).toUpperCase()])(
    'entry %j is damaged',
    async (password) => {
      const store = keyringKeyStore({ service: 's', load: fake({ getPassword: async () => password }) });
      await expect(store.read('host')).rejects.toThrow(code('invalid'));
    },
  );

  test.runIf(process.platform === 'linux')(
    'the real module without a session bus: unavailable, naming the other two',
    async () => {
      const store = await keyring('none');
      await expect(store.create('host', key)).rejects.toThrow(bothOthers() as Error);
      await expect(store.read('host')).rejects.toThrow(EntangleError);
      await expect(store.list()).rejects.toThrow(code('unavailable'));
    },
  );
});
