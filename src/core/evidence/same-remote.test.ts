/** Which addresses are of one repository. */
import { expect, test } from 'vitest';
import { sameRemote } from './same-remote.ts';

test.each([
  ['https://example.org/a/app.git', 'git@example.org:a/app.git', true],
  ['https://example.org/a/app', 'ssh://git@EXAMPLE.org:22/a/app.git/', true],
  ['/srv/app.git', 'file:///srv/app.git', true],
  ['https://example.org/a/app.git', 'https://example.org/b/app.git', false],
  ['https://example.org/a/app.git', 'https://example.com/a/app.git', false],
  ['https://example.org/a/app.git', 'https://example.org:444/a/app.git', false],
  ['https://example.org/a/app.git', 'file:///a/app.git', false],
  ['ext::sh', 'ext::sh', true],
  ['ext::sh', 'ext::other', false],
])('%s and %s: %s', (one, two, same) => {
  expect([sameRemote(one, two), sameRemote(two, one)]).toEqual([same, same]);
});
