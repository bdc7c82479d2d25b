/** What is put before a person's eyes ahead of a signature: all at once, or group by group. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { largeApproval } from '../../../test/support/large-change.ts';
import { approvalOf } from '../../../test/support/screens.ts';
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
