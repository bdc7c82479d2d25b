import { expect, test } from 'vitest';
import { beforeOptions } from './global-words.ts';

test.each([
  ['', ''],
  ['host operator', 'host operator'],
  ['--json host operator', 'host operator'],
  ['host --json operator', 'host operator'],
  ['-q --home DIR user inbox', 'user inbox'],
  ['host operator --home DIR', 'host operator'],
  ['host --home=DIR operator', 'host operator'],
  ['host operator --role viewer', 'host operator'],
  ['-v user inbox', ''],
])('the words of "%s" are "%s"', (line, words) => {
  expect(beforeOptions(line.split(' ').filter(Boolean)).join(' ')).toBe(words);
});
