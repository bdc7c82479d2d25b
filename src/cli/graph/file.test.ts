/** A graph file that cannot be used. */
import { expect, test } from 'vitest';
import { ACME } from '../../../test/graphs/acme.ts';
import { requireGraph } from './file.ts';

test('each problem that is listed is counted: an error, and what only warns', () => {
  const read = (text: string) => () => requireGraph(text, 'acme.yaml', false);
  const warned = ACME.replace('by: [alice, bob], quorum: 2', 'by: []');
  const wrong = warned.replace('2/minute', '2/fortnight');
  expect(read(wrong)).toThrow(expect.objectContaining({ message: 'acme.yaml has 1 error and 1 warning' }));
  expect(read(ACME.replace('2/minute', '2/fortnight'))).toThrow('acme.yaml has 1 error');
});
