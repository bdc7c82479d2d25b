import { expect, test } from 'vitest';
import { count } from '../../encoding/schema.ts';
import { row } from './row.ts';

test('the schema of a body is made when it is first looked at, and once', () => {
  let made = 0;
  const some = row({
    signers: ['user'],
    to: ['node'],
    body: () => {
      made += 1;
      return { n: count };
    },
    doc: 'A row of the test.',
  });
  expect([some.signers, made]).toEqual([['user'], 0]);
  expect(some.body).toBe(some.body);
  expect([some.body.safeParse({ n: 1 }).success, made]).toEqual([false, 1]);
});
