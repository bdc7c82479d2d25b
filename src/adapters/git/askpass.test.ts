import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { answerAskpass, askpassCommand, withAskpass } from './askpass.ts';

let root: string;
let bound: { host: string; tokenFile: string; username: string };
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'entangle-askpass-test-'));
  bound = { host: 'example.com:8443', tokenFile: join(root, 'token'), username: 'bot' };
  writeFileSync(bound.tokenFile, 'tok-123\n', { mode: 0o400 });
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

test('answers the two questions about the bound host', async () => {
  expect(await answerAskpass("Username for 'https://example.com:8443': ", bound)).toBe('bot');
  expect(await answerAskpass("Password for 'https://bot@example.com:8443': ", bound)).toBe('tok-123');
});

test.each([
  "Password for 'https://bot@evil.com': ",
  "Password for 'https://bot@example.com': ",
  "Password for 'https://bot@example.com:8443.evil.com': ",
  "Password for 'https://bot@example.com:8443@evil.com': ",
  "Password for 'https://other@example.com:8443': ",
  "Password for 'http://bot@example.com:8443': ",
  "Username for 'https://evil.com': ",
  "bot@example.com's password: ",
  "Enter passphrase for key '/x': ",
  '',
])('says nothing to %j', async (prompt) => {
  expect(await answerAskpass(prompt, bound)).toBeNull();
});

test.each(['', '\n', 'a\nb\n', 'a\0b', 'x'.repeat(9000)])('a token file with %j is refused', async (text) => {
  rmSync(bound.tokenFile);
  writeFileSync(bound.tokenFile, text);
  const answer = answerAskpass("Password for 'https://bot@example.com:8443': ", bound);
  await expect(answer).rejects.toThrow(/token file/);
});

const built = pathToFileURL(join(import.meta.dirname, '../../../dist/chunks/any.js')).href;
test.each([
  ['source', askpassCommand()],
  ['built', askpassCommand(built)],
])(
  'git gets the token from the %s program for the bound host only; no file of ours has it',
  async (_, command) => {
    const ask = (executable: string, host: string) =>
      execFileSync('git', ['-c', 'credential.helper=', 'credential', 'fill'], {
        input: `protocol=https\nhost=${host}\n\n`,
        env: { PATH: process.env.PATH, HOME: '/dev/null', GIT_ASKPASS: executable, GIT_TERMINAL_PROMPT: '0' },
        encoding: 'utf8',
        stdio: ['pipe', 'pipe', 'pipe'],
      });
    const used = await withAskpass(command, bound, async (executable) => {
      expect(ask(executable, bound.host)).toContain('username=bot\npassword=tok-123\n');
      expect(() => ask(executable, 'evil.com')).toThrow(/could not read Username|terminal prompts disabled/);
      expect(statSync(executable).mode & 0o777).toBe(0o700);
      expect(statSync(dirname(executable)).mode & 0o777).toBe(0o700);
      expect(readFileSync(executable, 'utf8')).not.toContain('tok-123');
      expect(readFileSync(join(dirname(executable), 'binding.json'), 'utf8')).not.toContain('tok-123');
      return executable;
    });
    expect(existsSync(dirname(used))).toBe(false);
  },
);

test('the program is found from a chunk of the build too, wherever that lies', () => {
  const program = askpassCommand('file:///opt/dist/entangle/dist/chunks/ABC.js')[1];
  expect(program).toBe('/opt/dist/entangle/dist/adapters/git/askpass-main.js');
});
