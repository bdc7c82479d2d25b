import { expect, test } from 'vitest';
import { processorWords } from './processors.ts';

test('turns are said to give way only where something lets them', () => {
  expect(processorWords(null)).toContain('give way to nothing');
  expect(processorWords('/usr/bin/nice')).toContain('give way, as far');
});
