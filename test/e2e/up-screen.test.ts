/** `entangle up` in a terminal: from nothing to an approved commit without another terminal, and how it ends. */
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { environment, run, SELF, tempHomes } from '../support/cli.ts';
import { processesWith } from '../support/foreground.ts';
import { plainGit, writeFiles } from '../support/git-fixtures.ts';
import { openScreen, type TerminalScreen } from '../support/screen.ts';
import { arm, readToEnd, strike } from '../support/screen-story.ts';

const here = tempHomes();
const home = here.home('me');
const repository = here.home('project');
const opened: TerminalScreen[] = [];
const up = (...args: string[]): TerminalScreen => {
  const command = [...SELF, 'up', ...args];
  const screen = openScreen(command, environment(home), { cwd: repository });
  opened.push(screen);
  return screen;
};
const logs = (): string => {
  const base = join(home, '.local/share/entangle/up');
  return join(base, readdirSync(base)[0]!, 'logs');
};

beforeAll(() => {
  for (const directory of [home, repository]) mkdirSync(directory);
  plainGit(repository, 'init', '--quiet', '--initial-branch=main');
  writeFiles(repository, { 'a.txt': 'a\n' });
  plainGit(repository, 'add', '.');
  plainGit(repository, 'commit', '--quiet', '--message', 'one');
});
afterAll(async () => {
  for (const one of opened) {
    one.kill('SIGKILL');
    await one.ended;
  }
  await here.clean();
});

test('a task is typed, read and approved there; q stops everything', async () => {
  const screen = up('--theme', 'colour-blind');
  // It says by itself what to do
  const text = await screen.until((all) => /logs +\//.test(all));
  const [, task] = /press a, type (.*), then Enter/.exec(text)!;
  expect(text).toMatch(/host +runs as process \d+/);
  await strike(screen, 'a', 'ask builder: _');
  await screen.type(`${task}\r`, 'ask builder: ');
  await screen.until('builder is asked by you: ✓ signed');
  await screen.until('1 to approve');
  await screen.press('\r', 'source.publish of commit');
  await readToEnd(screen);
  const first = await arm(screen);
  await screen.type(first, `to sign, type ${first}: `);
  await screen.until('approved by you: ✓ signed');
  screen.send('\u001b');
  await screen.until((all) => all.includes('0 to approve') && all.includes('completed builder'));
  expect(await screen.leave('q')).toBe(0);
  expect(screen.text()).toContain('stopping; `entangle up` goes on where this was');
  expect(processesWith(here.root)).toEqual([]);
  expect(screen.raw()).toContain('\u001b[94m');
  expect(screen.raw()).not.toMatch(/\u001b\[3[12]m/);
  const branches = plainGit(repository, 'branch', '--list', 'entangle/*', '--format=%(refname:short)');
  expect(plainGit(repository, 'show', `${branches}:hello.txt`)).toBe('hello');
  expect(readdirSync(logs()).sort()).toEqual(['host.log', 'relay.log', 'runner.log']);
});

test('a process that dies ends it: the terminal is as it was, and its log is named; Ctrl-C ends it with 130', async () => {
  const screen = up();
  await screen.until('1 Inbox');
  // The notes that name it are gone as soon as a session of before is there
  const [server = ''] = processesWith(here.root).filter((line) => / host serve /.test(line));
  process.kill(Number.parseInt(server, 10), 'SIGKILL');
  // Who was typing a task types on, and no shell runs it
  await screen.until('what is typed now goes nowhere');
  screen.send('touch oops\r');
  expect(await screen.ended).toBe(7);
  expect(screen.text()).not.toContain('touch oops');
  expect(screen.raw().lastIndexOf('\u001b[?1049l')).toBeGreaterThan(
    screen.raw().lastIndexOf('\u001b[?1049h'),
  );
  expect(screen.text().replaceAll('\n', '')).toMatch(/the host process \(\d+\) was killed; see .*host\.log/);
  const again = up();
  await again.until('1 Inbox');
  expect(await again.leave('\u0003')).toBe(130);
  // Its key may have come twice: then it waited for nobody, and they end when they see it gone
  await expect.poll(() => processesWith(here.root), { timeout: 60_000 }).toEqual([]);
});

test('killed, it takes the screen along', async () => {
  const screen = up();
  await screen.until('1 Inbox');
  screen.kill('SIGKILL');
  await screen.ended;
  await expect.poll(() => processesWith(here.root), { timeout: 60_000 }).toEqual([]);
});

test('without a screen where that is wanted, or where nobody is; --watch then is refused', async () => {
  const screen = up('--no-watch');
  await screen.until('Ctrl-C stops everything');
  expect(await screen.leave('\u0003')).toBe(130);
  const piped = await run(home, ['up', '--watch']);
  expect([piped.code, piped.stderr]).toEqual([64, expect.stringContaining('there is no terminal')]);
  expect(existsSync(join(logs(), 'user.log'))).toBe(false);
});
