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
    ['/srv/R&D/', 'file', null, '/srv/R&D', 'file:///srv/R%26D'],
    ['/srv/repo(1)', 'file', null, '/srv/repo(1)', 'file:///srv/repo%281%29'],
    ["/srv/it's", 'file', null, "/srv/it's", 'file:///srv/it%27s'],
    ['/srv/c#proj?', 'file', null, '/srv/c#proj?', 'file:///srv/c%23proj%3F'],
    ['/home/Zoë Müller/a', 'file', null, '/home/Zoë Müller/a', 'file:///home/Zo%C3%AB%20M%C3%BCller/a'],
    ['/srv/100%41/-x', 'file', null, '/srv/100%41/-x', 'file:///srv/100%2541/-x'],
    ['/srv/a\\b', 'file', null, '/srv/a\\b', 'file:///srv/a%5Cb'],
    ['/srv/a*//', 'file', null, '/srv/a*', 'file:///srv/a%2A'],
    ['https://example.com/a%20b//', 'https', 'example.com', '/a%20b', 'https://example.com/a%20b'],
    ['https://example.com/file:x-', 'https', 'example.com', '/file:x-', 'https://example.com/file:x-'],
    ['file:///srv/R&D', 'file', null, '/srv/R&D', 'file:///srv/R%26D'],
    [
      'https://acme@dev.azure.com/a/_git/r',
      'https',
      'dev.azure.com',
      '/a/_git/r',
      'https://dev.azure.com/a/_git/r',
    ],
    ['git@my_host:o/r', 'ssh', 'my_host', '/o/r', 'git@my_host:o/r'],
    ['git@[::1]:o/r', 'ssh', '[::1]', '/o/r', 'git@[::1]:o/r'],
    ['github.com:acme/app', 'ssh', 'github.com', '/acme/app', 'github.com:acme/app'],
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
    'https://ghp_0123456789abcdefghijABCDEFGHIJ012345@example.com/r',
    'https://glpat-0123456789abcdefghij@example.com/r',
    'https://0123456789abcdef0123456789abcdef01234567@example.com/r',
    'file:///srv/a%2f..%2fb',
    'file:///srv/%2e%2e/b',
    'file:///srv/a%00b',
    'file:///srv/a%ff',
    'file:///srv/a%4',
    'file:///srv/a?b',
    'file:file:///srv/r',
    '/srv//r',
    '/srv/./r',
    '/srv/a\nb',
    '/srv/../b',
    'a::b',
    '[::1]::x',
    'ssh://git:pw@example.com/r',
    'ssh://-oProxyCommand=x/r',
    'ssh://git@-oProxyCommand=x/r',
    'git@-oProxyCommand=x:r',
    '-x@example.com:r',
    'git@example.com:-r',
    'git@example.com:../r',
    'https://example.com/o/../r',
    'https://example.com/o/%2e%2e/r',
    'https://example.com/o//r',
    'https://example.com/./r',
    'https://example.com/r%0a',
    'https://example.com/o%2Fr',
    'https://example.com/o%5cr',
    'https://example.com/r%7F',
    'https://example.com/r%4g',
    'https://example.com/r%zz',
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
    `https://example.com/${'a'.repeat(2029)}`,
  ])('refuses %j', (url) => {
    expect(() => parseRemote(url)).toThrow(/remote address/);
  });
  test('takes one that is as long as may be', () => {
    const url = `https://example.com/${'a'.repeat(2028)}`;
    expect(parseRemote(url).url).toBe(url);
  });

  test.each([
    ['', /empty or too long/],
    ['-x@example.com:r', /starts with "-"/],
    ['https://user:pw@example.com/r', /user or password/],
    ['http://example.com/r', /not encrypted/],
    ['git://example.com/r', /not encrypted/],
    ['_https://user@example.com/r', /not https, ssh or file/],
    ['svn+http://example.com/r', /not https, ssh or file/],
    ['ext::sh', /not https, ssh or file/],
    ['/', /names no repository/],
    ['https://example.com//', /names no repository/],
    ['file:///srv/../b', /empty or dot segment/],
    ['file:///srv/a%ff', /UTF-8/],
  ])('says what is wrong with %j', (url, words) => {
    expect(() => parseRemote(url)).toThrow(words);
  });
});

test('what is refused says what can be used; a long name is told by its beginning', () => {
  expect(() => parseRemote('x')).toThrow(
    expect.objectContaining({ hint: expect.stringContaining('https://host/path') }),
  );
  const name = 'ab'.repeat(101);
  expect(() => checkBranch(name)).toThrow(
    expect.objectContaining({
      message: `the branch name "${'ab'.repeat(50)}" cannot be used: it is empty or too long`,
      hint: expect.stringContaining('git check-ref-format --branch'),
    }),
  );
});

describe('checkBranch', () => {
  test.each([
    'main',
    'entangle/task-1',
    'v1.2',
    'a@b',
    'feat/x#1',
    'feature/über',
    'wörk/ümlaut',
    'fix(ui)',
    'a/-b',
    "it's",
    '日本',
    'a&b;c|d$e`f"g<h>',
    '@a',
    'a@',
    'HEADS',
    'a/HEAD',
    'a/refs/b',
    `x${'b'.repeat(40)}`,
    `${'b'.repeat(40)}x`,
    'x'.repeat(64),
    'b'.repeat(63),
    'b'.repeat(200),
    'b',
    'ü'.repeat(120),
  ])('%s', (name) => {
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
    '@',
    'a\\b',
    'a[b',
    'a\u0085b',
    'a\ufffd',
    'ü'.repeat(121),
    'b'.repeat(40),
    'b'.repeat(64),
    'b'.repeat(201),
  ])('refuses %j', (name) => {
    expect(() => checkBranch(name)).toThrow(/branch name/);
  });
});

test('checkCommit', () => {
  for (const id of ['a'.repeat(40), 'a'.repeat(64)]) expect(checkCommit(id)).toBe(id);
  const [short, long] = ['a'.repeat(39), 'a'.repeat(63)];
  for (const id of ['', 'HEAD', 'A'.repeat(40), short, long, `${short}a\n`, `-${short}a`]) {
    expect(() => checkCommit(id)).toThrow(/commit id/);
  }
});
