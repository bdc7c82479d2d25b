/** What signs at a terminal, and what does not. */
import { expect, test } from 'vitest';
import { approvalOf } from '../../../test/support/screens.ts';
import { isSigned } from './sign.ts';

const view = {
  ...approvalOf(['t', 'p', 'c', 'b']),
  commit: 'c0'.repeat(20),
  subjectDigest: `sha256:7f3a${'1b'.repeat(30)}`,
};
const signs = (typed: string, asked: string[] = []) => {
  const line = async (question: string) => {
    asked.push(question);
    return typed;
  };
  return isSigned({ line }, view, 'look first');
};

test.each(['7f3a', '7F3A', '7f3a1b', 'sha256:7f3a', view.subjectDigest])('%j signs', async (typed) => {
  expect(await signs(typed)).toBe(true);
});
test.each(['', 'n', 'no', 'NO'])('%j cancels', async (typed) => {
  expect(await signs(typed)).toBe(false);
});
test.each([
  'y',
  'yes',
  '7',
  '7f3',
  '7f3b',
  'b'.repeat(1000),
  '7f3a7f3a',
  'sha256:',
  `${view.subjectDigest}0`,
])('%j signs nothing, and is no cancel either', async (typed) => {
  await expect(signs(typed)).rejects.toMatchObject({
    ...{ code: 'denied', message: expect.stringContaining('does not begin like that; nothing was signed') },
    hint: expect.stringContaining('7f3a'),
  });
});
test('the question names the commit and what to type', async () => {
  const asked: string[] = [];
  await signs('7f3a', asked);
  expect(asked).toEqual([expect.stringContaining(view.commit)]);
  expect(asked[0]).toContain('first 4 characters of its subject, 7f3a,');
});
