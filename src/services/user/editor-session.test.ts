/** A task as an editor follows it: what is sent and signed, what is told, and when a prompt is over. */
import { expect, test } from 'vitest';
import { MADE, QUESTION, startEditor } from '../../../test/sim/single-editor.ts';
import { APPROVAL, SESSION, startSingleUser, USER_GRAPH } from '../../../test/sim/single-user.ts';
import { uuidOf } from '../../../test/support/world.ts';
import { derivedId } from '../../core/encoding/id.ts';
import type { BodyOf } from '../../core/protocol/table.ts';
import { readBody } from '../messaging/read-event.ts';
import { cancel } from './ask.ts';
import { EditorSession } from './editor-session.ts';

/** Of another moment. */
const OTHER = SESSION.replace('0193', '0194');

test('a prompt is one request of this person; what its turn prints comes as it comes, and then how it ended', async () => {
  const one = await startEditor();
  const turn = one.say('write');
  await one.seen('Sent to builder');
  await one.update('accepted');
  await one.update('active');
  await one.print('I begin\ncall: make (execute): pending\nhalf a li');
  await one.seen('I begin');
  expect(one.words()).not.toContain('half');
  await one.print('ne\n');
  await one.artifact();
  await one.result({ commit: MADE, summary: 'half a line\n' });
  expect(await one.over(turn)).toBe('end_turn');
  const [request, ...more] = one.sent('task.request');
  expect(more).toEqual([]);
  const body = await readBody<BodyOf<'task.request'>>(one.alice.home, request!.id);
  expect(body).toMatchObject({ session: SESSION, task: 'write' });
  expect(one.words().replaceAll(/\n+/g, '\n')).toBe(
    [
      `Sent to builder, signed by you: \`entangle user show ${SESSION}\`.`,
      'builder accepted it.',
      'builder works on it.',
      '> I begin  ',
      `${JSON.stringify({ sessionUpdate: 'tool_call', toolCallId: `${SESSION}:1`, title: 'make', kind: 'execute', status: 'pending' })}> half a line  `,
      `builder has done it (\`entangle user show ${SESSION}\`).`,
      'Published, as its node says:',
      `> commit ${MADE}  `,
      '> branch b  ',
      '> of file:///repository  ',
      `Get it with \`entangle user artifact fetch ${uuidOf(0xf1)}\`.`,
      'What you write next is another task, which knows nothing of this one.',
      '',
    ].join('\n'),
  );
});

test('the summary of a task that told nothing is shown; why one failed always', async () => {
  const quiet = await startEditor();
  const turn = quiet.asked();
  await quiet.seen('works on it');
  await quiet.result({ summary: 'all of it' });
  expect(await quiet.over(turn)).toBe('end_turn');
  expect(quiet.words()).toContain('> all of it');
  const failing = await startEditor();
  const failed = failing.asked();
  await failing.seen('works on it');
  await failing.print('no such file\n');
  await failing.result({ state: 'failed', reason: 'engine_crashed', summary: 'no such file\n' });
  expect(await failing.over(failed)).toBe('end_turn');
  expect(failing.words()).toContain('builder failed');
  expect(failing.words()).toContain('> engine_crashed  \n> no such file');
});

test('turns that are used up are said as what they are', async () => {
  const one = await startEditor();
  const turn = one.asked();
  await one.seen('works on it');
  await one.result({ state: 'budget_exceeded' });
  expect(await one.over(turn)).toBe('max_turn_requests');
});

test('a question ends the prompt; the next one is the answer, and the task goes on', async () => {
  const one = await startEditor();
  const first = one.asked();
  await one.seen('works on it');
  await one.question('which port?');
  expect(await one.over(first)).toBe('end_turn');
  expect(one.words()).toContain('> which port?');
  const second = one.say('8080');
  await one.alice.time.until('the answer was sent', () => one.sent('reply')[0]);
  await one.result();
  expect(await one.over(second)).toBe('end_turn');
  const reply = await readBody<BodyOf<'reply'>>(one.alice.home, one.sent('reply')[0]!.id);
  expect(reply).toMatchObject({ question: QUESTION, text: '8080' });
  expect(one.sent('task.request')).toHaveLength(1);
});

test('an approval is a pointer and ends the prompt; the next one asks for changes, and approves nothing', async () => {
  const one = await startEditor();
  const first = one.asked();
  await one.seen('works on it');
  await one.alice.askApproval();
  expect(await one.over(first)).toBe('end_turn');
  expect(one.words()).toContain(`entangle user approve ${APPROVAL}`);
  expect(one.words()).toContain(`> ${'c0'.repeat(20)}`);
  expect(one.sent('approval.response')).toEqual([]);
  const second = one.say('keep the old name');
  await one.alice.time.until('it was said', () => one.sent('approval.response')[0]);
  await one.result();
  expect(await one.over(second)).toBe('end_turn');
  const said = await readBody<BodyOf<'approval.response'>>(
    one.alice.home,
    one.sent('approval.response')[0]!.id,
  );
  expect(said).toMatchObject({ decision: 'changes_wanted', reason: 'keep the old name' });
});

test('a command that waits is a pointer, and its prompt goes on', async () => {
  const one = await startEditor();
  const turn = one.asked();
  await one.seen('works on it');
  await one.alice.askCall();
  await one.seen(`entangle user approve ${APPROVAL}`);
  await one.alice.time.pass(60_000);
  await one.result({ state: 'budget_exceeded' });
  expect(await one.over(turn)).toBe('max_turn_requests');
  expect(one.sent('approval.response')).toEqual([]);
});

test('what is decided elsewhere is told, though no prompt waits', async () => {
  const one = await startEditor();
  const turn = one.asked();
  await one.seen('works on it');
  await one.alice.askApproval();
  await one.over(turn);
  await one.artifact();
  await one.result({ commit: MADE });
  await one.seen('builder has done it');
});

test('cancelled, it is cancelled once, and nothing is sent again', async () => {
  const one = await startEditor();
  const turn = one.asked();
  await one.seen('works on it');
  await one.alice.time.finish('the cancel', Promise.all([one.session.cancel(), one.session.cancel()]));
  expect(await one.over(turn)).toBe('cancelled');
  expect(one.sent('task.cancel')).toHaveLength(1);
  await one.alice.time.finish('another cancel', one.session.cancel());
  expect(one.sent('task.cancel')).toHaveLength(1);
});

test('closed as it is sent, it is over, cancelled or not', async () => {
  const one = await startEditor();
  const turn = one.say('write');
  await one.session.close();
  expect(await one.over(turn)).toBe('cancelled');
  expect(one.sent('task.cancel')).toHaveLength(1);
  const other = await startEditor();
  other.stop.abort();
  expect(await other.over(other.say('write'))).toBe('cancelled');
});

test('closed while its cancel cannot be sent, it is over all the same', async () => {
  const one = await startEditor();
  const turn = one.asked();
  await one.seen('works on it');
  const send = () => Promise.reject(new Error('EIO'));
  Object.assign(one.alice.user.exchange, { send });
  await expect(one.session.close()).rejects.toThrow('EIO');
  expect(await one.over(turn)).toBe('cancelled');
});

test('after a cancel, the next prompt is not cancelled', async () => {
  const one = await startEditor();
  const turn = one.asked();
  await one.seen('works on it');
  await one.alice.time.finish('the cancel', one.session.cancel());
  await one.over(turn);
  await one.result({ state: 'cancelled', reason: 'cancelled_by_requester' });
  await one.seen('ended it: cancelled');
  expect(one.session.isAtRest).toBe(true);
  void one.say('again');
  await one.alice.time.until('another request', () => one.sent('task.request').length === 2);
  await one.alice.time.pass(60_000);
  expect(one.sent('task.cancel')).toHaveLength(1);
  one.stop.abort();
});

test('cancelled before it is sent, it is sent and cancelled', async () => {
  const one = await startEditor();
  const turn = one.say('write');
  await one.session.cancel();
  expect(await one.over(turn)).toBe('cancelled');
  expect([one.sent('task.request').length, one.sent('task.cancel').length]).toEqual([1, 1]);
});

test('one that is over is not cancelled any more: its prompt ends as the task did', async () => {
  const one = await startEditor();
  const turn = one.asked();
  await one.seen('works on it');
  await one.result();
  await one.alice.time.finish('the cancel', one.session.cancel());
  expect(await one.over(turn)).toBe('end_turn');
  expect(one.sent('task.cancel')).toEqual([]);
});

test('one that was cancelled elsewhere ends as cancelled', async () => {
  const one = await startEditor();
  const turn = one.asked();
  await one.seen('works on it');
  const { home, user, time } = one.alice;
  await time.finish('the cancel', cancel(user, home.tables.get('sessions', SESSION)!, 'no longer'));
  await one.result({ state: 'cancelled', reason: 'cancelled_by_requester' });
  expect(await one.over(turn)).toBe('cancelled');
});

test('two prompts at once: the second is refused, and nothing of it is sent', async () => {
  const one = await startEditor();
  const turn = one.asked();
  await one.seen('works on it');
  await expect(one.say('more')).rejects.toThrow('not over yet');
  await one.result();
  await one.over(turn);
  expect(one.sent('task.request')).toHaveLength(1);
});

test('a task that goes on takes no words: that is told, and it is followed', async () => {
  const one = await startEditor();
  const { request } = await one.alice.launch();
  expect(request).not.toBeNull();
  await one.update('accepted');
  await one.update('active');
  await one.session.goOn(SESSION);
  const turn = one.say('more');
  await one.seen('Your words were not sent');
  await one.result();
  expect(await one.over(turn)).toBe('end_turn');
  expect(one.sent('task.request')).toHaveLength(1);
});

test('after its end, the next prompt is another task', async () => {
  const one = await startEditor();
  const turn = one.asked();
  await one.seen('works on it');
  await one.result();
  await one.over(turn);
  expect(one.session.isAtRest).toBe(true);
  void one.say('again');
  await one.alice.time.until('another request', () => one.sent('task.request').length === 2);
  const ids = one.sent('task.request').map(({ session }) => session);
  expect(new Set(ids).size).toBe(2);
  one.stop.abort();
});

test('no node, no task', async () => {
  const one = await startEditor(null);
  await expect(one.say('write')).rejects.toThrow('no node was chosen');
  expect(one.sent('task.request')).toEqual([]);
});

test('an answer takes no files', async () => {
  const one = await startEditor();
  const turn = one.asked();
  await one.seen('works on it');
  await one.question('which?');
  await one.over(turn);
  const files = [{ name: 'a', bytes: new Uint8Array([1]) }];
  await expect(one.session.prompt({ text: 'this', files }, SESSION)).rejects.toThrow('new task only');
  expect(one.sent('reply')).toEqual([]);
});

test('an editor that is gone ends the prompt, and leaves the task alone', async () => {
  const alice = await startSingleUser();
  const tell = () => Promise.reject(new Error('gone'));
  const gone = new EditorSession(alice.user, 'builder', { tell, signal: new AbortController().signal });
  await expect(
    alice.time.finish('the prompt', gone.prompt({ text: 'write', files: [] }, SESSION)),
  ).rejects.toThrow('gone');
  expect(alice.home.tables.get('sessions', SESSION)?.open).toBe(1);
  expect(gone.isAtRest).toBe(true);
});

test('what comes a moment after its end is told before it: the last lines, and where the commit is', async () => {
  const one = await startEditor();
  const turn = one.asked();
  await one.seen('works on it');
  await one.result({ commit: MADE });
  await one.print('the last line\n');
  await one.alice.time.pass(5_000);
  await one.artifact();
  await one.over(turn);
  expect(one.words()).toMatch(/> the last line[\s\S]*has done it[\s\S]*> commit c0c0/);
});

test('an end is told as soon as all that its turn printed is here, and at once where that was nothing', async () => {
  const one = await startEditor();
  const turn = one.asked();
  await one.seen('works on it');
  await one.print('the first line\n');
  await one.result();
  await one.print('the last line\n');
  await one.print('');
  const { time } = one.alice;
  const before = time.elapsed();
  await one.over(turn);
  expect(time.elapsed() - before).toBe(0);
  expect(one.words()).toMatch(/> the last line[\s\S]*has done it/);
  const quiet = await startEditor();
  const asked = quiet.asked();
  await quiet.seen('works on it');
  await quiet.result();
  const then = quiet.alice.time.elapsed();
  await quiet.over(asked);
  expect(quiet.alice.time.elapsed() - then).toBe(0);
});

test('the end of a task is not that of the prompt that follows it', async () => {
  const one = await startEditor();
  const first = one.asked();
  await one.seen('works on it');
  await one.alice.askApproval();
  await one.over(first);
  await one.result({ state: 'budget_exceeded' });
  const ends: string[] = [];
  void one.say('again').then((reason) => ends.push(reason));
  await one.seen('used up its turns');
  await one.alice.time.pass(60_000);
  expect(one.sent('task.request')).toHaveLength(2);
  expect(ends).toEqual([]);
  one.stop.abort();
});

test('what others are asked to approve is theirs: nothing of another session is told, or ends a prompt', async () => {
  const one = await startEditor();
  const turn = one.asked();
  await one.seen('works on it');
  await one.alice.askApproval({ session: uuidOf(0xb7) });
  await one.alice.time.pass(60_000);
  await one.result({ state: 'budget_exceeded' });
  expect(await one.over(turn)).toBe('max_turn_requests');
  expect(one.words()).not.toContain(APPROVAL);
});

test('that nobody runs the node is told; so is that no edge leads to it any more, and then the task is over', async () => {
  const one = await startEditor();
  const turn = one.asked();
  await one.seen('works on it');
  await one.alice.hearRoutes({ alice: 'user', bob: 'bob' });
  await one.seen('Nobody runs builder now');
  await one.alice.hearRoutes(undefined, USER_GRAPH.replace('alice delegates_to builder, ', ''));
  expect(await one.over(turn)).toBe('end_turn');
  expect(one.words()).toContain('> edge_removed');
});

test('what a node below asks this person is told, to be answered elsewhere; what it asks of other tasks is not', async () => {
  const one = await startEditor();
  await one.alice.hearRoutes(undefined, `${USER_GRAPH.replace(']\n', ', builder escalates_to alice]\n')}`);
  const turn = one.asked();
  await one.seen('works on it');
  const escalate = (session: string, question: string) => {
    const asked = { session, attempt: 1, step: 1, question, text: 'may it wait?' };
    const body = { ...asked, path: ['alice', 'builder', 'builder'] };
    return one.alice.hear({ type: 'escalation', from: 'node', to: 'user', body });
  };
  await escalate(OTHER, uuidOf(0xc7));
  await escalate(derivedId(SESSION, 'ab'.repeat(32)), uuidOf(0xc8));
  await one.seen(`entangle user reply ${uuidOf(0xc8)}`);
  expect(one.words()).toContain('> may it wait?');
  expect(one.alice.home.tables.get('questions', uuidOf(0xc7))).toMatchObject({ open: 1 });
  expect(one.words()).not.toContain(uuidOf(0xc7));
  await one.result({ state: 'budget_exceeded' });
  expect(await one.over(turn)).toBe('max_turn_requests');
  expect(one.sent('reply')).toEqual([]);
});

test('that it can be followed no more is logged where no prompt waits for it', async () => {
  const one = await startEditor();
  await one.alice.launch();
  const tell = () => Promise.reject(new Error('no room'));
  const session = new EditorSession(one.alice.user, 'builder', { tell, signal: one.stop.signal });
  await session.goOn(SESSION);
  await one.update('accepted');
  await one.alice.time.until('the end of it', () => session.isAtRest);
  expect(one.alice.logged).toEqual([`an editor is told no more of task ${SESSION}: no room`]);
});
