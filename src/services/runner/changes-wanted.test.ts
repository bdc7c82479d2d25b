/** A task whose result people want changed: it goes on in the same session, on top of what is there, until it is right. */
import { expect, test } from 'vitest';
import type { EngineTurn } from '../../../test/sim/scripted-engine.ts';
import { RUNNER_GRAPH, type SingleRunner, startReadyRunner } from '../../../test/sim/single-runner.ts';
import { uuidOf } from '../../../test/support/world.ts';

const S = uuidOf(0xe1);
const BRANCH = `entangle/builder/${S}`;
/** Adds what it is told last to what it wrote before. */
const adding = ({ task, read, write }: EngineTurn) =>
  write('done.txt', `${read('done.txt') ?? ''}${task.trim().split('\n').at(-1)}\n`);

const asked = async (setup: { budget?: { turns: number }; graph?: string } = {}) => {
  const { budget, ...rest } = setup;
  const one = await startReadyRunner({ script: adding, ...rest });
  await one.request(S, 'user', 'first', budget);
  await one.reach(S, 'waiting_approval');
  return one;
};
const requests = (one: SingleRunner) =>
  one.said('approval.request').filter(({ to }) => to === one.actors.user.pubkey);
const wantChanges = async (one: SingleRunner, reason: string, from: 'user' | 'bob' = 'user') => {
  const before = requests(one).length;
  await one.decide(S, from, 'changes_wanted', { reason });
  await one.time.until('the next question', () => requests(one).length > before, 30_000);
  await one.lease();
};
const states = (one: SingleRunner) =>
  one.home.tables.list('approvals', { session: S }).map(({ state }) => state);

test('another turn runs with the task and the words, on top of what was made, and asks for one change anew', async () => {
  const one = await asked();
  const base = one.remote.branches.get('main')!;
  await wantChanges(one, 'second');
  expect(one.runs.map(({ task }) => task)).toEqual([
    'first',
    'first\n\n# changes wanted by alice\n\nsecond\n',
  ]);
  expect(states(one)).toEqual(['superseded', 'pending']);
  expect(one.said('approval.closed').map(({ body }) => body.state)).toEqual([
    'superseded',
    'superseded',
    'superseded',
  ]);
  expect(one.remote.branches.has(BRANCH)).toBe(false);
  const [first, second] = requests(one).map(({ body }) => body);
  expect(second!.subject.commit).not.toBe(first!.subject.commit);
  expect(second!.approval).not.toBe(first!.approval);
  expect([first!.task, second!.task]).toEqual(one.runs.map(({ task }) => task));
  expect(one.said('task.update').map(({ body }) => [body.state, body.note])).toEqual([
    ['active', undefined],
    ['waiting_approval', 'waiting for 1 of alice, carol, phone'],
    ['active', 'changes wanted by alice: second'],
    ['waiting_approval', 'waiting for 1 of alice, carol, phone'],
  ]);

  await one.decide(S, 'user');
  await one.time.until('the end', () => one.session(S)?.open === 0, 30_000);
  expect(one.session(S)).toMatchObject({ state: 'completed', attempt: 1 });
  const head = one.remote.branches.get(BRANCH)!;
  expect(head).toBe(second!.subject.commit);
  const { parent, tree } = one.remote.commits.get(head)!;
  expect([parent, Buffer.from(tree.get('done.txt')!).toString()]).toEqual([base, 'first\nsecond\n']);
  expect(one.said('approval.observed').map(({ body }) => body.state)).toEqual([
    'pending',
    'superseded',
    'pending',
    'approved',
  ]);
  expect(one.said('turn.observed').map(({ body }) => [body.attempt, body.turn])).toEqual([
    [1, 1],
    [1, 2],
  ]);
  expect([...one.machine.files.keys()]).toEqual([]);
});

test('each round has the words of all before it; the base is that of the first, whatever the remote has now', async () => {
  const one = await asked();
  const base = one.remote.branches.get('main')!;
  await wantChanges(one, 'second');
  one.remote.move('main', { 'other.txt': 'by somebody else\n' });
  await wantChanges(one, 'third', 'bob');
  expect(one.runs.at(-1)!.task).toBe(
    'first\n\n# changes wanted by alice\n\nsecond\n\n\n# changes wanted by phone\n\nthird\n',
  );
  await one.decide(S, 'user');
  await one.time.until('the end', () => one.session(S)?.open === 0, 30_000);
  const { parent, tree } = one.remote.commits.get(one.remote.branches.get(BRANCH)!)!;
  expect([parent, [...tree.keys()].sort()]).toEqual([base, ['a.txt', 'done.txt']]);
});

test('a rejection by somebody else ends it all the same', async () => {
  const graph = RUNNER_GRAPH.replace('quorum: 1', 'quorum: 2');
  const one = await asked({ graph });
  await one.decide(S, 'user');
  await one.decide(S, 'stranger', 'rejected', { reason: 'no' });
  await one.time.until('the end', () => one.session(S)?.open === 0, 30_000);
  expect(one.session(S)).toMatchObject({ state: 'failed', reason: 'approval_rejected' });
  expect(one.runs.length).toBe(1);
});

test('a task that has no turn left ends, and says where the work is and what was wanted', async () => {
  const one = await asked({ budget: { turns: 1 } });
  await one.decide(S, 'user', 'changes_wanted', { reason: 'more' });
  await one.time.until('the end', () => one.session(S)?.open === 0, 30_000);
  const { body } = one.said('task.result')[0]!;
  expect(body.state).toBe('budget_exceeded');
  expect(body.summary).toMatch(/^changes wanted by alice: more\nwhat the turn made is kept as commit/);
  expect([one.runs.length, states(one)]).toEqual([1, ['superseded']]);
});

test('what leaves nothing to publish completes, and nothing is pushed', async () => {
  const undoing = ({ task, write, remove }: EngineTurn) =>
    task.includes('changes wanted') ? remove('done.txt') : write('done.txt', 'x');
  const one = await startReadyRunner({ script: undoing });
  await one.request(S, 'user', 'first');
  await one.reach(S, 'waiting_approval');
  await one.decide(S, 'user', 'changes_wanted', { reason: 'undo it' });
  await one.time.until('the end', () => one.session(S)?.open === 0, 30_000);
  expect([one.session(S)!.state, one.remote.updates]).toEqual(['completed', []]);
});
