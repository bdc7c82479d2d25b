/** The command by which one of two homes of a Host goes on: it names the home, and the Host in it. */
import { expect, test } from 'vitest';
import { takeOverOf } from './take-over.ts';

test.each([
  ['/srv/op/host/default', 'entangle host serve --take-over --home /srv/op'],
  ['/srv/op/host/acme', 'entangle host serve --take-over --host acme --home /srv/op'],
  ['/srv/my op/host/default', "entangle host serve --take-over --home '/srv/my op'"],
])('of %s', (directory, command) => {
  expect(takeOverOf(directory)).toBe(command);
});
