/** What an engine asks this person: shown whole, waited for while its turn does, answered once. */
import { hash } from 'node:crypto';
import { expect, test } from 'vitest';
import { startSingleSession } from '../../../test/sim/single-session.ts';
import { SESSION, startSingleUser, USER_GRAPH } from '../../../test/sim/single-user.ts';
import { uuidOf } from '../../../test/support/world.ts';
import { utf8 } from '../../core/encoding/bytes.ts';
import { replyToQuestion, showQuestion } from './answers.ts';
import { liveView } from './live.ts';
import { pickQuestion } from './pick.ts';
import { questionRow, questionsForMe } from './questions.ts';
import { showThing } from './show.ts';
import { inbox, sessionView } from './views.ts';

/** The ids of what an engine asks come in no order. */
const QUESTION = uuidOf(0xc2);
const OTHER = uuidOf(0xc1);

/** A turn that asks; `step` 2 is where its session is. */
const startAsked = async (text = 'which port?\nand which host?', more = {}) => {
  const one = await startSingleSession();
  const { alice, update } = one;
  await update('accepted');
  await update('active');
  const { request: re } = alice.home.tables.get('sessions', SESSION)!;
  const ask = (question = QUESTION, step = 2, changes = {}) => {
    const body = { session: SESSION, attempt: 1, step, question, text, ...more, ...changes };
    return alice.hear({ type: 'question', from: 'node', to: 'user', re: re!, body });
  };
  await ask();
  const row = (id = QUESTION) => pickQuestion(alice.home, id);
  return { ...one, ask, row };
};

test('stands in the inbox and on the screen by its first line, in the place of its session', async () => {
  const { alice } = await startAsked();
  const found = { what: 'question', id: QUESTION, session: SESSION, node: 'builder', title: 'which port?…' };
  expect(inbox(alice.home, false).items).toMatchObject([
    { ...found, state: 'open' },
    { what: 'session', id: SESSION, questions: [{ id: QUESTION, state: 'open' }] },
  ]);
  expect(liveView(alice.user).items).toMatchObject([found]);
});

test('is answered once, to the node that asked, in answer to its message', async () => {
  const { alice, row } = await startAsked();
  const { message } = row();
  expect(await replyToQuestion(alice.user, row(), '8080')).toEqual({
    ...{ question: QUESTION, session: SESSION, node: 'builder' },
  });
  const [said, ...more] = alice.said('reply');
  expect(said).toMatchObject({
    to: alice.actors.node.pubkey,
    body: { session: SESSION, question: QUESTION, text: '8080' },
  });
  expect(said!.event.tags).toContainEqual(['e', message]);
  expect(more).toEqual([]);
  expect(questionsForMe(alice.home)).toEqual([]);
  expect(await showThing(alice.user, QUESTION, 0)).toMatchObject({
    ...{ text: 'which port?\nand which host?', state: 'answered', reply: '8080' },
  });
  await expect(replyToQuestion(alice.user, row(), '9090')).rejects.toThrow('you already answered this');
  expect(alice.said('reply')).toHaveLength(1);
});

test.each([
  ['its turn is over', (one: Awaited<ReturnType<typeof startAsked>>) => one.update('waiting_approval')],
  ['its session is', (one: Awaited<ReturnType<typeof startAsked>>) => one.hearResult({ state: 'failed' })],
])('is not waited for any more, nor answered, where %s', async (_what, end) => {
  const one = await startAsked();
  expect(questionsForMe(one.alice.home)).toHaveLength(1);
  await end(one);
  expect(questionsForMe(one.alice.home)).toEqual([]);
  await expect(replyToQuestion(one.alice.user, one.row(), '8080')).rejects.toMatchObject({
    code: 'conflict',
    message: 'nobody waits for an answer any more: the turn that asked is over',
    hint: `see \`entangle user show ${SESSION}\``,
  });
  expect(one.alice.said('reply')).toEqual([]);
});

test('of two answers that were begun together one is signed, the other refused', async () => {
  const { alice, row } = await startAsked();
  const both = await alice.time.finish(
    'both',
    Promise.allSettled(['8080', '9090'].map((text) => replyToQuestion(alice.user, row(), text))),
  );
  expect(both).toMatchObject([
    { status: 'fulfilled' },
    { reason: { code: 'conflict', message: 'you already answered this; an answer cannot be changed' } },
  ]);
  expect(alice.said('reply').map(({ body }) => body.text)).toEqual(['8080']);
});

test('is open also where it came before the word that its turn began', async () => {
  const { alice, ask } = await startAsked();
  await ask(OTHER, 3);
  expect(questionsForMe(alice.home).map(({ id }) => id)).toEqual([QUESTION, OTHER]);
});

test('is not answered with nothing', async () => {
  const { alice, row } = await startAsked();
  await expect(replyToQuestion(alice.user, row(), ' \n')).rejects.toMatchObject({
    ...{ code: 'usage', message: 'the agent needs words to go on with', hint: 'give it an answer' },
  });
  await expect(replyToQuestion(alice.user, row(), 'x'.repeat(65_537))).rejects.toThrow('at most 65536 bytes');
  expect(alice.said('reply')).toEqual([]);
});

test('a long one is shown whole, or not', async () => {
  const text = `which port? ${'really '.repeat(100)}`;
  const whole = { sha256: hash('sha256', text), size: utf8(text).length };
  const { alice, row } = await startAsked(text.slice(0, 300), { whole });
  const before = alice.time.elapsed();
  await expect(alice.time.finish('no text', showQuestion(alice.user, row(), 1000))).rejects.toMatchObject({
    ...{ code: 'unavailable', message: 'the question has not arrived yet' },
  });
  expect(alice.time.elapsed() - before).toBe(1000);
  const shown = showQuestion(alice.user, row(), 1000);
  await alice.time.pass(500);
  await alice.give(utf8(text), 'node');
  expect(await alice.time.finish('the text', shown)).toMatchObject({ text, reply: null });
});

test('is meant by its id, by the end of it, and by its session where one is open', async () => {
  const { alice, ask, row } = await startAsked();
  expect([row(SESSION).id, row(QUESTION.slice(-6)).id]).toEqual([QUESTION, QUESTION]);
  await ask(OTHER);
  expect(() => row(SESSION)).toThrow('matches more than one question');
  await replyToQuestion(alice.user, row(OTHER), 'no');
  expect(row(SESSION).id).toBe(QUESTION);
  expect(() => row('ffffff')).toThrow('no question "ffffff"');
});

test('the session tells of all of its questions, and of no other’s', async () => {
  const { alice, ask, row } = await startAsked();
  await replyToQuestion(alice.user, row(), '8080');
  await ask(OTHER);
  const [another, question] = [uuidOf(0xb1), uuidOf(0xc3)];
  const { request: re } = await alice.launch('user', another);
  const body = { session: another, attempt: 1, step: 1, question, text: 'which host?' };
  await alice.hear({ type: 'question', from: 'node', to: 'user', re: re!, body });
  const session = alice.home.tables.get('sessions', SESSION)!;
  expect(sessionView(alice.home, session).questions).toMatchObject([
    { id: QUESTION, state: 'answered' },
    { id: OTHER, state: 'open' },
  ]);
});

test('that a key escalated which was replaced is over: it leaves the inbox, and is not answered', async () => {
  const alice = await startSingleUser();
  const graph = USER_GRAPH.replace(']\n', ', builder escalates_to alice]\n');
  await alice.hearRoutes(undefined, graph);
  const asked = { session: SESSION, attempt: 1, step: 1, question: QUESTION, text: 'may it wait?' };
  const body = { ...asked, path: ['bob', 'builder'] };
  await alice.hear({ type: 'escalation', from: 'node', to: 'user', body });
  const row = () => pickQuestion(alice.home, QUESTION);
  expect([questionsForMe(alice.home).length, questionRow(alice.home, row()).state]).toEqual([1, 'open']);
  await alice.hearRoutes({ alice: 'user', bob: 'bob', builder: 'peer' }, graph);
  expect([questionsForMe(alice.home).length, questionRow(alice.home, row()).state]).toEqual([0, 'over']);
  await expect(replyToQuestion(alice.user, row(), 'no')).rejects.toMatchObject({ code: 'denied' });
  expect(alice.said('reply')).toEqual([]);
});
