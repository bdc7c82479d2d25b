/** `user watch` in a real terminal: from the list to a signed approval, and everything that must leave the terminal as it was. */
import { globSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { BIN, environment, json, run, tempHomes } from '../support/cli.ts';
import { type ProcessFederation, startProcesses } from '../support/process-federation.ts';
import { openScreen, type TerminalScreen } from '../support/screen.ts';

let fed: ProcessFederation;
const opened: TerminalScreen[] = [];
beforeAll(async () => {
  fed = await startProcesses(tempHomes(), { approval: true });
});
afterAll(async () => {
  for (const one of opened) {
    one.kill('SIGKILL');
    await one.ended;
  }
  await fed.close();
});

const watch = (size?: { columns: number; rows: number }, env: NodeJS.ProcessEnv = {}): TerminalScreen => {
  const { user } = fed.homes;
  const command = [process.execPath, BIN, 'user', 'watch', '--home', user];
  const screen = openScreen(command, { ...environment(user), ...env }, size);
  opened.push(screen);
  return screen;
};
/** The alternate screen was left, the cursor is there, bracketed paste is off. */
const expectRestored = (screen: TerminalScreen): void => {
  const raw = screen.raw();
  for (const [on, off] of [
    ['\u001b[?1049h', '\u001b[?1049l'],
    ['\u001b[?25l', '\u001b[?25h'],
    ['\u001b[?2004h', '\u001b[?2004l'],
  ] as const)
    expect(raw.lastIndexOf(off), JSON.stringify(off)).toBeGreaterThan(raw.lastIndexOf(on));
};
const leftOf = (text: string): string | undefined => /(\d+) rows? (?:was|were) not shown/.exec(text)?.[1];
/** Header, rule, what is signed, each once and in its row. */
const isWhole = (lines: string[], rows: number): boolean => {
  const at = (words: string) => lines.flatMap((line, row) => (line.includes(words) ? [row] : []));
  return (
    lines[0]!.startsWith(' entangle  alice') &&
    at('── rows').join() === `${rows - 9}` &&
    at(' binding: content').join() === `${rows - 5}` &&
    at(' subject sha256').join() === `${rows - 4}` &&
    lines[rows - 8]!.startsWith(' source.publish of commit')
  );
};
const readToEnd = async (screen: TerminalScreen): Promise<void> => {
  await screen.until('── rows');
  for (;;) {
    const text = await screen.until((all) => / not shown yet|all of it was shown/.test(all));
    if (text.includes('all of it was shown')) return;
    // As slowly as a person: each page counts by itself
    const left = leftOf(text);
    await screen.press(' ', (all) => leftOf(all) !== left);
  }
};
const decisionsOn = async (session: string): Promise<string[]> => {
  const { approvals } = await json<{ approvals: { state: string }[] }>(fed.homes.user, [
    'user',
    'show',
    session,
  ]);
  return approvals.map((one) => one.state);
};

test('a task appears while it is watched, is read to its end, and is signed by its digest; q leaves', async () => {
  const screen = watch();
  await screen.until('nothing waits for you');
  const session = await fed.ask('seq 1 200 > numbers.txt');
  await screen.until('1 to approve');
  await screen.until((text) => text.includes('task.request by') && text.includes('approval.request by'));
  await screen.press('\r', 'source.publish of commit');
  // What a person would do who trusts the list
  await screen.press('A', 'not shown yet');
  await readToEnd(screen);
  expect(screen.text()).toContain('+200');
  await screen.type('A');
  const armed = await screen.until('to sign, type');
  const first = /to sign, type ([0-9a-f]{4}):/.exec(armed)![1]!;
  screen.send(first);
  await screen.until('what is pasted is no key');
  expect(await decisionsOn(session)).toEqual(['pending']);
  await screen.type('A');
  await screen.until('to sign, type');
  await screen.type(first);
  await screen.until('approved by you: ✓ signed');
  await screen.type('\u001b');
  // What it came to stays in sight
  await screen.until((text) => text.includes('0 to approve') && text.includes('completed builder'));
  expect(await screen.leave('q')).toBe(0);
  expectRestored(screen);
  await json(fed.homes.user, ['user', 'wait', session]);
  expect(await decisionsOn(session)).toEqual(['approved']);
});

test('what the engine of a running task prints is there as it comes, as a claim of its node; followed by a command too', async () => {
  const screen = watch();
  await screen.until('1 Inbox');
  // It goes on when a person saw how far it is
  const task = 'echo begun; until [ -e go ]; do sleep 0.1; done; rm go; printf "\\033[31mred\\n"; echo ended';
  const session = await fed.ask(task);
  await screen.until('active builder: echo begun');
  await screen.press('g', '≈ claimed builder: begun');
  const { user, runner } = fed.homes;
  const tracing = run(user, ['user', 'trace', session, '--follow', '--json']);
  const [turn] = globSync('runner/default/turns/*/workspace', { cwd: runner });
  writeFileSync(join(runner, turn!, 'go'), '');
  await screen.until((text) => text.includes('≈ claimed builder: \\x1b[31mred'));
  const { code, stdout } = await tracing;
  expect(code).toBe(0);
  const rows = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(rows[0]).toMatchObject({ is: 'signed', type: 'task.request', signer: 'alice', session });
  expect(rows.filter((row) => row.is === 'printed').map((row) => row.text)).toEqual(
    expect.arrayContaining(['\u001b[31mred', 'ended']),
  );
  expect(rows.filter((row) => row.is === 'signed').at(-1)).toMatchObject({
    type: 'task.result',
    detail: 'completed',
  });
  const shown = await run(user, ['user', 'trace', session]);
  expect(shown.stdout).toMatch(/^[\d:]{8} ✓ signed {2}task\.request by alice\n/);
  expect(shown.stdout).not.toContain('claimed');
  expect(await screen.leave('q')).toBe(0);
});

test('one is rejected with a reason; in 80 columns one pane is shown at a time; a resize keeps the rows whole', async () => {
  const session = await fed.ask('echo b > b.txt');
  const screen = watch({ columns: 80, rows: 24 });
  await screen.until('1 to approve');
  await screen.press('3', '[3 Trace]');
  await screen.press('1', '[1 Inbox]');
  screen.resize(130, 30);
  await screen.until((text) => text.includes('1 Inbox') && text.includes('3 Trace'));
  await screen.press('\r', 'source.publish of commit');
  await readToEnd(screen);
  // Narrower, as when a pane is dragged: nothing of the wide frame stays
  for (const [columns, rows] of [
    [100, 30],
    [72, 24],
  ] as const) {
    screen.resize(columns, rows);
    await screen.until((text) => isWhole(text.split('\n'), rows));
  }
  await readToEnd(screen);
  await screen.press('x', 'reason:');
  await screen.type('no tests\r');
  await screen.until('rejected by you: ✓ signed');
  expect(await screen.leave('\u0003')).toBe(130);
  expectRestored(screen);
  expect(await decisionsOn(session)).toEqual(['rejected']);
});

test.each([
  ['SIGTERM', 0],
  ['SIGHUP', 0],
  ['SIGINT', 130],
])('told to end by %s it leaves the terminal as it was', async (signal, code) => {
  const screen = watch();
  await screen.until('1 Inbox');
  screen.kill(signal);
  expect(await screen.ended).toBe(code);
  expectRestored(screen);
});

test('a relay that goes is said within seconds, and that it is back', async () => {
  const screen = watch();
  await screen.until('relays 1/1');
  await fed.stop('relay');
  await screen.until('relays 0/1, this may be old');
  await fed.start('relay');
  await screen.until('relays 1/1');
  expect(await screen.leave('q')).toBe(0);
});

test.each([
  ['a dumb terminal', { columns: 120, rows: 40 }, { TERM: 'dumb' }],
  ['a small one', { columns: 60, rows: 20 }, {}],
])('in %s it is lines', async (_, size, env) => {
  const screen = watch(size, env);
  const isSmall = size.columns < 80;
  if (isSmall) await screen.until('a terminal of 80 columns');
  await screen.until('watching; Ctrl-C ends it');
  expect(await screen.leave('\u0003')).toBe(130);
  expect(screen.raw()).not.toContain('\u001b[?1049h');
});

test('without colours where NO_COLOR says so', async () => {
  const screen = watch(undefined, { NO_COLOR: '1' });
  await screen.until('1 Inbox');
  expect(await screen.leave('q')).toBe(0);
  expect(screen.raw()).not.toMatch(/\u001b\[3[0-7]m/);
});
