import { describe, expect, test } from 'vitest';
import { checkBranch, checkCommit, parseRemote } from './remote.ts';

describe('parseRemote', () => {
  test.each([
    ['https://Example.com/o/r.git', 'https', 'example.com', '/o/r.git', 'https://example.com/o/r.git'],
    ['https://example.com:443/o/r/', 'https', 'example.com', '/o/r', 'https://example.com/o/r'],
    ['https://example.com:8443/r', 'https', 'example.com:8443', '/r', 'https://example.com:8443/r'],
    ['ssh://git@example.com:22/o/r', 'ssh', 'example.com', '/o/r', 'ssh://git@example.com/o/r'],
    ['ssh://example.com/o/r', 'ssh', 'example.com', '/o/r', 'ssh://example.com/o/r'],
    ['git@Example.com:o/r.git', 'ssh', 'example.com', '/o/r.git', 'git@example.com:o/r.git'],
    ['git@example.com:/o/r.git', 'ssh', 'example.com', '/o/r.git', 'ssh://git@example.com/o/r.git'],
    ['file:///srv/git/r', 'file', null, '/srv/git/r', 'file:///srv/git/r'],
    ['/srv/git/r', 'file', null, '/srv/git/r', 'file:///srv/git/r'],
  ])('%s', (url, scheme, host, path, normal) => {
    expect(parseRemote(url)).toEqual({ scheme, host, path, url: normal });
    expect(parseRemote(normal)).toEqual({ scheme, host, path, url: normal });
  });

  test.each([
    '',
    '-oProxyCommand=touch /tmp/x',
    '--upload-pack=touch',
    'ext::sh -c touch% /tmp/x',
    'ext::sh',
    'fd::17',
    'git://example.com/r',
    'http://example.com/r',
    'https://user:pw@example.com/r',
    'https://user@example.com/r',
    'ssh://git:pw@example.com/r',
    'ssh://-oProxyCommand=x/r',
    'ssh://git@-oProxyCommand=x/r',
    'git@-oProxyCommand=x:r',
    '-x@example.com:r',
    'git@example.com:-r',
    'git@example.com:../r',
    'https://example.com/o/../r',
    'https://example.com/o/%2e%2e/r',
    'https://example.com/r\n',
    'https://example.com/r\0',
    'https://example.com/r?x',
    'https://example.com/r#x',
    'https://exämple.com/r',
    'file://host/r',
    'file:///../r',
    'relative/path',
    './r',
    'C:\\r',
    `https://example.com/${'a'.repeat(3000)}`,
  ])('refuses %j', (url) => {
    expect(() => parseRemote(url)).toThrow(/remote address/);
  });
});

describe('checkBranch', () => {
  test.each(['main', 'entangle/task-1', 'v1.2', 'a@b', 'feat/x#1'])('%s', (name) => {
    expect(checkBranch(name)).toBe(name);
  });
  test.each([
    '',
    '-x',
    '--upload-pack=x',
    'a..b',
    'a//b',
    '/a',
    'a/',
    '.a',
    'a/.b',
    'a.lock',
    'a.lock/b',
    'a.',
    'a@{1}',
    'HEAD',
    'refs/heads/a',
    'a b',
    'a:b',
    'a\nb',
    'a~1',
    'a^',
    'a*',
    'a/-b',
    'b'.repeat(40),
    'b'.repeat(201),
  ])('refuses %j', (name) => {
    expect(() => checkBranch(name)).toThrow(/branch name/);
  });
});

test('checkCommit', () => {
  expect(checkCommit('a'.repeat(40))).toBe('a'.repeat(40));
  for (const id of ['', 'HEAD', 'A'.repeat(40), 'a'.repeat(39), `${'a'.repeat(40)}\n`]) {
    expect(() => checkCommit(id)).toThrow(/commit id/);
  }
});
