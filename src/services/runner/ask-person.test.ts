/** A question of an engine: to whom it goes, what answers it, and that no turn asks twice what it asked. */
import { describe, expect, test } from 'vitest';
import type { EngineTurn } from '../../../test/sim/scripted-engine.ts';
import {
  RUNNER_GRAPH,
  type RunnerSetup,
  type SingleRunner,
  startReadyRunner,
} from '../../../test/sim/single-runner.ts';
import { uuidOf } from '../../../test/support/world.ts';
import { MAX_QUESTIONS } from '../../core/bounds.ts';
import { toHex, utf8 } from '../../core/encoding/bytes.ts';
import { answerer } from './directives.ts';

const S = uuidOf(0xe1);
type Answer = { ok: boolean; reply?: string; error?: { code: string; message: string } };
const ask = (question: unknown) => JSON.stringify({ id: 'q', ask: { question } });

/** A turn that asks one thing, and writes down what it is told. */
const asking = async (line = ask('which port?'), setup: RunnerSetup = {}, from: 'user' | 'peer' = 'user') => {
  const answers: Answer[] = [];
  const script = async ({ directive, write }: EngineTurn) => {
    answers.push(JSON.parse(await directive(line)));
    write('port.txt', answers.at(-1)?.reply ?? '');
  };
  const one = await startReadyRunner({ script, ...setup });
  await one.request(S, from);
  const came = () => answers[0] ?? one.said('question')[0];
  await one.time.until('a question or an answer', came, 5_000);
  return { one, answers };
};

const reply = (one: SingleRunner, text = '8080', whole?: { sha256: string; size: number }) => {
  const [asked] = one.said('question');
  const body = { session: S, question: asked!.body.question, text, ...(whole && { whole }) };
  return one.hear({ type: 'reply', from: 'user', to: 'node', re: asked!.event.id, body });
};

const turnOf = (one: SingleRunner) => ({
  ...{
    session: one.session(S)!,
    turn: 1,
    task: 'write',
    own: undefined,
    soFar: async () => null,
    tell: () => {},
    fileOf: async () => new Uint8Array(0),
    permit: async () => ({ decision: 'approved' as const, reason: '' }),
    isOver: () => false,
  },
  request: one.heard('task.request')[0]!.body,
});

describe('a question', () => {
  test('goes to who launched the task, in answer to it, and the turn goes on with what they say', async () => {
    const { one, answers } = await asking();
    const [request] = one.heard('task.request');
    expect(one.said('question')).toMatchObject([
      { to: one.actors.user.pubkey, body: { session: S, attempt: 1, step: 2, text: 'which port?' } },
    ]);
    expect(one.said('question')[0]!.event.tags).toContainEqual(['e', request!.event.id]);
    expect(answers).toEqual([]);
    await reply(one);
    await one.reach(S, 'waiting_approval');
    expect(answers).toEqual([{ id: 'q', ok: true, reply: '8080' }]);
  });

  test('that is answered when its turn is over stands below the task of no later one: nobody was told', async () => {
    const script = async ({ directive, write, sleep }: EngineTurn) => {
      write('made.txt', 'a\n');
      void directive(ask('which port?'));
      await sleep(1_000);
    };
    const one = await startReadyRunner({ script });
    await one.request(S);
    await one.reach(S, 'waiting_approval');
    await reply(one, 'too late');
    await one.decide(S, 'user', 'changes_wanted', { reason: 'shorter' });
    await one.time.until('the next turn', () => one.runs[1]?.ended, 5_000);
    const asked = () => one.said('approval.request').at(-1)!.body.task;
    await one.time.until('the next approval', () => asked().includes('shorter'), 5_000);
    expect(asked()).not.toContain('too late');
  });

  const NO_EDGE = RUNNER_GRAPH.replace(
    '- alice delegates_to builder',
    '- { from: alice, relation: delegates_to, to: builder, only: [task.request, task.accept, task.update, task.result] }',
  );
  test.each<[string, string, string, RunnerSetup?, ('user' | 'peer')?]>([
    ['without words', ask(''), 'bad_directive'],
    ['that is no text', ask(7), 'bad_directive'],
    ['with a member more', '{"ask":{"question":"x","to":"carol"}}', 'bad_directive'],
    [
      'beside a delegation',
      '{"ask":{"question":"x"},"delegate":{"to":"helper","task":"x"}}',
      'bad_directive',
    ],
    ['of more than 64 KiB', ask('x'.repeat(65_537)), 'too_large'],
    ['of a task that a node gave', ask('x'), 'no_person', {}, 'peer'],
  ])('%s is refused', async (_what, line, code, setup, from) => {
    const { one, answers } = await asking(line, setup, from);
    expect(answers).toMatchObject([{ ok: false, error: { code } }]);
    expect(one.said('question')).toEqual([]);
  });

  test('that the graph does not carry is refused, with the edge’s own reason', async () => {
    const { one, answers } = await asking(ask('x'), { graph: NO_EDGE });
    expect(answers).toMatchObject([{ ok: false, error: { code: 'narrowed' } }]);
    expect(one.said('question')).toEqual([]);
  });

  test('of 64 KiB has its beginning in the message, and the rest as bytes that it names', async () => {
    const { one } = await asking(ask('x'.repeat(65_536)));
    expect(one.said('question')).toMatchObject([{ body: { whole: { size: 65_536 } } }]);
  });

  test('waits for the rest of a long answer, and ends where the bytes are not what was signed', async () => {
    const { one, answers } = await asking();
    const bytes = utf8(`8080 ${'and so on '.repeat(50)}`);
    const whole = await one.give(bytes);
    await reply(one, 'something else', whole);
    await one.time.until('the answer', () => answers[0], 5_000);
    expect(answers).toMatchObject([{ ok: false, error: { code: 'too_large' } }]);
  });

  test('and its answer stand below the task for who approves what came of it, under headings of their own', async () => {
    const { one } = await asking(ask('which port?\n# answered by alice\n\n9090'));
    await reply(one, '8080\n# Asked while it ran');
    await one.reach(S, 'waiting_approval');
    const shown = [
      ...['write', '# asked while it ran', '> which port?\n> # answered by alice\n> \n> 9090'],
      ...['# answered by alice', '> 8080\n> # Asked while it ran'],
    ].join('\n\n');
    expect(one.said('approval.request').map(({ body }) => body.task)).toEqual(
      expect.arrayContaining([shown]),
    );
  });

  test('whose answer does not fit beside the task is told so: nobody approves what they were not shown', async () => {
    const { one, answers } = await asking();
    const bytes = utf8('8'.repeat(65_500));
    const whole = await one.give(bytes);
    await reply(one, '8'.repeat(300), whole);
    await one.reach(S, 'waiting_approval');
    expect(answers).toMatchObject([{ ok: false, error: { code: 'too_large' } }]);
    expect(one.said('approval.request').map(({ body }) => body.task)).toContain('write');
  });

  test('is asked once, also by a turn that is run again after a restart; its answer is there at once', async () => {
    const one = await startReadyRunner({ script: () => new Promise(() => {}) });
    await one.request(S);
    await one.time.until('a turn', () => one.runs[0]);
    const run = () => answerer(one.runner, turnOf(one), new AbortController().signal)(ask('which port?'));
    const before = run();
    await one.time.until('the question', () => one.said('question')[0], 5_000);
    await reply(one);
    const told = await one.time.finish('the answer', before, 5_000);
    expect(await one.time.finish('the same answer', run(), 5_000)).toBe(told);
    expect(JSON.parse(told)).toEqual({ id: 'q', ok: true, reply: '8080' });
    expect(one.said('question')).toHaveLength(1);
  });

  test('takes no capacity while it waits, and waits no longer than its session', async () => {
    const { one, answers } = await asking(ask('x'), { capacity: 1 });
    const T = uuidOf(0xe2);
    await one.request(T);
    await one.time.until('the turn of the other task', () => one.runs[1], 5_000);
    await one.hear({
      type: 'task.cancel',
      from: 'user',
      to: 'node',
      body: { session: S, reason: 'no' },
    });
    await one.reach(S, 'cancelled');
    expect(answers).toEqual([]);
  });

  test('of an engine that left without its answer is waited for no more', async () => {
    const one = await startReadyRunner({ script: ({ sleep }: EngineTurn) => sleep(2_000) });
    await one.request(S);
    await one.time.until('a turn', () => one.runs[0]);
    const told = answerer(one.runner, turnOf(one), new AbortController().signal)(ask('x'));
    await one.reach(S, 'completed');
    const answer = JSON.parse(await one.time.finish('the answer', told, 1_000));
    expect(answer).toMatchObject({ ok: false, error: { code: 'cancelled' } });
  });

  test(`is refused after ${MAX_QUESTIONS} in a session`, async () => {
    const long = 'long'.repeat(5_000);
    const answers: Answer[] = [];
    const script = async ({ directive, sleep }: EngineTurn) => {
      for (let n = 0; n < MAX_QUESTIONS; n++) void directive(ask(`${n}`));
      await sleep(5_000);
      answers.push(JSON.parse(await directive(ask(long))));
    };
    const one = await startReadyRunner({ script });
    await one.request(S);
    await one.time.until('an answer', () => answers[0], 30_000);
    expect(answers).toMatchObject([{ ok: false, error: { code: 'too_many_questions' } }]);
    expect(one.said('question')).toHaveLength(MAX_QUESTIONS);
    // Nor does its text take room on the disk
    expect(await one.home.blobs.get(toHex(one.home.suite.sha256(utf8(long))))).toBeUndefined();
  });
});
