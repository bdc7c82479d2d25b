/** A graph file that cannot be used. */
import { expect, test } from 'vitest';
import { ACME } from '../../../test/graphs/acme.ts';
import { requireGraph } from './file.ts';
import { requireTested } from './test.ts';

test('each problem that is listed is counted: an error, and what only warns', () => {
  const read = (text: string) => () => requireGraph(text, 'acme.yaml', false);
  const warned = ACME.replace('by: [alice, bob], quorum: 2', 'by: []');
  const wrong = warned.replace('2/minute', '2/fortnight');
  expect(read(wrong)).toThrow(expect.objectContaining({ message: 'acme.yaml has 1 error and 1 warning' }));
  expect(read(ACME.replace('2/minute', '2/fortnight'))).toThrow('acme.yaml has 1 error');
});

test('standard input is named as that, by problems and by failed tests', () => {
  const piped = (text: string) => requireGraph(text, '-', false);
  expect(() => piped(ACME.replace('2/minute', '2/fortnight'))).toThrow('stdin has 1 error');
  const failing = piped(ACME.replace(/ may_not /, ' may '));
  expect(() => requireTested(failing, '-', false)).toThrow(
    expect.objectContaining({
      message: 'stdin fails 1 of its own tests',
      details: [expect.stringMatching(/^stdin:\d+:\d+: failed: /)],
    }),
  );
});
