/** The person's own editor: as git calls it for a message. */
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { writeInEditor } from './editor.ts';

let here: string;
beforeEach(() => {
  here = mkdtempSync(join(tmpdir(), 'editor-'));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(here, { recursive: true });
});
const never = new AbortController().signal;
const editor = (script: string): string => {
  const program = join(here, 'editor');
  writeFileSync(program, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return program;
};

test('it gets the text and what is said of it in comments, in a file of the person alone that goes with it', async () => {
  const program =
    editor(`cp "$2" '${here}/was'; ls -ld "$2" "$(dirname "$2")" > '${here}/modes'; echo "$2" > '${here}/path'
env > '${here}/env'; printf '# mine\\none\\n  two  \\n#three\\n\\n' > "$2"`);
  const env = { EDITOR: `${program} -w`, TERM: 'xterm', ENTANGLE_SECRET: 'x' };
  expect(await writeInEditor('old words', never, env)).toBe('one\n  two');
  expect(readFileSync(join(here, 'was'), 'utf8')).toMatch(
    /^old words\n\n# Lines that begin with # .*\n# Nothing is signed/,
  );
  expect(readFileSync(join(here, 'modes'), 'utf8')).toMatch(/^drwx------ [\s\S]*^-rw------- /m);
  const path = readFileSync(join(here, 'path'), 'utf8').trim();
  expect(existsSync(path)).toBe(false);
  const got = readFileSync(join(here, 'env'), 'utf8');
  expect(got).toContain('TERM=xterm');
  expect(got).not.toContain('ENTANGLE');
});

test('a text that was left as it was is that; one of comments alone is empty', async () => {
  expect(await writeInEditor('as it was', never, { EDITOR: 'true' })).toBe('as it was');
  expect(await writeInEditor('', never, { EDITOR: 'true' })).toBe('');
});

test('VISUAL counts before EDITOR, and vi where neither is there', async () => {
  await expect(writeInEditor('', never, { VISUAL: 'no-such-visual', EDITOR: 'true' })).rejects.toThrow(
    'no program "no-such-visual" to write with',
  );
  vi.stubEnv('PATH', here);
  await expect(writeInEditor('', never, { EDITOR: ' ' })).rejects.toThrow('no program "vi" to write with');
});

test('one that fails, is stopped, or writes more than is sent changes nothing', async () => {
  await expect(writeInEditor('', never, { EDITOR: 'false' })).rejects.toThrow(
    'ended with exit 1: the text is as it was',
  );
  await expect(writeInEditor('', never, { EDITOR: editor('kill -KILL $$') })).rejects.toThrow('was stopped');
  const long = editor('head -c 200000 /dev/zero > "$1"');
  await expect(writeInEditor('', never, { EDITOR: long })).rejects.toThrow('the text has 200000 bytes');
  expect(statSync(here).isDirectory()).toBe(true);
});
