/** T123: what is refused for good leaves the mailbox at once, what may be welcome later stays in bounds. */
import { describe, expect, test } from 'vitest';
import { createMemoryHome, seededRandom } from '../../../test/sim/memory-home.ts';
import { virtualClock } from '../../../test/sim/virtual-clock.ts';
import { createRefusedWraps } from './refused-wraps.ts';

const DAY_MS = 24 * 3600_000;
const refusing = () => {
  const time = virtualClock();
  const random = seededRandom('refused wraps');
  const home = createMemoryHome({ kind: 'user', name: 'alice', clock: time.clock, random });
  const known = new Set<string>();
  const gone: string[] = [];
  const refused = createRefusedWraps(
    home,
    (signer, me) => known.has(`${signer} ${me}`),
    (me, id) => gone.push(`${me} ${id}`),
  );
  /** A wrap named by its text. */
  const refuse = (reason: string, signer: string | null, id: string, { me = 'me', text = id } = {}) =>
    refused.note(reason, { id, me, signer }, text);
  const know = (...signers: string[]) => {
    for (const signer of signers) known.add(`${signer} me`);
  };
  const remembered = () =>
    home.tables
      .list('refused')
      .map(({ id }) => id)
      .sort();
  return { home, time, refused, refuse, know, gone, remembered };
};
const named = (name: string, count: number) => Array.from({ length: count }, (_, n) => `${name} ${n}`);
const ofMe = (ids: string[]) => ids.map((id) => `me ${id}`);

describe('refused for good', () => {
  test('it is not needed any more, whoever says that it is theirs, and known again', () => {
    const { refuse, know, gone, remembered, refused } = refusing();
    know('friend');
    refuse('malformed', null, 'junk');
    refuse('seal_signature', 'stranger', 'forged', { me: 'node' });
    refuse('not_asked', 'friend', 'answer');
    expect(gone).toEqual(['me junk', 'node forged', 'me answer']);
    expect(remembered()).toEqual(['answer', 'forged', 'junk']);
    know('stranger');
    expect(refused.takeKnown()).toEqual([]);
  });
  test('it is what nobody signed for, and what was kept until more was known of it', () => {
    const { refuse, know, gone, refused } = refusing();
    refuse('unknown_signer', null, 'of nobody');
    refuse('unknown_signer', 'stranger', 'early');
    expect(gone).toEqual(['me of nobody']);
    refuse('malformed', 'stranger', 'early');
    expect(gone).toEqual(['me of nobody', 'me early']);
    know('stranger');
    expect(refused.takeKnown()).toEqual([]);
  });
  test('it is known again for three days, and no more are than five thousand', async () => {
    const { home, time, refuse, gone, remembered } = refusing();
    const at = Math.floor(home.clock.now() / 1000);
    for (const id of named('wrap', 4999)) home.tables.put('refused', { id, at });
    for (const id of ['the last', 'one more']) refuse('malformed', null, id);
    expect(gone).toEqual(ofMe(['the last', 'one more']));
    expect(remembered()).toContain('the last');
    expect(remembered()).toHaveLength(5000);
    await time.pass(3 * DAY_MS);
    refuse('malformed', null, 'on the third day');
    expect(remembered()).toHaveLength(5000);
    await time.pass(1000);
    refuse('malformed', null, 'after it');
    expect(remembered()).toHaveLength(4999);
    expect(remembered()).toContain('after it');
  });
});

describe('refused for now', () => {
  test('it stays, a stranger’s to be given back once when its signer is known to the key it was for', () => {
    const { refuse, know, refused, gone, remembered } = refusing();
    refuse('unknown_signer', 'signer', 'for another', { me: 'another' });
    refuse('unknown_signer', 'signer', 'for me', { text: 'all of it' });
    expect(refused.takeKnown()).toEqual([]);
    know('signer');
    expect(refused.takeKnown()).toEqual(['all of it']);
    expect(refused.takeKnown()).toEqual([]);
    expect([gone, remembered()]).toEqual([[], []]);
  });
  test('it stays, one of a known signer until it comes again', () => {
    const { refuse, know, refused, gone } = refusing();
    know('friend');
    refuse('no_edge', 'friend', 'early');
    expect(refused.takeKnown()).toEqual([]);
    expect(gone).toEqual([]);
  });
  test('the oldest of one signer goes when there are more than sixteen', () => {
    const { refuse, know, refused, gone, remembered } = refusing();
    refuse('unknown_signer', 'other', 'first');
    for (const id of named('wrap', 18)) refuse('unknown_signer', 'signer', id);
    expect(gone).toEqual(ofMe(['wrap 0', 'wrap 1']));
    expect(remembered()).toEqual(['wrap 0', 'wrap 1']);
    know('signer', 'other');
    expect(refused.takeKnown()).toEqual(['first', ...named('wrap', 18).slice(2)]);
  });
  test('the oldest of all strangers go when there is no room, and none of a signer that is known', () => {
    const { refuse, know, gone } = refusing();
    know('friend');
    for (const id of named('friendly', 16)) refuse('no_edge', 'friend', id);
    for (const id of named('wrap', 130)) refuse('unknown_signer', `signer of ${id}`, id);
    expect(gone).toEqual(ofMe(['wrap 0', 'wrap 1']));
    refuse('no_edge', 'friend', 'one more');
    expect(gone.at(-1)).toBe('me friendly 0');
  });
  test('strangers’ texts have two megabytes', () => {
    const { refuse, gone } = refusing();
    const text = 'x'.repeat(64 * 1024);
    for (const id of named('wrap', 32)) refuse('unknown_signer', `signer of ${id}`, id, { text });
    expect(gone).toEqual([]);
    refuse('unknown_signer', 'small', 'small');
    expect(gone).toEqual(['me wrap 0']);
    refuse('unknown_signer', 'big', 'big', { text });
    expect(gone).toEqual(['me wrap 0', 'me wrap 1']);
  });
  test('one that comes again and again takes its room once', () => {
    const { refuse, know, gone } = refusing();
    know('friend');
    const text = 'x'.repeat(1024 ** 2);
    for (let n = 0; n < 20; n++) {
      refuse('unknown_signer', 'stranger', 'strange', { text });
      refuse('no_edge', 'friend', 'friendly', { text });
    }
    expect(gone).toEqual([]);
  });
  test('of known signers there are 1,024, and the same one again takes no new place', () => {
    const { refuse, know, gone, refused } = refusing();
    const ids = named('wrap', 1024);
    know(...ids.map((id) => `signer of ${id}`), 'late');
    for (const id of [...ids, ...ids]) refuse('no_edge', `signer of ${id}`, id);
    expect(gone).toEqual([]);
    refused.forget('wrap 7');
    refuse('no_edge', 'late', 'in its place');
    expect(gone).toEqual([]);
    refuse('no_edge', 'late', 'one more');
    expect(gone).toEqual(['me wrap 0']);
  });
});
