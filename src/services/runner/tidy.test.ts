/** What of sessions may go on demand: nothing of one that lives, nothing of a stranger, nothing too soon. */
import { expect, test } from 'vitest';
import { startReadyRunner } from '../../../test/sim/single-runner.ts';
import { uuidOf } from '../../../test/support/world.ts';
import { KEPT_WORK, TIDY_BESIDE_MS } from '../../core/bounds.ts';
import { isStoreOld, oldPlace, type TidyTerms } from './tidy.ts';

const S = uuidOf(0xe1);
const OTHER = uuidOf(0xe2);
const DAY = 86_400_000;
const terms = (now: number, more: Partial<TidyTerms> = {}): TidyTerms => ({
  now,
  olderMs: DAY,
  isServed: false,
  ...more,
});

test('T179 of a session that goes on nothing goes, however old it is; when it was over long enough, it does', async () => {
  const one = await startReadyRunner();
  await one.request(S);
  await one.reach(S, 'waiting_approval');
  const stays = (path: string, at: TidyTerms) => oldPlace(one.home.tables, path, at).stays;
  const late = one.home.clock.now() + 100 * DAY;
  for (const path of [`/t/${S}-1`, `/t/agent-${S}-1-2`]) expect(stays(path, terms(late))).toBe('open');
  await one.time.pass(5_000);
  await one.decide(S, 'user');
  await one.time.until('the end', () => one.session(S)?.open === 0, 30_000);
  const over = one.home.clock.now();
  // It was asked for a moment ago: what counts is when it was over
  expect(stays(`/t/${S}-1`, terms(over, { olderMs: 3_000 }))).toBe('recent');
  expect(stays(`/t/${S}-1`, terms(over + DAY))).toBe(null);
  expect(stays(`/t/agent-${S}-1-2`, terms(over + DAY))).toBe(null);
  // Beside who serves, a turn may still be ending
  const beside = { olderMs: 0, isServed: true };
  expect(stays(`/t/${S}-1`, terms(over + TIDY_BESIDE_MS / 2, beside))).toBe('recent');
  expect(stays(`/t/${S}-1`, terms(over + TIDY_BESIDE_MS, beside))).toBe(null);
  expect(stays(`/t/${S}-1`, terms(over + TIDY_BESIDE_MS / 2, { olderMs: 0 }))).toBe(null);
});

test('what is named as no session here is somebody else’s', async () => {
  const one = await startReadyRunner();
  for (const name of [`${OTHER}-1`, `agent-${OTHER}-1-1`, 'notes', `${S}`, `x-${S}-1`])
    expect(oldPlace(one.home.tables, `/t/${name}`, terms(Number.MAX_SAFE_INTEGER)).stays).toBe('unknown');
  expect(oldPlace(one.home.tables, `/t/agent-${OTHER}-1-1`, terms(0))).toMatchObject({
    ...{ what: 'agent', session: OTHER },
  });
});

test('a store is old when nothing used it for two weeks, whatever less is asked for', () => {
  const now = 100 * DAY;
  const two = KEPT_WORK.seconds * 1000;
  expect([isStoreOld(now - two, terms(now)), isStoreOld(now - two + 1, terms(now))]).toEqual([true, false]);
  expect(isStoreOld(now - two, terms(now, { olderMs: two + 1 }))).toBe(false);
});
