/** What `.entangle/trust.yaml` and `--require` may say. */
import { expect, test } from 'vitest';
import { npub } from '../encoding/id.ts';
import { readRequirements, readTrust } from './trust.ts';

const KEY = 'ab'.repeat(31).padEnd(64, '1');
test('hosts by npub or hex, and another address of the repository', () => {
  const text = `authorities: [${npub(KEY)}, ${KEY}]\nrepository: git@example.org:app.git\n`;
  const roots = { authorities: [KEY, KEY], repository: 'git@example.org:app.git', retired: [] };
  expect(readTrust(text)).toEqual(roots);
  expect(readTrust(`authorities: [${KEY}]`).repository).toBeNull();
});
test('T152 keys of a log that were replaced', () => {
  const text = `authorities: [${KEY}]\nretired: [{ log: ${KEY}, lines: 7, until: 1795000000 }]\n`;
  expect(readTrust(text).retired).toEqual([{ log: KEY, graph: null, until: 1_795_000_000, size: 7 }]);
});

test.each([
  ['nobody', 'authorities: []'],
  ['a word more', `authorities: [${KEY}]\nalso: 1`],
  ['no key', 'authorities: [npub1x]'],
  ['a wrong checksum', `authorities: [${npub(KEY).replace(/.$/, (end) => (end === 'q' ? 'p' : 'q'))}]`],
  ['no YAML', 'authorities: ['],
  ['an anchor', `authorities: &a [${KEY}]\nrepository: *a`],
  ['a log key without its last line', `authorities: [${KEY}]\nretired: [{ log: ${KEY}, until: 1 }]`],
  ['nothing', ''],
  ['an address with a password', `authorities: [${KEY}]\nrepository: https://a:b@example.org/x`],
])('%s: refused', (_what, text) => {
  expect(() => readTrust(text)).toThrowError(expect.objectContaining({ code: 'invalid' }));
});

test.each([
  ['', { quorum: 1, exact: false, touch: false, logged: false }],
  ['exact', { quorum: 1, exact: true, touch: false, logged: false }],
  ['quorum=12', { quorum: 12, exact: false, touch: false, logged: false }],
  ['touch', { quorum: 1, exact: false, touch: true, logged: false }],
  ['logged', { quorum: 1, exact: false, touch: false, logged: true }],
  ['exact,quorum=2', { quorum: 2, exact: true, touch: false, logged: false }],
])('%s', (text, wanted) => {
  expect(readRequirements(text)).toEqual(wanted);
});
test.each(['quorum=0', 'quorum=-1', 'quorum=100', 'quorum', 'Exact', 'exact;quorum=2'])(
  '%s: refused',
  (text) => {
    expect(() => readRequirements(text)).toThrowError(expect.objectContaining({ code: 'usage' }));
  },
);
