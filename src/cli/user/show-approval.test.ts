/** What is put before a person's eyes ahead of a signature: all at once, or group by group. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { largeApproval } from '../../../test/support/large-change.ts';
import { approvalOf } from '../../../test/support/screens.ts';
import { systemClock } from '../../adapters/system/clock.ts';
import { showOnStderr } from './show-approval.ts';

let written = '';
beforeEach(() => {
  written = '';
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    written += text;
    return true;
  });
});
afterEach(() => vi.restoreAllMocks());

const groupsShown = (): number => written.match(/^=== group /gm)?.length ?? 0;

test('a change of few files is shown at once, and nothing is asked', async () => {
  await showOnStderr(approvalOf(['task', 'a.ts', 'x', 'main']), () => Promise.reject(new Error('asked')));
  expect(written).toContain('+++ b/a.ts');
});

test('T142 of many files each group is shown when the one before was seen, and the last before anything is signed', async () => {
  const asked: [question: string, groups: number][] = [];
  await showOnStderr(largeApproval(120), async (question) => {
    asked.push([question.trim(), groupsShown()]);
    return true;
  });
  const rest = 'Enter shows the next; anything else stops';
  expect(asked).toEqual([0, 1, 2].map((n) => [`${n} of 3 groups shown. ${rest}`, n]));
  expect(written).toMatch(/^60 files, \+60 -60 +a\/$/m);
  expect(written.indexOf('60 files, +60 -60  ')).toBeLessThan(written.indexOf('=== group 1 of 3: a/'));
  expect(written.indexOf('+++ b/pictures/z.png')).toBeGreaterThan(
    written.indexOf('=== group 3 of 3: pictures/'),
  );
  expect(written.indexOf('subject', written.indexOf('z.png'))).toBeGreaterThan(0);
});

test('T142 whoever stops at a group has seen no more, and is asked for no signature', async () => {
  let left = 2;
  const stopped = showOnStderr(largeApproval(120), async () => --left > 0);
  await expect(stopped).rejects.toMatchObject({ code: 'denied', message: 'cancelled; nothing was changed' });
  expect(groupsShown()).toBe(1);
});

/** Each look at the clock is a slice later: how often it rested before the first piece was written, and from then on. */
const restsOver = async (diff: string): Promise<{ before: number; after: number }> => {
  let [now, rests, before] = [0, 0, 0];
  vi.spyOn(systemClock, 'monotonic').mockImplementation(() => {
    now += 10;
    return now;
  });
  vi.spyOn(systemClock, 'sleep').mockImplementation(async () => {
    if (written === '') before += 1;
    rests += 1;
  });
  await showOnStderr({ ...approvalOf(['t', 'p', 'c', 'b']), diff }, async () => true);
  return { before, after: rests - before };
};

test('of a long change others go on while its lines are found, and after each five hundred that are shown', async () => {
  const { before, after } = await restsOver(Array(40_000).fill('+one').join('\n'));
  expect(written.split('+one')).toHaveLength(40_001);
  expect(before).toBeGreaterThanOrEqual(2 * (40_000 / 512));
  expect(after).toBeGreaterThanOrEqual(40_000 / 500);
});

test('of a long text others go on while it is made harmless', async () => {
  const words = 'word '.repeat(2_000_000);
  const { before } = await restsOver(`+${words}`);
  expect(before).toBeGreaterThanOrEqual(words.length / 65_536 - 1);
});
