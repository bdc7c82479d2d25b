/** Lines of a serving process: which are written, and how. */
import { expect, test } from 'vitest';
import { captured } from '../../../test/support/captured.ts';
import { LOG_LEVELS } from '../../core/vocabulary.ts';
import { stderrLog } from './logging.ts';

const written = (given: Parameters<typeof stderrLog>[0], text = 'what is said'): string[] =>
  captured(() => {
    const log = stderrLog(given);
    for (const level of LOG_LEVELS) log(level, text);
  })
    .split('\n')
    .slice(0, -1);
const levels = (given: Parameters<typeof stderrLog>[0]) => written(given).map((line) => line.split(' ')[1]);

test('what is worse than the level that is wanted is written, and that level', () => {
  expect(levels({ quiet: false })).toEqual(['info', 'warning', 'error']);
  expect(levels({ quiet: true })).toEqual(['warning', 'error']);
  expect(levels({ quiet: true, 'log-level': 'info' })).toEqual(['info', 'warning', 'error']);
  expect(levels({ quiet: false, 'log-level': 'error' })).toEqual(['error']);
});

test('as text it is one harmless line, with the time first', () => {
  const [line, ...rest] = written({ quiet: false, 'log-level': 'error' }, 'a\u001b[2J\nb');
  expect([line!.replace(/^\S+ /, ''), rest]).toEqual(['error a\\x1b[2J\\x0ab', []]);
  expect(Date.parse(line!.split(' ')[0]!)).toBeGreaterThan(0);
});

test('as JSON it is one value a line, to the letter, and nothing that a terminal obeys', () => {
  const text = 'a\u001b[2J\nb "c" \u202e';
  const [line, ...rest] = written({ quiet: false, 'log-format': 'json', 'log-level': 'error' }, text);
  expect(rest).toEqual([]);
  expect(line).not.toMatch(/[\u001b\u202e]/);
  expect(JSON.parse(line!)).toEqual({ time: expect.stringMatching(/Z$/), level: 'error', msg: text });
});
