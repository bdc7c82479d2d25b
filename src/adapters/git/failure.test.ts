/** What git, curl and ssh say, as they say it: final where no later try can help, and told with its beginning and its end. */
import { describe, expect, test } from 'vitest';
import { gitFailed, isRedirect, movedTo, packRefused, wordsOf } from './failure.ts';

const codeOf = (stderr: string): string => gitFailed('fetch', { code: 128, stderr }).code;

test.each<[string, string]>([
  [
    'not_found',
    "fatal: '/nowhere' does not appear to be a git repository\nfatal: Could not read from remote repository.",
  ],
  ['not_found', "remote: Not Found\nfatal: repository 'https://example.org/a/b/' not found"],
  ['not_found', 'ERROR: Repository not found.\nfatal: Could not read from remote repository.'],
  ['not_found', "fatal: unable to access 'https://example.org/a/': The requested URL returned error: 404"],
  [
    'invalid',
    'error: object 05fa: gitmodulesUrl: disallowed submodule url: -u\nfatal: fsck error in packed object',
  ],
  ['invalid', 'fatal: mismatched algorithms: client sha1; server sha256'],
  ['invalid', "fatal: transport 'ext' not allowed"],
  ['invalid', 'fatal: remote error: could not fetch 12ab from promisor remote'],
  ['denied', "fatal: unable to access 'https://example.org/a/': The requested URL returned error: 403"],
  ['denied', "fatal: Authentication failed for 'https://example.org/a/'"],
  ['denied', "fatal: could not read Username for 'https://example.org': terminal prompts disabled"],
  [
    'denied',
    'git@example.org: Permission denied (publickey).\nfatal: Could not read from remote repository.',
  ],
  ['denied', 'Host key verification failed.\nfatal: Could not read from remote repository.'],
  ['denied', "fatal: detected dubious ownership in repository at '/srv/a/.git'"],
  ['denied', "fatal: unable to access 'https://a/': server certificate verification failed. CAfile: none"],
  ['denied', "fatal: unable to access 'https://a/': SSL certificate problem: self-signed certificate"],
  ['unavailable', "fatal: unable to access 'https://a/': Could not resolve host: a"],
  [
    'unavailable',
    "fatal: unable to access 'https://a/': Failed to connect to a port 443: Connection refused",
  ],
  ['unavailable', "fatal: unable to access 'https://a/': The requested URL returned error: 503"],
  ['unavailable', "fatal: unable to access 'https://a/': The requested URL returned error: 429"],
  [
    'unavailable',
    'ssh: connect to host a port 22: Connection timed out\nfatal: Could not read from remote repository.',
  ],
  ['unavailable', 'fetch-pack: unexpected disconnect while reading sideband packet\nfatal: early EOF'],
  ['unavailable', 'error: file write error: No space left on device'],
  ['unavailable', ''],
])('%s: %s', (code, stderr) => {
  expect(codeOf(stderr)).toBe(code);
});

test.each<[string, string]>([
  ['invalid', 'fatal: pack signature mismatch'],
  ['invalid', 'fatal: pack has 1 unresolved delta'],
  ['invalid', 'error: object 05fa: missingEmail\nfatal: fsck error in packed object'],
  ['unavailable', 'fatal: cannot store pack file: No space left on device'],
  ['unavailable', 'fatal: Out of memory, malloc failed (tried to allocate 1 bytes)'],
  ['unavailable', ''],
])('of a pack, %s: %s', (code, stderr) => {
  expect(packRefused({ code: 128, stderr }).code).toBe(code);
});

describe('the words', () => {
  test.each([1_000, 5_000, 100_000])('of %d characters keep their beginning and their end', (length) => {
    const said = wordsOf(`RULE-7 ${'x '.repeat(length / 2)}path: src/a.ts:34`);
    expect(said).toMatch(/^RULE-7 .*path: src\/a\.ts:34$/);
    expect(said.length).toBeLessThanOrEqual(1500);
  });
  test('have no line ends, control characters or users of an address', () => {
    expect(wordsOf('a\r\n\x1b[31mb\u0085 https://me:token@example.org/x')).toBe(
      'a [31mb https://***@example.org/x',
    );
  });
  test('no character is cut in half', () => {
    expect(wordsOf('\u{1f600}'.repeat(2_000)).isWellFormed()).toBe(true);
  });
});

describe('a redirect', () => {
  test.each([301, 302, 307, 308])('%d is one, and where it leads is told', (status) => {
    const stderr = `< HTTP/1.1 ${status} Moved\n< Location: https://me:pw@example.org/b.git/info/refs?service=git-upload-pack\r\nfatal: unable to access: The requested URL returned error: ${status}`;
    expect(isRedirect({ stderr })).toBe(true);
    const told = movedTo({ code: 128, stderr });
    expect([told.code, told.message]).toEqual([
      'invalid',
      'the remote is not at this address: it moved to https://***@example.org/b.git',
    ]);
  });
  test('that does not say where is refused all the same', () => {
    expect(movedTo({ code: 128, stderr: 'returned error: 301' }).message).toContain('a redirect');
  });
});
