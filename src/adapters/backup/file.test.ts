/** A whole Host in one file: what comes out is what went in, or nothing does. */
import { hash } from 'node:crypto';
import {
  appendFile,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sha256 } from '@noble/hashes/sha2.js';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { seededRandom } from '../../../test/sim/dice.ts';
import { derivedOnce } from '../../../test/support/derived-once.ts';
import { toHex, utf8 } from '../../core/encoding/bytes.ts';
import { fileKeyStore } from '../keys/file.ts';
import type { BackupEntry } from './entries.ts';
import { readBackup, writeBackup } from './file.ts';
import { hostEntries, putEntries } from './host-home.ts';

const MIB = 1_048_576;
const HEAD_BYTES = 'entangle-host-backup/1 '.length + 162 + 1;
const random = seededRandom('backup');
const KEY = random(32);
const WORDS = 'correct horse battery';
const options = (path: string) => ({ path, passphrase: WORDS, random, logN: 16 });

derivedOnce();
let root: string;
let home: string;
let file: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'entangle-backup-'));
  [home, file] = [join(root, 'home'), join(root, 'file')];
  for (const below of ['', 'ledger', 'blobs']) await mkdir(join(home, below), { mode: 0o700 });
  await fileKeyStore(join(home, 'keys')).create('host', KEY);
  const blob = random(3000);
  for (const [name, bytes] of [
    ['config.yaml', utf8('kind: host # a canary\n')],
    ['operator.token', utf8('ent_canary\n')],
    ['recovery.key', utf8('offline\n')],
    ['ledger/000001.ndjson', random(2 * MIB + 17)],
    ['ledger/000002.ndjson', new Uint8Array(0)],
    ['ledger/000001.seal', utf8('made anew')],
    [`blobs/${toHex(sha256(blob))}`, blob],
    ['blobs/.new-unfinished', blob],
  ] as const)
    await writeFile(join(home, name), bytes);
});
afterEach(() => rm(root, { recursive: true, force: true }));

const entriesOf = (directory = home) => hostEntries(directory, fileKeyStore(join(directory, 'keys')));
const backUp = () => writeBackup(options(file), entriesOf());
const putBack = async (words = WORDS) => {
  const other = await mkdtemp(join(root, 'other-'));
  return {
    other,
    put: await putEntries(
      other,
      readBackup(file, async () => words),
    ),
  };
};
const filesIn = async (directory: string): Promise<string[]> =>
  (await readdir(directory, { recursive: true, withFileTypes: true }))
    .filter((one) => one.isFile())
    .map((one) => join(one.parentPath, one.name).slice(directory.length + 1))
    .sort();
async function* of(...entries: readonly (readonly [string, Uint8Array])[]): AsyncGenerator<BackupEntry> {
  for (const [name, bytes] of entries)
    yield {
      name,
      size: bytes.length,
      bytes: (async function* () {
        yield bytes;
      })(),
    };
}
const digestOf = async (path: string): Promise<string> => hash('sha256', await readFile(path));
const refused = { code: 'invalid' };

test('what comes out is what went in, for its owner alone; what is made anew and the recovery key stay', async () => {
  expect(await backUp()).toBe((await stat(file)).size);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  const { other, put } = await putBack();
  const names = await filesIn(other);
  const blob = (await readdir(join(home, 'blobs'))).find((name) => !name.startsWith('.'));
  expect(names).toEqual([
    `blobs/${blob}`,
    'config.yaml',
    'ledger/000001.ndjson',
    'ledger/000002.ndjson',
    'operator.token',
  ]);
  for (const name of names) {
    expect(await digestOf(join(other, name))).toBe(await digestOf(join(home, name)));
    expect((await stat(join(other, name))).mode & 0o777).toBe(0o600);
  }
  expect(put).toMatchObject({ segments: 2, blobs: 1, keys: new Map([['host', KEY]]) });
});

test('nothing of it is told without the passphrase, and two are nowhere alike', async () => {
  await backUp();
  const one = await readFile(file);
  for (const inside of [KEY, utf8('canary'), utf8('ndjson'), utf8(toHex(KEY))])
    expect(one.indexOf(inside)).toBe(-1);
  await rm(file);
  await backUp();
  const other = await readFile(file);
  expect(other.subarray(HEAD_BYTES, HEAD_BYTES + 64)).not.toEqual(one.subarray(HEAD_BYTES, HEAD_BYTES + 64));
});

test('it is never written over another file, and a failure leaves none', async () => {
  await writeFile(file, 'mine');
  await expect(backUp()).rejects.toMatchObject({ code: 'conflict' });
  expect(await readFile(file, 'utf8')).toBe('mine');
  await rm(file);
  const entries = (async function* (): AsyncGenerator<BackupEntry> {
    yield* of(['config.yaml', utf8('a')]);
    throw new Error('the disk');
  })();
  await expect(writeBackup(options(file), entries)).rejects.toThrow('the disk');
  expect((await readdir(root)).sort()).toEqual(['home']);
});

test('what a serving process appends meanwhile is later than the backup', async () => {
  const segment = join(home, 'ledger/000001.ndjson');
  const before = await digestOf(segment);
  const entries = (async function* (): AsyncGenerator<BackupEntry> {
    for await (const entry of entriesOf()) {
      if (entry.name === 'ledger/000001.ndjson') await appendFile(segment, 'a line of later\n');
      yield entry;
    }
  })();
  await writeBackup(options(file), entries);
  const { other } = await putBack();
  expect(await digestOf(join(other, 'ledger/000001.ndjson'))).toBe(before);
});

test('a file that becomes shorter meanwhile is no backup', async () => {
  const entries = (async function* (): AsyncGenerator<BackupEntry> {
    for await (const entry of entriesOf()) {
      if (entry.name === 'ledger/000001.ndjson') await truncate(join(home, entry.name), 5);
      yield entry;
    }
  })();
  await expect(writeBackup(options(file), entries)).rejects.toThrow(
    'ledger/000001.ndjson changed while it was read',
  );
});

test.each([
  ['a whole number of pieces', MIB * 2 - '2097131 config.yaml\n'.length],
  ['a byte more', MIB * 2 - '2097131 config.yaml\n'.length + 1],
  ['nothing', 0],
])('a backup of %s comes out', async (_what, size) => {
  const bytes = new Uint8Array(size).fill(7);
  await writeBackup(options(file), of(['config.yaml', bytes]));
  const { other } = await putBack();
  expect((await readFile(join(other, 'config.yaml'))).equals(bytes)).toBe(true);
});

describe('is refused', () => {
  const PIECE = MIB + 16;
  const DAMAGES: readonly [string, (bytes: Buffer) => Uint8Array][] = [
    ['cut off by a byte', (bytes) => bytes.subarray(0, -1)],
    ['cut off after a piece', (bytes) => bytes.subarray(0, HEAD_BYTES + PIECE)],
    ['cut off after its head', (bytes) => bytes.subarray(0, HEAD_BYTES)],
    ['a byte longer', (bytes) => Buffer.concat([bytes, Buffer.of(0)])],
    [
      'two pieces in each other’s place',
      (bytes) => {
        const [a, b] = [0, 1].map((n) =>
          bytes.subarray(HEAD_BYTES + n * PIECE, HEAD_BYTES + (n + 1) * PIECE),
        );
        return Buffer.concat([bytes.subarray(0, HEAD_BYTES), b!, a!, bytes.subarray(HEAD_BYTES + 2 * PIECE)]);
      },
    ],
    ...[0, 30, HEAD_BYTES, HEAD_BYTES + PIECE + 5].map((at): [string, (bytes: Buffer) => Uint8Array] => [
      `changed at byte ${at}`,
      (bytes) => bytes.fill(bytes[at]! ^ 1, at, at + 1),
    ]),
  ];
  // One backup for all: a passphrase costs what it is meant to cost
  let whole: Buffer | undefined;
  const wholeOne = async (): Promise<Buffer> => {
    if (whole === undefined) {
      await backUp();
      whole = await readFile(file);
    }
    return Buffer.from(whole);
  };
  test.each(DAMAGES)('what is %s', async (_what, damage) => {
    await writeFile(file, damage(await wholeOne()));
    await expect(putBack()).rejects.toMatchObject(refused);
  });

  test('another passphrase', async () => {
    await writeFile(file, await wholeOne());
    await expect(putBack('wrong horse battery')).rejects.toMatchObject(refused);
  });

  test('what is not there', async () => {
    await expect(putBack()).rejects.toMatchObject({ code: 'not_found', message: `no such file: ${file}` });
  });
  test('what is no backup, before anybody is asked for a passphrase', async () => {
    for (const text of ['', 'ncryptsec1abc\n', 'entangle-host-backup/2 ncryptsec1abc\n', 'x'.repeat(MIB)]) {
      await writeFile(file, text);
      const asked = async () => {
        throw new Error('asked');
      };
      await expect(putEntries(root, readBackup(file, asked)).finally(() => clear())).rejects.toMatchObject(
        refused,
      );
    }
  });
  const clear = async () => {
    for (const below of ['ledger', 'blobs']) await rm(join(root, below), { recursive: true });
  };

  test.each([
    ['what a home does not have', 'host.pem', utf8('a')],
    ['what lies elsewhere', 'ledger/../../x', utf8('a')],
    ['a blob under another digest', `blobs/${'ab'.repeat(32)}`, utf8('a')],
    ['a key of another length', 'key/host', utf8('a')],
  ])('%s', async (_what, name, bytes) => {
    await writeBackup(options(file), of([name, bytes]));
    await expect(putBack()).rejects.toMatchObject(refused);
    expect(await filesIn(root)).not.toContain('x');
  });

  test('the same file twice', async () => {
    await writeBackup(options(file), of(['config.yaml', utf8('a')], ['config.yaml', utf8('b')]));
    await expect(putBack()).rejects.toMatchObject({ code: 'EEXIST' });
  });
});
