/** Commands of an agent that people decide on before it runs them, over all processes: what a signature lets run, and what nothing does. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bundleAgent } from '../support/bundled-agent.ts';
import { environment, SELF, tempHomes } from '../support/cli.ts';
import { type CustomFederation, startCustomFederation, until } from '../support/custom-federation.ts';
import { jsonHere, runHere } from '../support/own-command.ts';
import { approveAs, inboxAs, showAs } from '../support/own-user.ts';
import { openScreen } from '../support/screen.ts';
import { arm, readToEnd, strike } from '../support/screen-story.ts';

const here = tempHomes();
let fed: CustomFederation;

beforeAll(async () => {
  const agent = join(here.root, 'agent.mjs');
  bundleAgent(agent);
  fed = await startCustomFederation(here, {
    users: { alice: null },
    agents: { coder: { approval: { 'command.run': { by: ['alice'] } } } },
    engines: { coder: { type: 'acp', auth: 'none', command: ['node', agent] } },
    edges: ['alice delegates_to coder', 'alice approves coder'],
  });
});
afterAll(() => fed.close());

type Shown = {
  id: string;
  state: string;
  operation: string;
  binding: string;
  call: { command: string | null };
};
const home = () => fed.homes.alice!;
const show = (approval: string) => showAs<Shown>(home(), approval);
/** The approval that a session waits for, other than those before. */
const waiting = (session: string, ...before: string[]) =>
  until('a command', async () => {
    // Waits where it is: to look again and again is a start of the program each time
    const { approvals } = await fed.waited('alice', session, 'approval');
    return approvals.find(({ id, state }) => state === 'pending' && !before.includes(id))?.id;
  });
/** Without the indent that keeps it apart from our words. */
const transcript = async (session: string) =>
  (await runHere(home(), ['user', 'trace', session, '--transcript'])).stdout.replaceAll(/^ {4}/gm, '');

test('runs when it is approved, does not when it is rejected, and the agent goes on with either', async () => {
  const [made, never] = [join(here.root, 'made'), join(here.root, 'never')];
  const task = `run echo one > ${made}; cat ${made}\nrun touch ${never}\nsay and on`;
  const session = await fed.ask('alice', 'coder', task);
  const { approvals } = await fed.waited('alice', session, 'approval');
  const first = approvals[0]!.id;
  expect(await show(first)).toMatchObject({
    ...{ operation: 'command.run', state: 'pending', binding: 'declared' },
    call: { command: `echo one > ${made}; cat ${made}` },
  });
  const { stdout } = await runHere(home(), ['user', 'show', first]);
  expect(stdout).toContain(`the command, as the agent gives it:\n\n    echo one > ${made}; cat ${made}\n`);
  expect(stdout).toContain('what the agent runs by itself is not compared with it');
  expect(stdout).toContain('what the agent calls it:\n\n    Run a command\n    to see\n');
  const inbox = await runHere(home(), ['user', 'inbox']);
  expect(inbox.stdout).toMatch(new RegExp(`${first}.* a command .*echo one`));
  expect(existsSync(made)).toBe(false);

  const changes = await runHere(home(), ['user', 'request-changes', first, '--message', 'other']);
  expect([changes.code, changes.stderr]).toEqual([64, expect.stringContaining('approved or rejected')]);
  await approveAs(home(), first);
  const second = await waiting(session, first);
  await jsonHere(home(), ['user', 'reject', second, '--reason', 'not here']);
  expect((await fed.waited('alice', session, 'end')).state).toBe('completed');
  expect([readFileSync(made, 'utf8'), existsSync(never)]).toEqual(['one\n', false]);
  const told = await transcript(session);
  expect(told).toContain('asked: Run a command: allowed once, approved by alice\nran 0: one\n');
  expect(told).toContain(
    'asked: Run a command: refused, rejected by alice (not here)\nwas told no\nand on\n',
  );
  const states = await Promise.all([first, second].map(async (id) => (await show(id)).state));
  expect(states).toEqual(['approved', 'rejected']);
});

test('that waits when its runner is killed is taken back, and runs once when it is asked for anew', async () => {
  const count = join(here.root, 'count');
  const session = await fed.ask('alice', 'coder', `run echo run >> ${count}`);
  const first = await waiting(session);
  await fed.serving('runner').kill('SIGKILL');
  const { subjectDigest } = await jsonHere<{ subjectDigest: string }>(home(), ['user', 'show', first]);
  await jsonHere(home(), ['user', 'approve', first, '--subject-digest', subjectDigest]);
  await fed.start('runner');
  const second = await waiting(session, first);
  // What was decided of the turn that was killed lets nothing run
  expect(existsSync(count)).toBe(false);
  await approveAs(home(), second);
  expect((await fed.waited('alice', session, 'end')).state).toBe('completed');
  expect(readFileSync(count, 'utf8')).toBe('run\n');
  await until('its end', async () => (await show(first)).state === 'withdrawn');
});

/** The approval in the inbox that a session waits for: what a grant answers is in none. */
const asksMe = async (session: string, ...before: string[]): Promise<string> => {
  type Item = { what: string; id: string; session: string };
  const asked = (one: Item) => one.what === 'approval' && one.session === session && !before.includes(one.id);
  return (await inboxAs<Item>(home(), asked)).id;
};

test('is answered by a grant as often as that says, also after its runner was killed, and not after it is revoked', async () => {
  const count = join(here.root, 'granted');
  const line = `run echo run >> ${count}`;
  const session = await fed.ask('alice', 'coder', [line, line, `${line} `, line].join('\n'));
  const first = await waiting(session);
  const { subjectDigest } = await jsonHere<{ subjectDigest: string }>(home(), ['user', 'show', first]);
  type Granted = { id: string; used: number; state: string; answered: string[] };
  const list = async () =>
    (await jsonHere<{ items: Granted[] }>(home(), ['user', 'grants', 'list', '--all'])).items;
  const { grant } = await jsonHere<{ grant: string }>(home(), [
    ...['user', 'approve', first, '--grant', '--uses', '3', '--for', '10m', '--reach', 'node'],
    ...['--subject-digest', subjectDigest],
  ]);
  // The second is the same and runs; the third has one blank more
  const other = await asksMe(session);
  expect(readFileSync(count, 'utf8')).toBe('run\nrun\n');
  expect(await list()).toMatchObject([
    { id: grant, used: 2, state: 'open', answered: [first, expect.anything()] },
  ]);
  const shown = await runHere(home(), ['user', 'show', first]);
  expect(shown.stdout).toContain(`approved by you: by grant ${grant.slice(-8)}, use 1 of 3`);
  await fed.serving('runner').kill('SIGKILL');
  await fed.start('runner');
  // The turn runs again, and begins with the last use that is left
  const again = await asksMe(session, other);
  expect(readFileSync(count, 'utf8')).toBe('run\nrun\nrun\n');
  expect(await list()).toMatchObject([{ used: 3, state: 'used' }]);
  const open = await runHere(home(), ['user', 'grants', 'list']);
  expect(open.stdout).toContain('no grants: ');
  const traced = await runHere(home(), ['user', 'trace', session]);
  expect([traced.code, traced.stdout]).toEqual([
    0,
    expect.stringContaining(`: grant ${grant.slice(-8)}, use 2`),
  ]);
  const over = await runHere(home(), ['user', 'grants', 'revoke', grant]);
  expect([over.code, over.stderr]).toEqual([4, expect.stringContaining('this grant is over (used)')]);
  await jsonHere(home(), ['user', 'reject', again, '--reason', 'enough']);
  await jsonHere(home(), ['user', 'cancel', session, '--reason', 'enough']);
});

test('is read and signed on the screen, where its row says what would run', async () => {
  const made = join(here.root, 'seen');
  const session = await fed.ask('alice', 'coder', `run touch ${made}`);
  await waiting(session);
  const command = [...SELF, 'user', 'watch', '--home', home()];
  const screen = openScreen(command, environment(home()));
  try {
    await screen.until('> command coder: touch');
    await screen.press('\r', 'binding: declared');
    await readToEnd(screen);
    expect(screen.text()).toContain('the command, as the agent gives it:');
    await strike(screen, 'c', 'a command is approved or rejected');
    const first = await arm(screen);
    await screen.type(first, `type ${first}: `);
    await screen.until('approved by you: ✓ signed');
    expect((await fed.waited('alice', session, 'end')).state).toBe('completed');
    expect(existsSync(made)).toBe(true);
  } finally {
    screen.kill('SIGKILL');
    await screen.ended;
  }
});
