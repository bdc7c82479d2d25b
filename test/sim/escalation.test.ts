/** What an agent escalates to another: over its edge, with all that happens between. */
import { afterEach, expect, test } from 'vitest';
import { replyToQuestion } from '../../src/services/user/answers.ts';
import { questionsForMe } from '../../src/services/user/questions.ts';
import { idealSuite } from '../support/ideal-suite.ts';
import { type Federation, startFederation } from './federation.ts';
import { faultsOf } from './invariants.ts';
import type { EngineTurn } from './scripted-engine.ts';
import { ask, atHost, cancel, reached, userOf } from './story.ts';

const at = (runner: string) => ({ placement: { labels: { at: runner } } });
const EDGE = 'builder escalates_to lead';

let fed: Federation;
afterEach(() => fed?.close());
type Answer = { ok: boolean; reply?: string; error?: { code: string; message: string } };
let answers: Answer[];
/** `builder` escalates; `lead` answers, or puts it to a person. */
const start = async (
  leadAt = 'r2',
  edges = ['alice delegates_to builder', EDGE, 'lead escalates_to bob'],
) => {
  answers = [];
  fed = await startFederation({
    people: { alice: {}, bob: {} },
    agents: { builder: at('r1'), lead: at(leadAt) },
    edges,
    runners: { r1: { labels: { at: 'r1' } }, r2: { labels: { at: 'r2' } } },
    suite: idealSuite,
    script: async ({ task, print, sleep, directive }: EngineTurn) => {
      const escalate = async (to: string, words: string): Promise<Answer> =>
        JSON.parse(await directive(JSON.stringify({ escalate: { to, words } })));
      if (!task.includes('escalated by')) {
        answers.push(await escalate('lead', task));
        print(JSON.stringify(answers[0]));
      } else if (task.startsWith('for bob')) print((await escalate('bob', task)).reply ?? 'nobody');
      else if (task.startsWith('slow')) {
        await sleep(60_000);
        print('late');
      } else if (task.startsWith('back')) print(JSON.stringify(await escalate('builder', 'again')));
      else print('do not');
    },
  });
  return fed;
};
const given = (runner = 'r2') =>
  fed.until('the session of the escalation', () =>
    fed.runners[runner]!.home.tables.list('sessions').find(({ state }) => state === 'active'),
  );

test.each(['r1', 'r2'])('is answered by the other agent, on %s', async (leadAt) => {
  await start(leadAt);
  await reached(fed, 'alice', await ask(fed, 'alice', 'builder', 'may I?'), 'completed');
  expect(answers).toMatchObject([{ ok: true, reply: 'do not' }]);
  await fed.time.pass(60_000);
  expect(faultsOf(fed)).toEqual([]);
});

test('goes up as far as the edges do, to a person who reads the way that it came', async () => {
  await start();
  const session = await ask(fed, 'alice', 'builder', 'for bob: may I?');
  const { home } = fed.people.bob!;
  const row = await fed.until('the question', () => questionsForMe(home)[0]);
  expect([row.kind, row.path, row.words.split('\n')[0]]).toEqual([
    'escalation',
    ['alice', 'builder', 'lead'],
    'for bob: may I?',
  ]);
  await fed.finish('the answer', replyToQuestion(userOf(fed, 'bob'), row, 'you may'));
  await reached(fed, 'alice', session, 'completed');
  expect(answers).toMatchObject([{ ok: true, reply: 'you may' }]);
});

test('T147 back to whom it came from is refused: no ring closes', async () => {
  await start('r2', ['alice delegates_to builder', EDGE, 'lead escalates_to builder']);
  await reached(fed, 'alice', await ask(fed, 'alice', 'builder', 'back'), 'completed');
  expect(answers[0]?.reply).toContain('budget_exceeded');
  expect(fed.runs).toHaveLength(2);
});

test.each([
  [
    'T147 its runner is killed while it waits: it is put once, and the turn that runs again',
    'r1',
    ['r1', 'r2', 'r1'],
  ],
  [
    'T147 the runner of whoever answers is killed in its turn: it is put once, and the turn that waits',
    'r2',
    ['r1', 'r2', 'r2'],
  ],
])('%s gets the answer', async (_, killed, runs) => {
  await start();
  const session = await ask(fed, 'alice', 'builder', 'slow');
  await given();
  await fed.until('its turn', () => fed.runs.find((run) => run.runner === 'r2'));
  const runner = fed.runners[killed]!;
  runner.crash();
  await fed.finish('the start', runner.start());
  await reached(fed, 'alice', session, 'completed');
  expect(answers).toMatchObject([{ ok: true, reply: 'late' }]);
  expect(fed.runners.r1!.home.tables.count('messages', { type: 'task.escalate' })).toBe(1);
  expect(fed.runs.map((run) => run.runner)).toEqual(runs);
});

test('T147 who cancels the task ends it there too', async () => {
  await start();
  const session = await ask(fed, 'alice', 'builder', 'slow');
  const child = await given();
  await cancel(fed, 'alice', session);
  await reached(fed, 'alice', session, 'cancelled');
  await fed.until('the end there', () => atHost(fed, child.id)?.startsWith('cancelled'));
});

test('T147 its edge goes while it waits: the answer says so, and its session ends', async () => {
  await start();
  await ask(fed, 'alice', 'builder', 'slow');
  const child = await given();
  await fed.applyGraph((file) => {
    file.edges = file.edges.filter((edge) => edge !== EDGE);
  });
  await fed.until('the answer', () => answers[0]);
  expect(answers).toMatchObject([{ ok: false, error: { code: 'edge_removed' } }]);
  await fed.until('the end there', () => atHost(fed, child.id) === 'failed edge_removed');
});
