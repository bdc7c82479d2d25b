/** `user watch` and `host watch` in a real terminal: from the list to a signed approval, and everything that must leave the terminal as it was. */
import { createHash } from 'node:crypto';
import { existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { environment, SELF, tempHomes } from '../support/cli.ts';
import { isSlow } from '../support/counts.ts';
import { foreground } from '../support/foreground.ts';
import { plainGit } from '../support/git-fixtures.ts';
import { jsonHere, runHere } from '../support/own-command.ts';
import { approveAs, inboxAs, rejectAs, showAs, waitAs } from '../support/own-user.ts';
import { type ProcessFederation, startProcesses } from '../support/process-federation.ts';
import { openScreen, type TerminalScreen } from '../support/screen.ts';
import { arm, PASTED, readToEnd, strike } from '../support/screen-story.ts';

let fed: ProcessFederation;
/** The one at which most of this happens, from the first task to the relay that goes; and a wide one, which is resized. */
let screen: TerminalScreen;
let wide: TerminalScreen;
/** Of a screen reader, open when the headless one is told of something. */
let reader: TerminalScreen;
const opened: TerminalScreen[] = [];
beforeAll(async () => {
  fed = await startProcesses(tempHomes(), { approval: true });
  const { user } = fed.homes;
  for (const [name, text] of Object.entries({ pager: PAGER, editor: EDITOR }))
    writeFileSync(join(user, name), text, { mode: 0o755 });
  const config = fed.here.home('looks');
  mkdirSync(join(config, 'entangle'), { recursive: true });
  writeFileSync(join(config, 'entangle', 'config.yaml'), 'theme: colour-blind\n');
  screen = watch(undefined, {
    ...{ PAGER: `${join(user, 'pager')} ${join(user, 'pager.out')}`, EDITOR: join(user, 'editor') },
    ...{ ENTANGLE_ALERT: 'osc9', ENTANGLE_BIND: 'quit=Q,help=H', XDG_CONFIG_HOME: config },
  });
});
afterAll(async () => {
  for (const one of opened) {
    one.kill('SIGKILL');
    await one.ended;
  }
  await fed.close();
});

type Size = { columns: number; rows: number };
const typed = (words: readonly string[], size?: Size, env: NodeJS.ProcessEnv = {}): TerminalScreen => {
  const { user } = fed.homes;
  const command = [...SELF, 'user', ...words, '--home', user];
  const screen = openScreen(command, { ...environment(user), ...env }, size);
  opened.push(screen);
  return screen;
};
const watch = (size?: Size, env: NodeJS.ProcessEnv = {}): TerminalScreen => typed(['watch'], size, env);
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
/** Codes of the colours that were written, once each. */
const inksOf = (screen: TerminalScreen): string[] => [
  ...new Set([...screen.raw().matchAll(/\u001b\[((?:3|9)[0-7])m/g)].map(([, code]) => code!)),
];
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
/** From what a test looked at back to the list of all. */
const toList = async (): Promise<void> => {
  await screen.press('\u001b', '1 Inbox');
  await screen.press('1', '╔═ 1 Inbox');
};
const decisionsOn = async (session: string): Promise<string[]> => {
  const { approvals } = await showAs<{ approvals: { state: string }[] }>(fed.homes.user, session);
  return approvals.map((one) => one.state);
};

/** Takes the text, and a line from the terminal as a program does that a person types to. */
const PAGER = `#!/bin/sh
cat > "$1"
printf 'the pager has it'
read -r line < /dev/tty
echo "$line" >> "$1"
`;

/** Makes other words of those that were there, and takes a line from the terminal. */
const EDITOR = `#!/bin/sh
printf 'the editor has it'
read -r line < /dev/tty
printf 'echo three >> n.txt # %s after %s\\n# none of it\\n' "$line" "$(head -n 1 "$1")" > "$1.new"
mv "$1.new" "$1"
`;

test('a task appears while it is watched, is read to its end, and is signed by its digest', async () => {
  await screen.until('nothing waits for you');
  const session = await fed.ask('seq 1 200 > numbers.txt');
  await screen.until('1 to approve');
  await screen.until((text) => text.includes('task.request by') && text.includes('approval.request by'));
  expect(screen.raw().split('\u001b]9;entangle: something waits for you\u0007')).toHaveLength(2);
  await screen.press('\r', 'source.publish of commit');
  // What a person would do who trusts the list
  await screen.press('A', 'not shown yet');
  // What is signed, put together from its rows, has the digest that is shown
  await strike(screen, 's', 'what is signed · rows');
  const signedJson = screen
    .rows()
    .slice(
      3,
      screen.rows().findIndex((row) => row.startsWith('── ')),
    )
    .map((row) => row.slice(1))
    .join('');
  const digest = createHash('sha256').update(signedJson).digest('hex');
  expect(screen.text()).toContain(`subject sha256 ${digest.slice(0, 4)} ${digest.slice(4, 8)}`);
  // Once: a second one leaves the approval
  await strike(screen, '\u001b', '── rows');
  await readToEnd(screen);
  expect(screen.text()).toContain('+200');
  const first = await arm(screen);
  screen.send(first);
  await screen.until(PASTED);
  await strike(screen, 'e', 'the pager has it');
  expect(screen.text()).not.toContain('── rows');
  // One line is for the pager; what follows is left in the terminal, and read by nobody
  screen.send(`typed\nA${first}`);
  await screen.until('── rows');
  const paged = readFileSync(join(fed.homes.user, 'pager.out'), 'utf8');
  expect(paged).toMatch(/^operation {5}source\.publish[\s\S]*\n\+200\ntyped\n$/);
  // Ctrl-C ends the pager alone
  await strike(screen, 'e', 'the pager has it');
  // What it printed the first time is in sight again before it runs
  await screen.until((text) => text.split('the pager has it').length === 3);
  screen.send('\u0003');
  await screen.until((text) => text.includes('── rows') && text.includes('was stopped'));
  const asked = screen.raw().length;
  await strike(screen, 'y', 'was asked to copy');
  const [, copied = ''] = /\u001b\]52;c;([^\u0007]*)\u0007/.exec(screen.raw().slice(asked)) ?? [];
  const id = Buffer.from(copied, 'base64').toString();
  expect(await showAs(fed.homes.user, id)).toMatchObject({ id, session });
  await screen.press('z', 'z does nothing here');
  expect(await decisionsOn(session)).toEqual(['pending']);
  await strike(screen, 'A', 'to sign, type');
  await screen.type(first, `to sign, type ${first}: `);
  await screen.until('approved by you: ✓ signed');
  screen.send('\u001b');
  // What it came to stays in sight
  await screen.until((text) => text.includes('0 to approve') && text.includes('completed builder'));
  await waitAs(fed.homes.user, session);
  expect(await decisionsOn(session)).toEqual(['approved']);
});

test('what the engine of a running task prints is there as it comes, as a claim of its node; followed by a command too', async () => {
  // What is printed before it listens is told to nobody
  await screen.until('relays 1/1');
  // It goes on when a person saw how far it is
  const task = 'echo begun; until [ -e go ]; do sleep 0.1; done; rm go; printf "\\033[31mred\\n"; echo ended';
  const session = await fed.ask(task);
  await screen.until('active builder: echo begun');
  await screen.press('g', '≈ claimed builder: begun');
  const { user, runner } = fed.homes;
  const follow = ['user', 'trace', session, '--follow', '--json', '--home', user];
  const tracing = foreground(user, user, follow);
  await tracing.line((text) => text.includes('task.update'));
  const [turn] = globSync('runner/default/turns/*/workspace', { cwd: runner });
  writeFileSync(join(runner, turn!, 'go'), '');
  await screen.until((text) => text.includes('≈ claimed builder: \\x1b[31mred'));
  expect(await tracing.ended).toBe(0);
  const rows = tracing.lines.map((line) => JSON.parse(line));
  expect(rows[0]).toMatchObject({ is: 'signed', type: 'task.request', signer: 'alice', session });
  expect(rows.filter((row) => row.is === 'printed').map((row) => row.text)).toEqual(
    expect.arrayContaining(['\u001b[31mred', 'ended']),
  );
  expect(rows.filter((row) => row.is === 'signed').at(-1)).toMatchObject({
    type: 'task.result',
    detail: 'completed',
  });
  const shown = await runHere(user, ['user', 'trace', session]);
  expect(shown.stdout).toMatch(/^[\d:]{8} ✓ signed {2}task\.request by alice\n/);
  expect(shown.stdout).not.toContain('claimed');
});

test('changes are asked for, by a command and on the screen, and what comes of them is approved', async () => {
  const { user } = fed.homes;
  // The task is a program of the shell, and so are the words that go on with it
  const asks = typed(['ask', 'builder', 'echo one > n.txt']);
  const said = await asks.until((text) => /^[0-9a-f-]{36}$/m.test(text));
  expect(await asks.ended).toBe(0);
  const session = /^[0-9a-f-]{36}$/m.exec(said)![0];
  // Alone the id would tell a person nothing
  expect(said).toContain(`see how it goes: \`entangle user wait ${session}\``);
  const asking = () => waitAs(user, session, 'approval');
  await asking();
  const words = ['--message', 'echo two >> n.txt'];
  const { decision } = await jsonHere<{ decision: string }>(user, [
    'user',
    'request-changes',
    session,
    ...words,
  ]);
  expect(decision).toBe('changes_wanted');
  await screen.press('g', '> approve builder: echo one');
  // Of what is selected: the one before was there as well
  await screen.until((text) => text.split('approval.request by').length === 3);
  await screen.press('\r', (text) => /\+ *one/.test(text) && /\+ *two/.test(text));
  await readToEnd(screen);
  await strike(screen, 'c', 'changes:');
  await screen.type('four', 'changes: ');
  await screen.until('changes: four_');
  screen.send('\u0005');
  await screen.until('the editor has it');
  // One line is for the editor; what follows signs nothing
  screen.send('typed\n\r\r');
  await screen.until('changes: echo three >> n.txt # typed after four_');
  await screen.press('\r', (text) => /enter again after a second|changes asked for/.test(text));
  await screen.press('\r', 'changes asked for by you: ✓ signed');
  await toList();
  const { approvals } = await asking();
  expect(approvals.map(({ state }) => state)).toEqual(['superseded', 'superseded', 'pending']);
  await approveAs(user, approvals[2]!.id);
  const done = await waitAs(user, session);
  const { commit } = done.artifacts[0]!;
  expect(plainGit(fed.fixture.remote, 'show', `${commit}:n.txt`)).toBe('one\ntwo\nthree');
  expect(plainGit(fed.fixture.remote, 'rev-list', '--count', `main..${commit}`)).toBe('1');
});

test('what an engine asks is answered on the screen, and by a command; its turn goes on with the words', async () => {
  const ask = (question: string) =>
    `echo '{"ask":{"question":"${question}"}}' >&3; read -r answer <&4; echo "$answer" >> said.txt`;
  const session = await fed.ask(`${ask(`which port? ${'really '.repeat(60)}mine`)}; ${ask('which host?')}`);
  await screen.until('asks you builder: which port?');
  await screen.press('g', '> asks you builder');
  // It is longer than its message
  await strike(screen, 'r', 'all of the question is here');
  await strike(screen, 'r', 'answer: _');
  expect(screen.text()).toMatch(/really[\s│]+mine/);
  // Once: a second Enter is a key of the list, and takes the words away that are waited for
  await screen.type('8080\r', 'answer: ');
  await screen.until('answered by you: ✓ signed');
  await screen.until('asks you builder: which host?');
  const { user } = fed.homes;
  const { questions } = await waitAs(user, session, 'question');
  const [asked] = questions.filter(({ state }) => state === 'open');
  expect((await runHere(user, ['user', 'show', asked!.id])).stdout).toContain('which host?');
  expect((await runHere(user, ['user', 'reply', asked!.id, 'here'])).stdout).toContain(
    `answered ${asked!.id}`,
  );
  await screen.until('1 to approve');
  await screen.press('g', '> approve builder');
  await screen.press('\r', '# answered by alice');
  await screen.press(' ', '> 8080');
  expect((await runHere(user, ['user', 'reply', asked!.id, 'there'])).code).toBe(4);
  expect((await runHere(user, ['user', 'show', session])).stdout).toMatch(
    /^questions .* answered: which port\?[^\n]*\n.* answered: which host\?$/m,
  );
  await toList();
  const rejects = typed(['reject', session]);
  await rejects.until('why reject "echo');
  rejects.send('enough\r');
  expect(await rejects.ended).toBe(0);
  const { approvals } = await showAs<{ approvals: { id: string }[] }>(user, session);
  expect(await showAs(user, approvals[0]!.id)).toMatchObject({ reason: 'enough' });
  await screen.until('0 to approve');
});

test('what a running turn made is reviewed on the screen, and by a command; it goes on with the words', async () => {
  const ask = `echo '{"request_review":{"to":"alice","note":"enough?"}}' >&3; read -r answer <&4; echo "$answer" >> told.txt`;
  const session = await fed.ask(`echo 1 > r.txt; ${ask}; ${ask}`);
  await screen.until('1 to review');
  await screen.press('g', '> review builder: enough?');
  await screen.press('\r', 'it approves nothing');
  await readToEnd(screen);
  const first = await arm(screen);
  await screen.type(first, `type ${first}: `);
  await screen.until('found good by you: ✓ signed');
  const { user } = fed.homes;
  await strike(screen, '\u001b', '1 to review');
  const second = await inboxAs<Reviewing>(user, ({ what }) => what === 'review');
  expect(second).toMatchObject({ what: 'review', session, state: 'open', files: 2 });
  const shown = await runHere(user, ['user', 'show', second.id]);
  expect(shown.stdout).toMatch(/^asks +enough\?$/m);
  expect(shown.stdout).toContain('"verdict":"pass"');
  const review = ['user', 'review', second.id];
  // Without a terminal nobody finds good what they do not name
  expect((await runHere(user, [...review, '--pass', '--no-input'])).code).toBe(64);
  expect((await runHere(user, [...review, '--changes', '-m', 'one more'])).stdout).toContain(
    'asked for changes',
  );
  expect((await runHere(user, [...review, '--pass', '--subject-digest', second.subjectDigest])).code).toBe(4);
  await screen.until('1 to approve');
  await screen.press('g', '> approve builder');
  await screen.press('\r', '# found good by alice, as it was then');
  await screen.press(' ', (text) =>
    /# changes wanted in review by alice, as it was then\s+> one more/.test(text),
  );
  await toList();
  await rejectAs(user, session, 'enough');
  await screen.until('0 to approve');
});
type Reviewing = { what: string; id: string; subjectDigest: string };

test('two that ask for the same are one row, are read once, and one decision signs each', async () => {
  const task = 'echo same > same.txt';
  const sessions = [await fed.ask(task), await fed.ask(task)];
  await screen.until('×2 ');
  expect(screen.text()).toContain('2 to approve');
  await screen.press('g', '> approve ×2');
  await screen.press('\r', '2 requests for the same');
  await readToEnd(screen);
  const digits = await arm(screen, ' all 2');
  await screen.type(digits, `to sign all 2, type ${digits}: `);
  await screen.until('approved by you: ✓ signed');
  await toList();
  for (const session of sessions) {
    await waitAs(fed.homes.user, session);
    expect(await decisionsOn(session)).toEqual(['approved']);
  }
});

test('a relay that goes is said within seconds, and that it is back; the key that was bound leaves', async () => {
  await screen.until('relays 1/1');
  await fed.stop('relay');
  await screen.until('relays 0/1, this may be old');
  await fed.start('relay');
  await screen.until('relays 1/1');
  await screen.press('q', 'q does nothing here; H shows the keys');
  expect(await screen.leave('Q')).toBe(0);
  expectRestored(screen);
  const inks = inksOf(screen);
  expect(inks).toContain('94');
  expect(inks).not.toContain('31');
  expect(inks).not.toContain('32');
});

test('in 200 columns and 60 rows, and resized while an engine prints, each frame is whole and the trace goes on', async () => {
  wide = watch({ columns: 200, rows: 60 });
  await wide.until('1 Inbox');
  const session = await fed.ask(
    'n=0; until [ -e go ] || [ $n -ge 2000 ]; do n=$((n+1)); echo "step $n."; sleep 0.05; done; rm go',
  );
  const stepOn = (text: string): number =>
    Math.max(0, ...[...text.matchAll(/claimed builder: step (\d+)\./g)].map(([, n]) => Number(n)));
  await wide.until('active builder: n=0');
  await wide.press('g', (text) => stepOn(text) > 0);
  await wide.press('3', '╔═ 3 Trace');
  for (const [columns, rows] of [
    [120, 40],
    [80, 24],
    [200, 60],
  ] as const) {
    const before = stepOn(wide.text());
    wide.resize(columns, rows);
    await wide.until((text) => {
      const lines = text.split('\n');
      const isWhole = lines[0]!.startsWith(' entangle  alice') && lines[rows - 1]?.includes('q quit');
      return lines.length === rows && isWhole === true && stepOn(text) > before;
    });
  }
  await strike(wide, 'X', 'reason:');
  await wide.type('seen\r', 'reason: ');
  // A key that was pressed once more takes the notice away, maybe before it is drawn
  await wide.press('\r', (text) => /cancelled by you: ✓ signed|state +cancelled/.test(text));
  await wide.until('task.result by builder');
  expect(await decisionsOn(session)).toEqual([]);
});

test('an operator who may only look sees a row as it comes, filters it, and that the Host is gone and back', async () => {
  const { host } = fed.homes;
  const added = ['host', 'operator', 'add', 'watcher', '--role', 'viewer'];
  const { tokenFile } = await jsonHere<{ tokenFile: string }>(host, added);
  const watching = ['host', 'watch', '--home', host, '--token-file', tokenFile, '--theme', 'high-contrast'];
  const screen = openScreen([...SELF, ...watching], environment(host), {
    columns: 160,
    rows: 40,
  });
  opened.push(screen);
  await screen.until((text) => text.includes('host live') && /r1 {2}trusted {2}live/.test(text));
  await screen.until('bootstrap add operator watcher  done');
  const { items } = await jsonHere<{ items: object[] }>(host, [
    ...['host', 'audit', 'tail', '--token-file', tokenFile],
  ]);
  expect(items.at(-1)).toMatchObject({ operation: 'operators.add', target: 'watcher', outcome: 'done' });
  const following = [
    'host',
    'audit',
    'tail',
    '--follow',
    '--token-file',
    tokenFile,
    '--home',
    host,
    '--json',
  ];
  const tail = foreground(host, host, following);
  await tail.line((row) => row.includes('"target":"watcher"'));
  await jsonHere(host, ['host', 'operator', 'add', 'second', '--role', 'viewer']);
  await tail.line((row) => row.includes('"target":"second"') && row.includes('"outcome":"done"'));
  tail.child.kill('SIGTERM');
  expect(await tail.ended).toBe(143);
  const session = await fed.ask('echo w > w.txt');
  const short = session.slice(-8);
  await screen.until(`≈ claimed ${short} builder approval pending`);
  await screen.until(`${short} builder  waiting approval`);
  await screen.press('3', '╔═ 3 Trace · live');
  screen.send('/');
  await screen.until(' /_');
  await screen.type(`${short} approval pending\r`, ' /');
  await screen.until(`3 Trace · live · 1 · /${short} approval pending`);
  await screen.press('\r', (text) => /controller +r1, fence \d+, assignment [0-9a-f-]{36}/.test(text));
  expect(screen.text()).toMatch(/signer +r1 \(runner\) {2}npub1/);
  expect(screen.text()).toMatch(/event +[0-9a-f]{64}/);
  await screen.press('\u001b', '1 Runners · 1 ');
  await fed.stop('host', 'SIGKILL');
  await screen.until((text) => text.includes('! the Host is gone (') && text.includes('host offline'));
  expect(screen.text()).toMatch(/r1 {2}trusted {2}was live/);
  expect(screen.text()).toContain('3 Trace · not live');
  await fed.start('host');
  await screen.until('host live');
  await screen.press('G', '3 Trace · live');
  expect(screen.text()).not.toMatch(/the Host is gone|was live/);
  expect(await screen.leave('q')).toBe(0);
  expectRestored(screen);
  // That the Host was gone is reversed
  expect([inksOf(screen), screen.raw().includes('\u001b[7m')]).toEqual([[], true]);
  const lines = foreground(host, host, [...watching, '--json']);
  await lines.line((row) => row.includes(session));
  lines.child.kill('SIGTERM');
  expect(await lines.ended).toBe(0);
});

test('one is rejected with a reason; in 80 columns one pane is shown at a time; a resize keeps the rows whole', async () => {
  const { session } = await inboxAs<{ what: string; session: string }>(
    fed.homes.user,
    ({ what }) => what === 'approval',
  );
  wide.resize(80, 24);
  await wide.press('3', '[3 Trace]');
  await wide.press('1', (text) => text.includes('[1 Inbox]') && text.includes('1 to approve'));
  await wide.press('g', '> approve builder');
  wide.resize(130, 30);
  await wide.until((text) => text.includes('1 Inbox') && text.includes('3 Trace'));
  await wide.press('\r', 'source.publish of commit');
  await readToEnd(wide);
  // Narrower, as when a pane is dragged: nothing of the wide frame stays
  for (const [columns, rows] of [
    [100, 30],
    [72, 24],
  ] as const) {
    wide.resize(columns, rows);
    await wide.until((text) => isWhole(text.split('\n'), rows));
  }
  await readToEnd(wide);
  await strike(wide, 'x', 'reason:');
  await wide.type('no tests\r', 'reason: ');
  await wide.press('\r', 'rejected by you: ✓ signed');
  expect(await wide.leave('\u0003')).toBe(130);
  expectRestored(wide);
  // Its node closes it in its own time
  await expect.poll(() => decisionsOn(session), { timeout: 60_000 }).toEqual(['rejected']);
});

/** The last that was said of what is left to read, in lines: what was said before is above it. */
const lastLeft = (text: string): string | undefined =>
  [...text.matchAll(/\d+ rows? (?:was|were) not shown|[Aa]ll of it was shown/g)].at(-1)?.[0];
const readLinesToEnd = async (screen: TerminalScreen): Promise<void> => {
  for (;;) {
    const left = lastLeft(await screen.until((text) => lastLeft(text) !== undefined));
    if (/^all of it/i.test(left!)) return;
    await screen.press(' ', (text) => lastLeft(text) !== left);
  }
};
/** Where something else was selected before it came, it stays so. */
const selectNewest = async (screen: TerminalScreen, item: string, mark: string): Promise<void> => {
  const list = await screen.press('1', item);
  if (!list.includes(`${mark}${item}`)) await screen.press('g', `${mark}${item}`);
};
/** Nothing but ours: colours, the line that stays, its cursor, brackets around pastes. */
const OURS = /\u001b\[(?:\d+m|J|\?25[lh]|\?2004[lh])/g;
const expectLines = (screen: TerminalScreen): void => {
  const raw = screen.raw();
  expect(raw.replace(OURS, '')).not.toMatch(/[^\P{Cc}\r\n]/u);
  for (const mode of ['?25', '?2004'])
    expect(raw.lastIndexOf(mode === '?25' ? `${mode}h` : `${mode}l`)).toBeGreaterThan(
      raw.lastIndexOf(mode === '?25' ? `${mode}l` : `${mode}h`),
    );
};

test('in a small terminal lines are appended: one is read to its end there, and signed by its digest', async () => {
  const screen = watch({ columns: 60, rows: 20 });
  await screen.until('relays 1/1');
  // Lines of what happened meanwhile may have moved it off the screen
  expect(screen.raw()).toMatch(/here\s+lines\s+are\s+appended/);
  const session = await fed.ask('printf "\\033[2Jred\\n"; seq 1 30 > i.txt');
  await screen.until('approve   builder: printf');
  await selectNewest(screen, 'approve builder: printf', '> ');
  await screen.press('\r', 'rows were not shown yet');
  await readLinesToEnd(screen);
  screen.send('A');
  const question = /to sign, type ([0-9a-f]{4}): /;
  const first = question.exec(await screen.until((text) => question.test(text)))![1]!;
  await screen.type(first, `to sign, type ${first}: `);
  await screen.until('approved by you: ✓ signed');
  await screen.press('\u001b', (text) => /^0 to approve · relays/m.test(text));
  await waitAs(fed.homes.user, session);
  expect(await decisionsOn(session)).toEqual(['approved']);
  expect(screen.raw()).toContain('+30');
  screen.resize(44, 12);
  await screen.until((text) => text.split('\n').filter((row) => row.includes('to approve · ')).length === 1);
  screen.kill('SIGTERM');
  expect(await screen.ended).toBe(0);
  expectLines(screen);
  expect(screen.text()).not.toContain('to approve · ');
});

test('headless it prints nothing, and a program of the person is told of each approval', async () => {
  const { user } = fed.homes;
  const heard = join(user, 'heard');
  const program = join(user, 'tell');
  writeFileSync(program, `#!/bin/sh\nprintf %s "$ENTANGLE_HOME" > '${heard}.home'\ncat >> '${heard}'\n`, {
    mode: 0o755,
  });
  const watching = foreground(user, user, [
    'user',
    'watch',
    '--headless',
    '--notify',
    program,
    '--home',
    user,
  ]);
  reader = watch({ columns: 100, rows: 40 }, { ENTANGLE_SCREEN_READER: '1' });
  await reader.until('1 of 1 relays open');
  const sketch = join(user, 'a sketch.txt');
  writeFileSync(sketch, 'of a house\n');
  const task = 'cat "$ENTANGLE_ATTACHED"/* > h.txt # secret words';
  const asking = ['user', 'ask', 'builder', task, '--attach'];
  const { session } = await jsonHere<{ session: string }>(user, [...asking, sketch]);
  await expect
    .poll(() => existsSync(heard) && readFileSync(heard, 'utf8'), { timeout: 60_000 })
    .toMatch(/\n$/);
  const notices = readFileSync(heard, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(notices).toEqual([
    {
      ...{ kind: 'approval', id: expect.any(String), session, node: 'builder' },
      ...{ operation: 'source.publish', expires: expect.any(String) },
    },
  ]);
  expect(readFileSync(`${heard}.home`, 'utf8')).toBe(user);
  watching.child.kill('SIGTERM');
  expect([await watching.ended, watching.lines]).toEqual([0, []]);
  const shown = (await runHere(user, ['user', 'show', notices[0].id])).stdout;
  expect(shown).toMatch(/^attached: a sketch\.txt \(11 bytes, sha256 [0-9a-f]{16}\)$/m);
  // It is in the workspace because the task put it there
  expect(shown.match(/^[AMD] .*/gm)).toEqual([expect.stringContaining('h.txt')]);
  expect(shown).toContain('\n+of a house');
  const elsewhere = await runHere(user, [...asking, join(user, 'no such')]);
  expect([elsewhere.code, elsewhere.stderr]).toEqual([6, expect.stringContaining('no such file')]);
  const nobody = await runHere(user, ['user', 'watch', '--headless']);
  expect([nobody.code, nobody.stderr]).toEqual([64, expect.stringContaining('--notify')]);
  const absent = await runHere(user, ['user', 'watch', '--headless', '--notify', 'no-such-notifier']);
  expect([absent.code, absent.stderr]).toEqual([64, expect.stringContaining('no-such-notifier')]);
});

test('for a screen reader they are sentences, without an escape; one is rejected with a reason', async () => {
  const screen = reader;
  await screen.until('To open it: ');
  // What the headless one told of: it came while this one was open
  await selectNewest(screen, 'Approval for builder: cat', 'Selected: ');
  const { session } = await inboxAs<{ what: string; session: string }>(
    fed.homes.user,
    ({ what }) => what === 'approval',
  );
  await screen.press('\r', (text) => lastLeft(text) !== undefined);
  await readLinesToEnd(screen);
  await screen.press('x', 'reason:');
  await screen.type('untested\r', 'reason: ');
  await screen.press('\r', 'Signed: rejected by you.');
  expect(await screen.leave('q')).toBe(0);
  expect(screen.raw()).not.toMatch(/[^\P{Cc}\r\n]/u);
  await expect.poll(() => decisionsOn(session), { timeout: 60_000 }).toEqual(['rejected']);
});

test('in a dumb terminal nothing moves a cursor, and the same keys are there', async () => {
  const screen = watch({ columns: 120, rows: 40 }, { TERM: 'dumb' });
  await screen.until('? shows the keys');
  await screen.press('?', 'draw the screen anew');
  expect(await screen.leave('\u0003')).toBe(130);
  expect(screen.raw()).not.toMatch(/[^\P{Cc}\r\n]/u);
});

const ENDS = [
  ['SIGTERM', 0, { NO_COLOR: '1', ENTANGLE_THEME: 'default' }],
  ['SIGINT', 130, { ENTANGLE_THEME: 'default' }],
  ['SIGHUP', 0, {}],
] as const;
test.each(isSlow ? ENDS : ENDS.slice(0, 2))(
  'told to end by %s it leaves the terminal as it was; without a colour where NO_COLOR says so',
  async (signal, code, env) => {
    const screen = watch(undefined, env);
    await screen.until((text) => text.includes('1 Inbox') && text.includes('relays 1/1'));
    screen.kill(signal);
    expect(await screen.ended).toBe(code);
    expectRestored(screen);
    if ('NO_COLOR' in env) expect(inksOf(screen)).toEqual([]);
    else expect(inksOf(screen)).toContain('32');
  },
);
