/** T152 The file about log keys: what anybody may have written there, and what of it counts. */
import { expect, test } from 'vitest';
import { createWorld, NOW } from '../../../test/support/world.ts';
import type { SignedEvent } from '../nostr/event.ts';
import { composeRecord } from '../protocol/compose.ts';
import { mergeRotations, retiredIn } from './retired.ts';

const world = createWorld();
const { host, user } = world.actors;
const rotated = (from: string, { key = host.secretKey, at = NOW, type = 'log.rotated' as const } = {}) =>
  composeRecord(
    world.suite,
    type,
    { from: from.repeat(32), to: 'bb'.repeat(32), size: 7, root: 'cc'.repeat(32), until: at },
    { secretKey: key, graph: world.graph, createdAt: at, random: world.random },
  );
const text = (...events: (SignedEvent | string)[]) =>
  events.map((one) => (typeof one === 'string' ? one : JSON.stringify(one))).join('\n');
const read = (words: string) => retiredIn(world.suite, host.pubkey, words).map(({ log }) => log.slice(0, 2));

test('records of that Host count, and nothing else', () => {
  const good = rotated('aa');
  expect(retiredIn(world.suite, host.pubkey, text(good))).toEqual([
    { log: 'aa'.repeat(32), graph: world.graph, until: NOW, size: 7 },
  ]);
  const foreign = rotated('ee', { key: user.secretKey });
  const damaged = { ...rotated('dd'), content: good.content };
  const other = composeRecord(
    world.suite,
    'operator.revoked',
    { name: 'x', by: 'y' },
    { secretKey: host.secretKey, graph: world.graph, createdAt: NOW, random: world.random },
  );
  expect(read(text('', 'no JSON', '{}', foreign, damaged, other, good))).toEqual(['aa']);
});

test('two files come to one, whichever was first; what is none is left out', () => {
  const [first, second] = [rotated('aa', { at: NOW }), rotated('ab', { at: NOW + 1 })];
  const merged = (...texts: string[]) => mergeRotations(world.suite, host.pubkey, ...texts);
  const both = `${text(first, second)}\n`;
  expect(merged(text(first), text(second))).toBe(both);
  expect(merged(text(second, 'x'), text(first))).toBe(both);
  expect(merged(both, both)).toBe(both);
});
