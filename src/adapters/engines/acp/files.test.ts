/** The part of a file that an agent asks for, by its lines. */
import { expect, test, vi } from 'vitest';
import { partOfText } from './files.ts';

test.each([
  ['all of it', 'a\nb\n', null, null, 'a\nb\n'],
  ['from its first line, however that is counted', 'a\nb\n', 0, 1, 'a\n'],
  ['from a later line', 'a\r\nb\n\nc', 2, undefined, 'b\n\nc'],
  ['some lines of it', 'a\n\nb\nc\n', 2, 2, '\nb\n'],
  ['a last line without an end', 'a\nb', 2, 9, 'b'],
  ['nothing behind its end', 'a\nb\n', 3, 1, ''],
  ['nothing of nothing', '', 1, 1, ''],
  ['no line', 'a\nb\n', 1, 0, ''],
] as const)('%s', (_, text, line, limit, part) => {
  expect(partOfText(text, line, limit)).toBe(part);
});

test('no list of its lines is made: of megabytes that would hold up the runner at each request', () => {
  const lists = vi.spyOn(String.prototype, 'split');
  expect(partOfText('\n'.repeat(100), 50, 1)).toBe('\n');
  const made = lists.mock.calls.length;
  lists.mockRestore();
  expect(made).toBe(0);
});
