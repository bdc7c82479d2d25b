/** What a pack of another runner may cost the one that takes it. */
import { createHash } from 'node:crypto';
import { deflateSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Fixture, gitFixture } from '../../../test/support/git-fixtures.ts';
import { EntangleError } from '../../core/errors.ts';
import { unpackCommit } from './pack.ts';
import { runGit } from './run.ts';
import { openStore } from './store.ts';

let fixture: Fixture;
beforeEach(() => {
  fixture = gitFixture();
});
afterEach(() => fixture.remove());

const BLOB = 3;
const OFFSET_DELTA = 6;
const COPIED = 0xffffff;

/** A number in groups of seven bits, the lowest first. */
const varint = (value: number): number[] =>
  value < 128 ? [value] : [(value & 127) | 128, ...varint(Math.floor(value / 128))];
const header = (type: number, size: number): number[] => {
  const [low, rest] = [(type << 4) | (size & 15), size >> 4];
  return rest === 0 ? [low] : [low | 128, ...varint(rest)];
};
/** How far before it the base is, as an offset delta says it. */
const offset = (value: number): number[] => {
  const bytes = [value & 127];
  for (let left = value >> 7; left > 0; left >>= 7) bytes.unshift(128 | (--left & 127));
  return bytes;
};

/** A blob of zeros, and a delta that copies it so many times. */
const packOf = (copies: number): Buffer => {
  const base = Buffer.alloc(COPIED);
  const blob = Buffer.concat([Buffer.from(header(BLOB, base.length)), deflateSync(base)]);
  const copy = Buffer.from([0xf0, 255, 255, 255]);
  const sizes = Buffer.from([...varint(base.length), ...varint(copies * COPIED)]);
  const delta = Buffer.concat([sizes, ...Array.from({ length: copies }, () => copy)]);
  const told = Buffer.from([...header(OFFSET_DELTA, delta.length), ...offset(blob.length)]);
  const start = Buffer.from([...Buffer.from('PACK'), 0, 0, 0, 2, 0, 0, 0, 2]);
  const pack = Buffer.concat([start, blob, told, deflateSync(delta)]);
  return Buffer.concat([pack, createHash('sha1').update(pack).digest()]);
};

test('T82: a small pack that unfolds to an object of 256 MiB is refused for good', async () => {
  const { store } = fixture.repository;
  await openStore(store);
  await unpackCommit(store, packOf(2));
  const pack = packOf(16);
  expect(pack.length).toBeLessThan(20_000);
  await expect(unpackCommit(store, pack)).rejects.toMatchObject({ code: 'invalid' });
});

test('a git that takes too long ends with the error that it was given for that', async () => {
  const { store } = fixture.repository;
  await openStore(store);
  const late = new EntangleError('invalid', 'too long');
  const call = { store, verb: 'hash-object', args: ['--stdin'], input: Buffer.alloc(1 << 26), late } as const;
  await expect(runGit({ ...call, timeoutMs: 1 })).rejects.toBe(late);
});
