import { expect, test } from 'vitest';
import * as z from 'zod';
import { once } from '../encoding/once.ts';
import { operation } from './operation.ts';

test('what a row answers is described when it is first asked for, and once', () => {
  let made = 0;
  const view = once(() => {
    made += 1;
    return z.object({ made: z.int() });
  });
  const row = operation({ method: 'GET', path: '/v1/x', role: 'viewer', output: view, doc: 'X.' });
  expect(made).toBe(0);
  expect(row.output).toBe(row.output);
  expect(made).toBe(1);
  expect(row.body).toBe(row.query);
  expect(row.body.safeParse({ more: 1 }).success).toBe(false);
});
