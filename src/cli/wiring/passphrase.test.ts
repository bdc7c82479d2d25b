/** A passphrase that comes from a file, and who else may have read it. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { passphraseOf } from './passphrase.ts';

test.each([
  [0o600, 0],
  [0o640, 1],
  [0o604, 1],
])('a file of mode %o is read, with so many words about others: %i', async (mode, lines) => {
  const root = mkdtempSync(join(tmpdir(), 'entangle-words-'));
  onTestFinished(() => rmSync(root, { recursive: true }));
  const file = join(root, 'words');
  writeFileSync(file, 'twelve chars\n');
  chmodSync(file, mode);
  const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  onTestFinished(() => write.mockRestore());
  const wanted = { what: 'a key', unmade: '', flag: '--passphrase-file', variable: 'X', input: false };
  expect(await passphraseOf({ ...wanted, file })).toBe('twelve chars');
  const told = write.mock.calls.map(([text]) => String(text));
  expect(told).toHaveLength(lines);
  for (const text of told) expect(text).toContain(`warning others may read the passphrase in ${file}`);
});
