/** T152 The key of the log: one signs at a time, by the word of the ledger; what it signed stays good, and nothing that comes later. */
import { expect, test } from 'vitest';
import { memoryKeyStore } from '../../../test/sim/memory-machine.ts';
import { startSingleHost } from '../../../test/sim/single-host.ts';
import { sha256 } from '../../../test/support/ledger-events.ts';
import { logPublicKey } from '../../core/crypto/ed25519.ts';
import { toHex } from '../../core/encoding/bytes.ts';
import { createCheckpointCheck } from '../../core/ledger/checkpoint-check.ts';
import type { Line } from '../../core/ledger/line.ts';
import { checkpointNow } from './checkpoints.ts';
import { logKeyOf, rotateLogKey, toldRotations } from './log-key.ts';

const OLD = new Uint8Array(32).fill(7);
const publicOf = (key: Uint8Array) => toHex(logPublicKey(key));
const typeOf = ({ event }: Line) => event.tags.find(([tag]) => tag === 'type')?.[1];

const begin = async () => {
  const one = await startSingleHost();
  const { home } = one;
  const store = new Map([
    ['host', new Uint8Array(32).fill(3)],
    ['log', OLD],
  ]);
  const keys = memoryKeyStore(store);
  const finish = <T>(work: Promise<T>) => one.time.finish('it', work);
  const signed = (logKey: Uint8Array) =>
    finish(checkpointNow({ home, logKey, checkpointing: Promise.resolve() }));
  const rotate = () => finish(rotateLogKey(home, keys, home.random));
  const signs = (of = keys) => finish(logKeyOf(home, of, home.random));
  const invite = (name: string) =>
    one.client({ method: 'POST', path: '/v1/invites', body: { role: 'runner', name, expiresMs: 60_000 } });
  const { lines } = home.disk;
  const check = (witness: string | null = null, all: readonly Line[] = lines) => {
    const checking = createCheckpointCheck(sha256, witness);
    for (const line of all) checking.see(line);
    return checking.end();
  };
  const types = () => lines.map(typeOf);
  return { one, home, store, keys, signed, rotate, signs, invite, check, lines, types, finish };
};

test('a Host makes it when it first serves, and has the same from then on', async () => {
  const { home, finish } = await begin();
  const store = new Map<string, Uint8Array>();
  const made = await finish(logKeyOf(home, memoryKeyStore(store), home.random));
  expect([made.length, [...store.keys()]]).toEqual([32, ['log']]);
  expect(await finish(logKeyOf(home, memoryKeyStore(store), home.random))).toEqual(made);
  expect(await finish(logKeyOf(home, memoryKeyStore(new Map()), home.random))).not.toEqual(made);
});

test('the old one signs a last head, a record names the new one, and that one goes on', async () => {
  const { rotate, signs, check, lines, types, store, invite, signed, home, finish } = await begin();
  await invite('r1');
  const kept = (await signed(OLD))!.note.join('\n');
  await invite('r2');
  const { from, to, size } = await rotate();
  expect(from).toBe(publicOf(OLD));
  const names = [...store.keys()].filter((name) => name.startsWith('log'));
  expect(names).toEqual([`log-${to.slice(0, 16)}`]);
  expect(publicOf(await signs())).toBe(to);
  expect(types().slice(-3)).toEqual(['checkpoint', 'log.rotated', 'checkpoint']);
  const heads = lines
    .filter((line) => typeOf(line) === 'checkpoint')
    .map(({ event }) => JSON.parse(event.content));
  expect(heads.map(({ log }) => log)).toEqual([from, from, to]);
  // The last head of the old one is of all that was there, and the first of the new one has the record in it
  expect([heads[1].size, heads[2].size]).toEqual([size, size + 2]);
  expect([check(), check(kept)]).toEqual([3, 3]);
  expect((await finish(toldRotations(home))).map(({ content }) => JSON.parse(content).to)).toEqual([to]);
  const again = await rotate();
  // Of nothing new the last head is the one that is there
  expect([again.from, check(kept)]).toEqual([to, 4]);
});

test('killed at each step, exactly one key is left, and it is the one that the ledger names', async () => {
  // Before the record: a key that was never named is gone at the next start
  const before = await begin();
  await before.invite('r1');
  await before.signed(OLD);
  before.store.set('log-00112233445566ff', new Uint8Array(32).fill(9));
  expect(await before.signs()).toEqual(OLD);
  expect([...before.store.keys()]).toEqual(['host', 'log']);
  // After it: the old one was not removed yet
  const after = await begin();
  await after.invite('r1');
  const { to } = await after.rotate();
  after.store.set('log', OLD);
  expect(publicOf(await after.signs())).toBe(to);
  expect([...after.store.keys()]).toEqual(['host', `log-${to.slice(0, 16)}`]);
  // Each call of the key store is the last one of a process
  for (const dies of ['create', 'remove'] as const) {
    const one = await begin();
    await one.invite('r1');
    const killed = { ...one.keys, [dies]: () => Promise.reject(new Error('killed')) };
    await expect(one.finish(rotateLogKey(one.home, killed, one.home.random))).rejects.toThrow('killed');
    const isNamed = one.types().includes('log.rotated');
    expect(isNamed).toBe(dies === 'remove');
    expect(publicOf(await one.signs()) === publicOf(OLD)).toBe(!isNamed);
    expect([...one.store.keys()].filter((name) => name.startsWith('log'))).toHaveLength(1);
    await one.signed(await one.signs());
    expect(one.check()).toBeGreaterThan(0);
  }
});

test('a key that was lost is replaced, and that is on record', async () => {
  const { invite, signed, signs, store, types, check } = await begin();
  await invite('r1');
  await signed(OLD);
  store.delete('log');
  const key = await signs();
  expect(types().at(-1)).toBe('log.rotated');
  await signed(key);
  expect([publicOf(key) === publicOf(OLD), check()]).toEqual([false, 2]);
});

test('a Host that has signed nothing has no key to replace', async () => {
  const { home, keys } = await begin();
  const empty = { ...home, ledger: { ...home.ledger, head: { n: 0, chain: '' } } };
  await expect(rotateLogKey(empty, keys, home.random)).rejects.toMatchObject({ code: 'not_found' });
});

test('what the old one signs after that is found in the ledger, each by its own words', async () => {
  const { invite, rotate, signed, check, lines, one } = await begin();
  await invite('r1');
  const first = await signed(OLD);
  await invite('r0');
  await rotate();
  const good = lines.slice();
  await invite('r2');
  const late = await signed(OLD);
  expect(() => check()).toThrow(/signed by a key of the log that line \d+ replaced/);
  // Kept by somebody, of a ledger that has it not
  const honest = [...good];
  expect(() => check(late!.note.join('\n'), honest)).toThrow(/was replaced after \d+ lines/);
  // One that no record named
  const other = await begin();
  await other.invite('r1');
  await other.rotate();
  await other.invite('r2');
  await other.signed(new Uint8Array(32).fill(9));
  expect(() => other.check()).toThrow(/that its Host never named/);
  // A statement of a commit
  const host = one.actors.host;
  const stated = (log: string) => ({
    ...lines[0]!,
    dir: 'out' as const,
    event: one.world.compose({
      ...{ type: 'evidence.statement', from: 'host', to: 'runner', re: 'ab'.repeat(32) },
      body: {
        ...{
          session: '00000000-0000-4000-8000-000000000001',
          approval: '00000000-0000-4000-8000-000000000002',
        },
        statement: { payload: 'AA==', log, sig: 'AA==' },
      },
    }),
  });
  expect(host.pubkey).toBe(one.home.self.pubkey);
  expect(() => check(null, [...good, stated(publicOf(OLD))])).toThrow(/statement of a commit .* replaced/);
  // A proof of one, by a head that it signed then, and by its last one
  const proved = (notes: readonly string[]) => ({
    ...lines[0]!,
    dir: 'out' as const,
    event: one.world.compose({
      ...{ type: 'evidence.logged', from: 'host', to: 'runner', re: 'ab'.repeat(32) },
      body: {
        ...{ session: '00000000-0000-4000-8000-000000000001' },
        ...{ approval: '00000000-0000-4000-8000-000000000002' },
        proof: `c2sp.org/tlog-proof@v1\n\n${notes.join('\n')}`,
      },
    }),
  });
  expect(() => check(null, [...good, proved(late!.note)])).toThrow(/proof of a statement .* replaced/);
  expect(check(null, [...good, proved(first!.note)])).toBe(3);
  // Pruned, it says nothing of it
  const pruned = stated(publicOf(OLD));
  const emptied = { ...pruned, event: { ...pruned.event, content: '' } };
  expect(check(null, [...good, emptied])).toBe(3);
});

test('a record that does not follow from the checkpoint before it is a fault', async () => {
  const { invite, rotate, check, lines } = await begin();
  await invite('r1');
  const { from } = await rotate();
  const changed = (change: object) =>
    lines.map((line) => {
      if (typeOf(line) !== 'log.rotated') return line;
      const content = JSON.stringify({ ...JSON.parse(line.event.content), ...change });
      return { ...line, event: { ...line.event, content } };
    });
  for (const change of [{ size: 1 }, { root: '00'.repeat(32) }, { from: 'ab'.repeat(32) }, { to: from }])
    expect(() => check(null, changed(change))).toThrow(/does not follow/);
  expect(() => check(null, changed({ more: 1 }))).toThrow(/cannot be read/);
});
