/** The branch of a session is written as a fast-forward alone, with a lease on the head that was shown, by whichever turn. */
import { expect, test } from 'vitest';
import type { EngineTurn } from '../../../test/sim/scripted-engine.ts';
import { type SingleRunner, startReadyRunner } from '../../../test/sim/single-runner.ts';
import { publishSubjectOf } from '../../../test/support/published.ts';
import { uuidOf } from '../../../test/support/world.ts';
import { EntangleError } from '../../core/errors.ts';

const S = uuidOf(0xe1);
const BRANCH = `entangle/builder/${S}`;
const adding = ({ task, read, write }: EngineTurn) =>
  write('done.txt', `${read('done.txt') ?? ''}${task.trim().split('\n').at(-1)}\n`);

const asked = async (prepare: (one: SingleRunner) => void = () => undefined) => {
  const one = await startReadyRunner({ script: adding });
  prepare(one);
  await one.request(S, 'user', 'first');
  await one.reach(S, 'waiting_approval');
  return one;
};
const subjects = (one: SingleRunner) =>
  one
    .said('approval.request')
    .filter(({ to }) => to === one.actors.user.pubkey)
    .map(({ body }) => publishSubjectOf(body.subject));
const wantMore = async (one: SingleRunner) => {
  const before = subjects(one).length;
  await one.decide(S, 'user', 'changes_wanted', { reason: 'second' });
  const isOver = () => subjects(one).length > before || one.session(S)?.open === 0;
  await one.time.until('the next question, or the end', isOver, 30_000);
  await one.lease();
};
const ended = async (one: SingleRunner) => {
  await one.time.until('the end', () => one.session(S)?.open === 0, 30_000);
  const { state, reason } = one.session(S)!;
  return { state, reason, head: one.remote.branches.get(BRANCH) };
};
const filesOf = (one: SingleRunner) => one.remote.show(BRANCH);
const summaryOf = (one: SingleRunner): string => one.said('task.result').at(-1)!.body.summary ?? '';

test('what is on it already is gone on from: the commit that is approved is a fast-forward of that', async () => {
  const one = await asked(({ remote }) => void remote.move(BRANCH, { 'done.txt': 'published before\n' }));
  const before = one.remote.branches.get(BRANCH)!;
  const [subject] = subjects(one);
  expect(subject).toMatchObject({ expectedHead: before, ref: `refs/heads/${BRANCH}` });
  await one.decide(S, 'user');
  expect(await ended(one)).toEqual({ state: 'completed', reason: null, head: subject!.commit });
  expect(one.remote.commits.get(subject!.commit)!.parent).toBe(before);
  expect(filesOf(one)).toEqual({ 'a.txt': 'a\n', 'done.txt': 'published before\nfirst\n' });
  expect(one.remote.updates).toEqual([{ branch: BRANCH, from: before, to: subject!.commit }]);
});

test('a later turn puts what was made on top of what somebody else published there, and asks anew', async () => {
  const one = await asked();
  const theirs = one.remote.move(BRANCH, { 'theirs.txt': 'theirs\n' });
  await wantMore(one);
  const [first, second] = subjects(one);
  expect([first!.expectedHead, second!.expectedHead]).toEqual([null, theirs]);
  await one.decide(S, 'user');
  expect(await ended(one)).toEqual({ state: 'completed', reason: null, head: second!.commit });
  expect(one.remote.commits.get(second!.commit)!.parent).toBe(theirs);
  expect(filesOf(one)).toEqual({ 'a.txt': 'a\n', 'done.txt': 'first\nsecond\n', 'theirs.txt': 'theirs\n' });
});

test('a later turn does not begin where both changed the same: the commit and both sides stay, and it says so', async () => {
  const one = await asked();
  const theirs = one.remote.move(BRANCH, { 'done.txt': 'theirs\n' });
  await wantMore(one);
  expect(await ended(one)).toEqual({ state: 'failed', reason: 'turn_failed', head: theirs });
  expect(one.runs).toHaveLength(1);
  expect(summaryOf(one)).toContain(
    `branch "${BRANCH}" moved, and what was made cannot go on from there: commit ${theirs} changed the same of "done.txt"; ask for the work again`,
  );
});

test('one that somebody moved after it was shown is left alone; who asked and who approved are told both ids', async () => {
  const one = await asked(({ remote }) => void remote.move(BRANCH, { 'b.txt': 'b\n' }));
  const shown = one.remote.branches.get(BRANCH)!;
  const theirs = one.remote.move(BRANCH, { 'b.txt': 'c\n' });
  await one.decide(S, 'stranger');
  expect(await ended(one)).toEqual({ state: 'failed', reason: 'remote_moved', head: theirs });
  const words = `branch "${BRANCH}" is at ${theirs} now, and was at ${shown} when this was made; nothing was written over`;
  expect(summaryOf(one)).toMatch(new RegExp(`^${words}\nwhat the turn made is kept as commit `));
  const told = one.said('artifact.ref').map(({ to, body }) => [to, body.state, body.why]);
  const { user, stranger } = one.actors;
  expect(told.sort()).toEqual([user, stranger].map(({ pubkey }) => [pubkey, 'failed', words]).sort());
});

test.each([
  [
    'was made',
    (one: SingleRunner) => one.remote.move(BRANCH, {}),
    /is at [0-9a-f]{40} now, and was not there/,
  ],
  [
    'went',
    (one: SingleRunner) => one.remote.branches.delete(BRANCH),
    /is gone, and was at [0-9a-f]{40} when/,
  ],
])('so are they of one that %s meanwhile', async (how, change, words) => {
  const one = await asked(({ remote }) => void (how === 'went' && remote.move(BRANCH, { 'b.txt': 'b\n' })));
  change(one);
  await one.decide(S, 'user');
  expect(await ended(one)).toMatchObject({ state: 'failed', reason: 'remote_moved' });
  expect(summaryOf(one)).toMatch(words);
  expect(one.remote.updates).toEqual([]);
});

test('where the remote does not say where it is now, that it moved is told all the same', async () => {
  const one = await asked();
  one.remote.move(BRANCH, {});
  one.runner.git.remoteHead = async () => {
    throw new Error('no route');
  };
  await one.decide(S, 'user');
  expect(await ended(one)).toMatchObject({ reason: 'remote_moved' });
  expect(summaryOf(one)).toContain('is at another commit now, and was not there');
});

test('one that moved before people are asked is told with the question', async () => {
  const one = await startReadyRunner({ script: adding });
  const { objection } = one.runner.git;
  let theirs = '';
  one.runner.git.objection = (...args) => {
    theirs = one.remote.move(BRANCH, { 'b.txt': 'b\n' });
    return objection(...args);
  };
  await one.request(S, 'user', 'first');
  await one.reach(S, 'waiting_approval');
  expect(one.said('approval.request')[0]!.body.objection).toBe(
    `branch "${BRANCH}" is at ${theirs}, and the commit does not go on from that: another turn would`,
  );
});

test('what is published nowhere goes to who asked and who decided, as its own objects over its base', async () => {
  const one = await asked();
  await one.decide(S, 'stranger', 'rejected', { reason: 'no' });
  await ended(one);
  const { user, stranger } = one.actors;
  const refs = one.said('artifact.ref');
  expect(refs.map(({ to }) => to).sort()).toEqual([user.pubkey, stranger.pubkey].sort());
  for (const { body, to } of refs) {
    const { base, pack } = body.kept!;
    const [part = ''] = pack.blobs;
    expect([base, pack.blobs.length]).toEqual([one.turn(S)!.base, 1]);
    expect((await one.home.blobs.get(part))?.length).toBe(pack.size);
    expect(one.home.tables.list('blob_grants', { sha256: part, reader: to })).toHaveLength(1);
  }
  expect(one.home.tables.list('blob_grants', { sha256: refs[0]!.body.kept!.pack.blobs[0]! })).toHaveLength(2);
});

test('where it is too much to be given, its end is told all the same', async () => {
  const one = await asked();
  one.runner.git.pack = async () => {
    throw new EntangleError('invalid', 'the change takes more than it may');
  };
  await one.decide(S, 'user', 'rejected', { reason: 'no' });
  expect(await ended(one)).toMatchObject({ reason: 'approval_rejected' });
  expect(one.said('artifact.ref').map(({ body }) => [body.state, body.kept])).toEqual([
    ['failed', undefined],
  ]);
});

test('what was superseded and what was rejected say why, in one line', async () => {
  const one = await asked();
  await wantMore(one);
  await one.decide(S, 'user', 'rejected', { reason: 'not like\nthis' });
  await ended(one);
  const why = (to: string) =>
    one
      .said('artifact.ref')
      .filter((ref) => ref.to === to)
      .map(({ body }) => [body.state, body.why]);
  expect(why(one.actors.user.pubkey)).toEqual([
    ['superseded', 'changes wanted by alice: second'],
    ['failed', 'rejected by alice: not like; this'],
  ]);
});

test('what an attempt may have left that another runner had is not gone on from: nothing is done twice', async () => {
  const one = await startReadyRunner({ script: adding });
  const theirs = one.remote.move(BRANCH, { 'done.txt': 'first\n' });
  await one.hear({
    ...{ type: 'task.request', from: 'user', to: 'node' },
    body: { session: S, attempt: 2, task: 'first', budget: { hops: 8, turns: 50, path: ['alice'] } },
  });
  expect(await ended(one)).toMatchObject({ state: 'failed', head: theirs });
  expect(summaryOf(one)).toContain(
    `branch "${BRANCH}" is there already, at ${theirs}: an earlier attempt may have made it, and nothing is done twice`,
  );
  expect(one.remote.updates).toEqual([]);
});
