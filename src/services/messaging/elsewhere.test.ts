/** Whose acknowledgement shows that a key is used elsewhere too. */
import { expect, test } from 'vitest';
import { startSingleUser } from '../../../test/sim/single-user.ts';
import type { Name } from '../../../test/support/world.ts';
import { streamOf } from './send.ts';

const ELSEWHERE = '5e'.repeat(16);
const start = async () => {
  const alice = await startSingleUser();
  const hear = async (from: Name, stream: string): Promise<number> => {
    await alice.hear({ type: 'ack', from, to: 'user', body: { stream, high: 1, top: 1, missing: [] } });
    return alice.logged.filter((line) => line.includes('speaks from another home too')).length;
  };
  return { alice, hear };
};

test.each<Name>(['host', 'node'])('the word of a %s about another stream is told, once', async (from) => {
  const { alice, hear } = await start();
  expect(await hear(from, streamOf(alice.home, alice.home.self.pubkey))).toBe(0);
  expect(await hear(from, ELSEWHERE)).toBe(1);
  expect(await hear(from, ELSEWHERE)).toBe(1);
});

test('the word of another person is not', async () => {
  const { alice, hear } = await start();
  const { tables, self } = alice.home;
  const [peer] = tables.list('peers', { owner: self.pubkey });
  tables.put('peers', { ...peer!, name: 'bob', kind: 'user', pubkey: alice.actors.bob.pubkey });
  expect(await hear('bob', ELSEWHERE)).toBe(0);
});
