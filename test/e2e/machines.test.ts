/** README, "Several machines": four homes, four processes, nothing shared but the relay's URL and the repository's. */
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { afterAll, expect, test } from 'vitest';
import { type Answer, freePort, json, run, tempHomes } from '../support/cli.ts';
import { foreground } from '../support/foreground.ts';
import { gitFixture, plainGit } from '../support/git-fixtures.ts';
import { jsonHere, runHere } from '../support/own-command.ts';
import { inboxAs } from '../support/own-user.ts';

const here = tempHomes();
const fixture = gitFixture({ 'a.txt': 'a\n' });
afterAll(async () => {
  await here.clean();
  fixture.remove();
});
type Item = { what: string; id: string };
type Asked = Item & { session: string; subjectDigest: string };

const saidBy = (args: readonly string[], { code, stdout, stderr }: Answer): string => {
  if (code !== 0) throw new Error(`entangle ${args.join(' ')}: ${stdout}${stderr}`);
  return stdout;
};
/** What a person would paste from one machine to another. */
const told = async (home: string, args: readonly string[]): Promise<string> =>
  saidBy(args, await run(home, args));
/** The same of a command that a program was already started for. */
const toldHere = async (home: string, args: readonly string[]): Promise<string> =>
  saidBy(args, await runHere(home, args));

test('a task from the person’s device to a commit on the remote, each step by hand', async () => {
  const [operator, wire, machine, device] = ['operator', 'wire', 'machine', 'device'].map(here.home) as [
    string,
    string,
    string,
    string,
  ];
  const relay = `ws://127.0.0.1:${await freePort()}`;

  // The operator's machine, and the relay's.
  const init = ['host', 'init', '--graph', 'acme', '--relay', relay, '--members', '--keys', 'file'];
  const { host } = await json<{ host: string }>(operator, init);
  await here.start(wire, ['relay', 'serve', '--port', new URL(relay).port, '--owner', host]);
  const serving = await here.start(operator, ['host', 'serve']);
  expect(statSync(`${operator}/host/default/operator.token`).mode & 0o077).toBe(0);

  // The runner's machine.
  const toRunner = await told(operator, ['host', 'invite', 'runner', '--name', 'build-1']);
  await told(machine, ['runner', 'init', '--keys', 'file', '--sandbox', 'none', '--git-protocol', 'file']);
  const joined = await told(machine, ['runner', 'join', here.file('invite-1.txt', toRunner)]);
  const compared = /words +((?:[a-z]+ ?){8})/.exec(joined)![1]!.trim();
  const early = await runHere(operator, [
    'host',
    'runner',
    'trust',
    'build-1',
    '--words',
    'not the same words',
  ]);
  expect(early.code).toBe(4);
  await told(operator, ['host', 'runner', 'trust', 'build-1', '--words', compared]);
  await here.start(machine, ['runner', 'serve']);

  // The person's device.
  const npub = /npub1[a-z0-9]{58}/.exec(await told(device, ['user', 'init', '--keys', 'file']))![0];
  const graph = `graph: acme
nodes:
  alice: { kind: user, pubkey: ${npub} }
  builder:
    kind: agent
    engine: { type: exec, auth: none, command: ["bash", "-c", "bash -e \\"$ENTANGLE_TASK_FILE\\""] }
    workspace: { repository: "${fixture.repository.url}", base: main }
    policy: { approval: { source.publish: { by: [alice], quorum: 1 } }, sandbox: none }
edges:
  - alice delegates_to builder
  - alice approves builder
tests:
  - alice may task.request builder
  - builder may_not approval.response alice
`;
  await told(operator, ['graph', 'apply', here.file('graph.yaml', graph), '--yes']);
  const toUser = await told(operator, ['host', 'invite', 'user', '--name', 'alice']);
  await told(operator, ['host', 'assignment', 'create', 'builder', '--runner', 'build-1', '--wait', '30s']);
  await told(device, ['user', 'join', here.file('invite-2.txt', toUser)]);
  const watching = await here.start(device, ['user', 'watch']);

  const follow = ['host', 'trace', '--follow', '--json', '--home', operator];
  const tracing = foreground(operator, operator, follow);
  const task = here.file('task.md', 'echo b > b.txt\necho did it\n');
  const asked = json<{ id: string; state: string; artifacts: { branch: string; commit: string }[] }>(device, [
    'user',
    'ask',
    'builder',
    '--file',
    task,
    '--wait',
  ]);
  const { id: approval } = await inboxAs<Item>(device, ({ what }) => what === 'approval');
  const inbox = await jsonHere<{ items: Item[] }>(device, ['user', 'inbox']);
  expect(inbox.items[0]!.id).toBe(approval);
  const shown = await jsonHere<{ commit: string; diff: string; subjectDigest: string }>(device, [
    'user',
    'show',
    approval,
  ]);
  expect(shown.diff).toContain('+b');
  expect(plainGit(fixture.remote, 'branch', '--list')).toBe('* main');
  // The operator follows it over a restart of the Host
  await tracing.line((row) => row.includes('"state":"waiting_approval"'));
  await serving.kill('SIGKILL');
  await tracing.error((words) => words.includes('is shown when the Host is back'));
  const hosting = await here.start(operator, ['host', 'serve']);
  await toldHere(device, ['user', 'approve', approval, '--subject-digest', shown.subjectDigest]);

  const { id, state, artifacts } = await asked;
  expect(state).toBe('completed');
  expect(artifacts.map((one) => one.commit)).toEqual([shown.commit]);
  expect(plainGit(fixture.remote, 'rev-parse', artifacts[0]!.branch)).toBe(shown.commit);
  expect(plainGit(fixture.remote, 'show', `${shown.commit}:b.txt`)).toBe('b');
  expect(await toldHere(device, ['user', 'trace', id, '--transcript'])).toMatch(
    /^≈ turn 1, as builder claims: 7 bytes, sha256:[0-9a-f]{64}\n\n {4}did it\n$/,
  );

  await tracing.line((row) => row.includes('"state":"completed"'));
  type Row = { what: string; state: string; session: string; controller: { runner: string; fence: number } };
  const page = () => jsonHere<{ items: Row[] }>(operator, ['host', 'trace']);
  await expect.poll(async () => (await page()).items.length, { timeout: 60_000 }).toBe(10);
  const { items } = await page();
  await expect.poll(() => tracing.lines.length, { timeout: 60_000 }).toBe(10);
  tracing.child.kill('SIGINT');
  expect(await tracing.ended).toBe(130);
  expect(tracing.lines.map((row) => JSON.parse(row))).toEqual(items);
  expect(new Set(items.map(({ controller }) => `${controller.runner} ${controller.fence}`))).toEqual(
    new Set(['build-1 1']),
  );
  expect(await toldHere(operator, ['host', 'trace', items[0]!.session.slice(-8)])).toMatch(
    /✓ signed {2}[0-9a-f]{8} builder approval approved: approval [0-9a-f]{8} of source\.publish, signed by alice \(build-1, fence 1\)\n/,
  );

  // An invite is for one: used again it proves nothing.
  const thief = here.home('thief');
  await toldHere(thief, ['user', 'init', '--keys', 'file']);
  const again = await runHere(thief, ['user', 'join', here.file('invite-3.txt', toUser), '--wait', '1s']);
  expect(again).toMatchObject({
    code: 124,
    stdout: '',
    stderr: expect.stringContaining('join again with a new invite'),
  });
  // With one of its own the same home gets in, once.
  const toOther = await toldHere(operator, ['host', 'invite', 'user', '--name', 'bob']);
  await toldHere(thief, ['user', 'join', here.file('invite-4.txt', toOther)]);
  const third = await runHere(thief, ['user', 'join', here.file('invite-4.txt', toOther)]);
  expect(third.code).toBe(4);

  // Each checks its own record, while it is in use; a byte that was changed is named.
  const homes = [
    ['host', operator],
    ['runner', machine],
    ['user', device],
  ] as const;
  for (const [topic, home] of homes)
    expect(await jsonHere(home, [topic, 'audit', 'verify'])).toMatchObject({
      lines: expect.any(Number),
      segments: 1,
      torn: false,
    });
  const ledger = `${thief}/user/default/ledger/000001.ndjson`;
  writeFileSync(ledger, readFileSync(ledger, 'utf8').replace('"kind":24158', '"kind":24159'));
  const checked = await runHere(thief, ['user', 'audit', 'verify']);
  expect([checked.code, checked.stderr]).toEqual([
    8,
    expect.stringMatching(/000001\.ndjson is damaged at byte \d+/),
  ]);
  expect((await runHere(thief, ['host', 'audit', 'verify'])).code).toBe(6);

  // The device is lost. What is left is a file, and its passphrase in somebody's head.
  const words = here.file('words', 'correct horse battery\n');
  const backup = here.file('none', '').replace(/none$/, 'alice.ncryptsec');
  const under = ['--backup-passphrase-file', words];
  const mine = await jsonHere<{ npub: string }>(device, ['user', 'key', 'export', backup, ...under]);
  expect(mine).toMatchObject({ npub, wasWritten: true });
  expect(statSync(backup).mode & 0o777).toBe(0o600);
  await watching.kill('SIGKILL');
  const laptop = here.home('laptop');
  const importing = ['user', 'key', 'import', backup, '--keys', 'file'];
  expect(await jsonHere(laptop, [...importing, ...under])).toEqual({ name: 'default', npub, keys: 'file' });

  // Her name is hers: it takes the Host's word that she joins again, and she goes on as the same person.
  const back = await toldHere(operator, ['host', 'invite', 'user', '--name', 'alice', '--rejoin']);
  await toldHere(laptop, ['user', 'join', here.file('invite-5.txt', back)]);
  const script = here.file('task-2.md', 'echo c > c.txt\n');
  const { session } = await jsonHere<{ session: string }>(laptop, [
    'user',
    'ask',
    'builder',
    '--file',
    script,
  ]);
  const waiting = await inboxAs<Asked>(laptop, ({ what }) => what === 'approval');
  expect(waiting.session).toBe(session);
  const { id: push, subjectDigest } = waiting;
  await toldHere(laptop, ['user', 'approve', push, '--subject-digest', subjectDigest]);
  await toldHere(laptop, ['user', 'wait', session]);
  expect(plainGit(fixture.remote, 'show', `entangle/builder/${session}:c.txt`)).toBe('c');

  // Another machine, to which the operator moves the node by hand; taken off, it is run by nobody until it is brought back.
  const spare = here.home('spare');
  const toSpare = await toldHere(operator, ['host', 'invite', 'runner', '--name', 'build-2']);
  await toldHere(spare, ['runner', 'init', '--keys', 'file', '--sandbox', 'none', '--git-protocol', 'file']);
  await toldHere(spare, ['runner', 'join', here.file('invite-6.txt', toSpare)]);
  await toldHere(operator, ['host', 'runner', 'trust', 'build-2', '--yes']);
  const leaver = await here.start(spare, ['runner', 'serve']);
  type Runners = { items: { name: string; trust: string; liveness: string; labels: object }[] };
  const runner = async (name: string) =>
    (await jsonHere<Runners>(operator, ['host', 'runner', 'list'])).items.find((one) => one.name === name);
  await expect.poll(async () => (await runner('build-2'))?.liveness, { timeout: 60_000 }).toBe('live');
  // What it offers changes while it is served, and the operator sees it
  expect(await jsonHere(spare, ['runner', 'config', 'set', 'label', 'at=spare'])).toMatchObject({
    ...{ key: 'label', value: { at: 'spare' }, holds: 'now' },
  });
  await expect
    .poll(async () => (await runner('build-2'))?.labels, { timeout: 60_000 })
    .toEqual({ at: 'spare' });
  const placing = (...args: string[]) => ['host', 'assignment', ...args, '--yes'];
  const toIt = placing('move', 'builder', '--to', 'build-2', '--wait', '60s');
  expect(await jsonHere(operator, toIt)).toMatchObject({
    ...{ from: 'build-1', runner: 'build-2' },
    assignment: { state: 'active', runner: 'build-2', fence: 2 },
  });
  expect((await runHere(operator, placing('move', 'builder', '--to', 'build-2'))).code).toBe(4);
  expect(await toldHere(operator, placing('revoke', 'builder'))).toContain('builder leaves build-2');
  expect(await toldHere(operator, ['host', 'assignment', 'list'])).toContain(
    'builder runs nowhere: an operator took it off its runner',
  );
  expect(await toldHere(operator, toIt)).toBe('builder is active on build-2, fence 3\n');

  // That machine is wanted for something else: what it has goes elsewhere, and its process ends.
  expect(await jsonHere(spare, ['runner', 'leave', '--yes'])).toEqual({
    ...{ name: 'build-2', nodes: ['builder'], left: true },
  });
  expect(await runner('build-2')).toMatchObject({ trust: 'left' });
  type Placed = { items: { runner: string; state: string }[] };
  const active = async () =>
    (await jsonHere<Placed>(operator, ['host', 'assignment', 'list'])).items
      .filter((one) => one.state === 'active')
      .map((one) => one.runner);
  await expect.poll(active, { timeout: 60_000 }).toEqual(['build-1']);
  await expect.poll(() => leaver.child.exitCode, { timeout: 60_000 }).toBe(0);
  // What a person sees who looks at the terminals meanwhile
  const said = [leaver.log, hosting.log].map((lines) => lines.join('\n'));
  for (const words of [
    'the Host trusts this runner',
    'node builder active  fence 2',
    'takes up its settings',
  ])
    expect(said[0]).toContain(words);
  for (const words of ['runner build-2 pending', 'runner build-2 trusted', 'runner build-2 left'])
    expect(said[1]).toContain(words);
  expect(said[1]).toContain('node builder active  on build-2, fence 2');
  const late = await run(spare, ['runner', 'serve']);
  expect([late.code, late.stderr]).toEqual([
    4,
    expect.stringMatching(/has left its federation(?:.|\n)*runner init/),
  ]);
  const exported = await toldHere(operator, ['host', 'audit', 'export', '--format', 'ocsf']);
  for (const words of ['an operator decided where a node runs', 'a runner left', 'a runner was heard again'])
    expect(exported).toContain(words);
});
