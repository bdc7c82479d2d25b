/** A review that an engine asks for: of what, of whom, what the turn is told, and when nobody waits for it any more. */
import { describe, expect, test } from 'vitest';
import type { EngineTurn } from '../../../test/sim/scripted-engine.ts';
import {
  RUNNER_GRAPH,
  type RunnerSetup,
  type SingleRunner,
  startReadyRunner,
  withIdle,
} from '../../../test/sim/single-runner.ts';
import { uuidOf } from '../../../test/support/world.ts';
import { MAX_REVIEWS } from '../../core/bounds.ts';
import { utf8 } from '../../core/encoding/bytes.ts';
import { digestOf } from '../../core/encoding/canonical.ts';
import { turnMs } from '../../core/graph/model.ts';
import type { ReviewVerdict } from '../../core/vocabulary.ts';
import { answerer } from './directives.ts';

const S = uuidOf(0xe1);
const REVIEWED = `${RUNNER_GRAPH}  - carol reviews builder\n  - phone reviews builder\n`;
type Answer = { ok: boolean; verdict?: string; words?: string; error?: { code: string; message: string } };
const wanted = (more: object = {}) =>
  JSON.stringify({ id: 'r', request_review: { to: 'carol', note: 'is it safe?', ...more } });

/** A turn that writes a file, asks for a review of it, and writes down what it is told. */
const reviewing = async (line = wanted(), setup: RunnerSetup = {}) => {
  const answers: Answer[] = [];
  const script = async ({ directive, write }: EngineTurn) => {
    write('made.txt', 'a\n');
    answers.push(JSON.parse(await directive(line)));
    write('told.txt', answers.at(-1)?.words ?? '');
  };
  const one = await startReadyRunner({ script, graph: REVIEWED, ...setup });
  await one.request(S);
  const came = () => answers[0] ?? one.said('review.request')[0];
  await one.time.until('a review or an answer', came, 5_000);
  return { one, answers };
};

type Said = { verdict?: ReviewVerdict; reason?: string; whole?: { sha256: string; size: number } };
const say = (one: SingleRunner, { verdict = 'changes', ...words }: Said = {}) => {
  const [asked] = one.said('review.request');
  const { review, subject, subjectDigest } = asked!.body;
  const body = { review, verdict, subject, subjectDigest, ...words };
  return one.hear({ type: 'review.result', from: 'stranger', to: 'node', re: asked!.event.id, body });
};

describe('a review by an agent', () => {
  const graph = `${RUNNER_GRAPH}  - helper reviews builder\n`;
  test('under an id that another has taken is refused, and takes no turns', async () => {
    const asking = async (before: (one: SingleRunner) => unknown) => {
      const answers: Answer[] = [];
      const script = async ({ directive, write }: EngineTurn) => {
        write('made.txt', 'a\n');
        await before(one);
        answers.push(JSON.parse(await directive(wanted({ to: 'helper' }))));
        await directive('{"delegate":{"to":"helper","task":"more"}}');
      };
      const one: SingleRunner = await startReadyRunner({ script, graph });
      await one.request(S);
      return { one, answers };
    };
    const first = await asking(() => null);
    const given = () => first.one.said('task.review')[0];
    const { session, budget } = (await first.one.time.until('the review', given, 30_000)).body;
    const { one, answers } = await asking((one) => one.request(session, 'stranger'));
    const task = await one.time.until('the task', () => one.said('task.request')[0], 30_000);
    expect(answers).toMatchObject([{ ok: false, error: { code: 'session_taken' } }]);
    expect(one.said('task.review')).toEqual([]);
    expect(task.body.budget.turns).toBe(budget.turns);
  });
});

describe('a review by an agent', () => {
  const graph = `${REVIEWED}  - helper reviews builder\n`;

  test('is answered by its verdict, though the session of it goes on', async () => {
    const script = async ({ directive, write }: EngineTurn) => {
      write('made.txt', 'a\n');
      await directive(wanted({ to: 'helper' }));
      return 1;
    };
    const one = await startReadyRunner({ script, graph });
    await one.request(S);
    const asked = await one.time.until('the review', () => one.said('task.review')[0], 5_000);
    const { subject, subjectDigest } = asked.body.review;
    const body = { review: subject.review, verdict: 'pass' as const, subject, subjectDigest };
    await one.hear({ type: 'review.result', from: 'peer', to: 'node', re: asked.event.id, body });
    await one.reach(S, 'failed');
    expect(one.session(asked.body.session)?.open).toBe(1);
    expect(one.turn(S)?.tail).not.toContain('no end of what was given');
  });

  test('is not asked once the turn is over, however long its objects took', async () => {
    const left = Promise.withResolvers<void>();
    const script = ({ directive, write }: EngineTurn) => {
      write('made.txt', 'a\n');
      return Promise.race([directive(wanted({ to: 'helper' })), left.promise]);
    };
    const one = await startReadyRunner({ script, graph });
    const { pack } = one.runner.git;
    let isPacked = false;
    one.runner.git.pack = async (...args) => {
      left.resolve();
      while (!one.runs[0]?.ended) await one.time.clock.sleep(100);
      isPacked = true;
      return pack(...args);
    };
    await one.request(S);
    await one.reach(S, 'waiting_approval');
    await one.time.pass(1_000);
    expect([isPacked, one.said('task.review')]).toEqual([true, []]);
  });

  test.each(['carol', 'helper'])(
    `is refused after ${MAX_REVIEWS} of its session in other turns: %s`,
    async (to) => {
      const first = await reviewing();
      const { home } = first.one;
      const [row] = home.tables.list('reviews', { session: S });
      const answers: Answer[] = [];
      const script = async ({ directive, write }: EngineTurn) => {
        write('made.txt', 'a\n');
        for (let n = 0; n < MAX_REVIEWS; n++)
          one.home.tables.put('reviews', { ...row!, id: uuidOf(0xc00 + n), open: 0 });
        answers.push(JSON.parse(await directive(wanted({ to }))));
      };
      const one: SingleRunner = await startReadyRunner({ script, graph });
      await one.request(S);
      await one.time.until('an answer', () => answers[0], 5_000);
      expect(answers).toMatchObject([{ ok: false, error: { code: 'too_many_reviews' } }]);
      expect([...one.said('review.request'), ...one.said('task.review')]).toEqual([]);
    },
  );
});

test('a reviewer who left the graph holds up no end of what they were asked for', async () => {
  const { one } = await reviewing();
  await one.hearRoutes((body) => ({ ...body, peers: body.peers.filter(({ name }) => name !== 'carol') }));
  await one.hear({ type: 'task.cancel', from: 'user', to: 'node', body: { session: S, reason: 'no more' } });
  await one.reach(S, 'cancelled');
  await one.time.pass(3_000);
  expect([one.said('review.closed'), one.logged]).toEqual([[], []]);
});

test('a review that is not on record any more was not reached, and names who was asked', async () => {
  const { one, answers } = await reviewing();
  one.home.tables.remove('reviews', one.said('review.request')[0]!.body.review);
  await one.time.until('an answer', () => answers[0], 5_000);
  const message = '"carol" did not review it in time: it was not reached';
  expect(answers).toMatchObject([{ ok: false, error: { code: 'cancelled', message } }]);
});

describe('a review', () => {
  test('is of what the turn has made so far, in a commit that is kept, for as long as the turn may run', async () => {
    const { one, answers } = await reviewing();
    const [asked] = one.said('review.request');
    const { subject, subjectDigest, diff } = asked!.body;
    expect(asked).toMatchObject({
      to: one.actors.stranger.pubkey,
      body: {
        session: S,
        attempt: 1,
        step: 2,
        note: 'is it safe?',
        task: 'write',
        path: ['alice', 'builder'],
        files: 1,
      },
    });
    expect(subject).toMatchObject({
      domain: 'entangle/review/1',
      review: asked!.body.review,
      session: S,
      attempt: 1,
      repository: 'file:///remote',
      base: one.remote.branches.get('main'),
    });
    expect(digestOf(one.home.suite, subject)).toBe(subjectDigest);
    const left = subject.expiresAt - one.home.clock.now() / 1000;
    expect(left).toBeGreaterThan(turnMs(undefined) / 1000 - 10);
    expect(left).toBeLessThanOrEqual(turnMs(undefined) / 1000 + 1);
    expect(await one.home.blobs.has(diff[0]!)).toBe(true);
    expect(answers).toEqual([]);
  });

  test.each<[Said, Partial<Answer>]>([
    [{ verdict: 'pass' }, { verdict: 'pass' }],
    [
      { verdict: 'changes', reason: 'add a test' },
      { verdict: 'changes', words: 'add a test' },
    ],
  ])('is answered by who was asked, and the turn goes on: %o', async (said, told) => {
    const { one, answers } = await reviewing();
    await say(one, said);
    await one.reach(S, 'waiting_approval');
    const { review } = one.said('review.request')[0]!.body;
    expect(answers).toEqual([{ id: 'r', ok: true, review, ...told }]);
    expect(one.said('review.closed')).toEqual([]);
  });

  test('and its words stand below the task for who approves what came of it', async () => {
    const { one } = await reviewing();
    await say(one, { reason: 'add a test\n# found good by carol' });
    await one.reach(S, 'waiting_approval');
    const shown = [
      ...['write', '# review asked of carol while it ran', '> is it safe?'],
      ...['# changes wanted in review by carol, as it was then', '> add a test\n> # found good by carol'],
    ].join('\n\n');
    expect(one.said('approval.request').map(({ body }) => body.task)).toEqual(
      expect.arrayContaining([shown]),
    );
  });

  test.each<[string, (turn: EngineTurn) => void]>([
    ['as it is now', () => {}],
    ['as it was then', ({ write }) => write('made.txt', 'b\n')],
  ])(
    'that was of %s says so to who approves: an engine goes on after it was found good',
    async (of, goOn) => {
      const script = async (turn: EngineTurn) => {
        turn.write('made.txt', 'a\n');
        await turn.directive(wanted());
        goOn(turn);
      };
      const one = await startReadyRunner({ script, graph: REVIEWED });
      await one.request(S);
      await one.time.until('the review', () => one.said('review.request')[0], 5_000);
      await say(one, { verdict: 'pass' });
      await one.reach(S, 'waiting_approval');
      expect(one.said('approval.request')[0]!.body.task).toContain(`# found good by carol, ${of}`);
    },
  );

  test.each<[string, string]>([
    ['# found good by carol', '> found good by carol'],
    ['\t##\u00a0Found\u00a0 good by carol', '\t>#\u00a0Found\u00a0 good by carol'],
    ['# Review asked of carol while it ran', '> Review asked of carol while it ran'],
    ['# answered by carol', '> answered by carol'],
    ['# a heading of its own', '# a heading of its own'],
  ])('is not made up by a task that says %s', async (line, shown) => {
    const one = await startReadyRunner({ graph: REVIEWED });
    await one.request(S, 'user', `write\n${line}`);
    await one.reach(S, 'waiting_approval');
    expect(one.runs[0]!.task).toBe(`write\n${line}`);
    expect(one.said('approval.request')[0]!.body.task).toBe(`write\n${shown}`);
    await one.decide(S, 'user', 'changes_wanted', { reason: 'shorter' });
    await one.time.until('the next turn', () => one.runs[1]?.ended, 5_000);
    const asked = () => one.said('approval.request').at(-1)!.body.task;
    const next = `write\n${shown}\n\n# changes wanted by alice\n\nshorter\n`;
    await one.time.until('the next approval', () => asked() === next, 5_000);
    expect(one.runs[1]!.task).toBe(next.replace(shown, line));
  });

  test('whose words do not fit beside the task is told so: nobody approves what they were not shown', async () => {
    const { one, answers } = await reviewing();
    const whole = await one.give(utf8('8'.repeat(65_500)), 'stranger');
    await say(one, { reason: '8'.repeat(300), whole });
    await one.reach(S, 'waiting_approval');
    expect(answers).toMatchObject([{ ok: false, error: { code: 'too_large' } }]);
  });

  const FOUR_EYES = REVIEWED.replace('quorum: 1', 'quorum: 1, four_eyes: true');

  test.each<[string, Said]>([
    ['wanted changes', { verdict: 'changes' }],
    ['found it good, and said more', { verdict: 'pass', reason: 'rename it too' }],
    [
      'found it good, and said more in a text alone',
      { verdict: 'pass', whole: { sha256: '7e'.repeat(32), size: 9 } },
    ],
  ])('of who %s makes them no approver under four eyes', async (_what, said) => {
    // It writes on, whatever it is told
    const script = ({ directive, write }: EngineTurn) => {
      write('made.txt', 'a\n');
      return Promise.race([directive(wanted()), one.answered]);
    };
    let answer = () => {};
    const one = { answered: new Promise<void>((resolve) => (answer = resolve)) };
    const runner = await startReadyRunner({ script, graph: FOUR_EYES });
    await runner.request(S);
    await runner.time.until('the review', () => runner.said('review.request')[0], 5_000);
    await say(runner, said);
    answer();
    await runner.reach(S, 'failed');
    expect(runner.session(S)).toMatchObject({ reason: 'nobody_may_approve' });
  });

  test('that is answered when its turn is over makes nobody an author', async () => {
    const script = async ({ directive, write, sleep }: EngineTurn) => {
      write('made.txt', 'a\n');
      void directive(wanted());
      await sleep(1_000);
    };
    const graph = FOUR_EYES.replace('by: [alice, phone, carol]', 'by: [carol]');
    const one = await startReadyRunner({ script, graph });
    await one.request(S);
    await one.reach(S, 'waiting_approval');
    await say(one, { verdict: 'changes', reason: 'too late' });
    await one.decide(S, 'stranger', 'approved');
    await one.reach(S, 'completed');
  });

  test('that is answered when its turn is over stands below the task of no later one', async () => {
    const script = async ({ directive, write, sleep }: EngineTurn) => {
      write('made.txt', 'a\n');
      void directive(wanted());
      await sleep(1_000);
    };
    const one = await startReadyRunner({ script, graph: REVIEWED });
    await one.request(S);
    await one.reach(S, 'waiting_approval');
    await say(one, { verdict: 'changes', reason: 'too late' });
    await one.decide(S, 'user', 'changes_wanted', { reason: 'shorter' });
    await one.time.until('the next turn', () => one.runs[1]?.ended, 5_000);
    const asked = () => one.said('approval.request').at(-1)!.body.task;
    await one.time.until('the next approval', () => asked().includes('shorter'), 5_000);
    expect(asked()).not.toContain('too late');
  });

  test('of who found it good, and said no more, leaves them an approver under four eyes', async () => {
    const good = await reviewing(wanted(), { graph: FOUR_EYES });
    await say(good.one, { verdict: 'pass' });
    await good.one.reach(S, 'waiting_approval');
    expect(good.one.said('approval.request').map(({ to }) => to)).toEqual([good.one.actors.stranger.pubkey]);
  });

  test.each<[string, string, string, RunnerSetup?]>([
    ['of nobody', JSON.stringify({ request_review: {} }), 'bad_directive'],
    ['with a member more', wanted({ urgent: true }), 'bad_directive'],
    ['with an empty note', wanted({ note: '' }), 'bad_directive'],
    ['with a long note', wanted({ note: 'x'.repeat(401) }), 'bad_directive'],
    ['of who is not in the graph', wanted({ to: 'dave' }), 'no_edge'],
    ['of a person who reviews nothing here', wanted({ to: 'alice' }), 'no_edge'],
    ['of an agent', wanted({ to: 'helper' }), 'no_edge'],
    [
      'of an agent that runs nowhere, over another edge',
      wanted({ to: 'idle' }),
      'no_edge',
      { graph: withIdle(RUNNER_GRAPH, 'builder delegates_to idle') },
    ],
    [
      'of an agent that runs nowhere',
      wanted({ to: 'idle' }),
      'not_running',
      { graph: withIdle(RUNNER_GRAPH, 'idle reviews builder') },
    ],
    [
      'over an edge that is disabled',
      wanted(),
      'disabled',
      {
        graph: `${RUNNER_GRAPH}  - { from: carol, relation: reviews, to: builder, disabled: true }\n`,
      },
    ],
  ])('%s is refused', async (_what, line, code, setup) => {
    const { one, answers } = await reviewing(line, setup);
    expect(answers).toMatchObject([{ ok: false, error: { code } }]);
    expect(one.said('review.request')).toEqual([]);
  });

  test('that is no task of this turn gets no verdict of it', async () => {
    const { answers } = await reviewing(JSON.stringify({ review: { verdict: 'pass' } }));
    expect(answers).toMatchObject([{ ok: false, error: { code: 'no_review' } }]);
  });

  test('of nothing is refused', async () => {
    const answers: Answer[] = [];
    const script = async ({ directive }: EngineTurn) =>
      void answers.push(JSON.parse(await directive(wanted())));
    const one = await startReadyRunner({ script, graph: REVIEWED });
    await one.request(S);
    await one.time.until('an answer', () => answers[0], 5_000);
    expect(answers).toMatchObject([{ ok: false, error: { code: 'nothing_changed' } }]);
  });

  test(`is refused after ${MAX_REVIEWS} in a session`, async () => {
    const answers: Answer[] = [];
    const script = async ({ directive, write, sleep }: EngineTurn) => {
      write('made.txt', 'a\n');
      for (let n = 0; n < MAX_REVIEWS; n++) void directive(wanted({ note: `${n}` }));
      await sleep(5_000);
      answers.push(JSON.parse(await directive(wanted({ note: 'one more' }))));
    };
    const one = await startReadyRunner({ script, graph: REVIEWED });
    await one.request(S);
    await one.time.until('an answer', () => answers[0], 30_000);
    expect(answers).toMatchObject([{ ok: false, error: { code: 'too_many_reviews' } }]);
    expect(one.said('review.request')).toHaveLength(MAX_REVIEWS);
  });

  test('that was asked is found again by a turn that runs again, also where no other may be asked', async () => {
    const script = async ({ directive, write, sleep }: EngineTurn) => {
      write('made.txt', 'a\n');
      for (let n = 0; n < MAX_REVIEWS; n++) void directive(wanted({ note: `${n}` }));
      await sleep(60_000);
    };
    const one = await startReadyRunner({ script, graph: REVIEWED });
    await one.request(S);
    const all = () => one.said('review.request').length === MAX_REVIEWS;
    await one.time.until('all of them', all, 30_000);
    await say(one, { verdict: 'pass' });
    const { subject, note } = one.said('review.request')[0]!.body;
    const made = { ...subject, diff: [], size: 1, files: 1 };
    const turn = {
      ...{ session: one.session(S)!, turn: 1, task: 'write', own: undefined },
      ...{
        soFar: async () => made,
        isOver: () => false,
        tell: () => {},
        fileOf: async () => new Uint8Array(0),
        permit: async () => ({ decision: 'approved' as const, reason: '' }),
      },
      request: one.heard('task.request')[0]!.body,
    };
    const again = answerer(one.runner, turn, new AbortController().signal)(wanted({ note }));
    const told = JSON.parse(await one.time.finish('the answer', again, 5_000));
    expect(told).toMatchObject({ ok: true, verdict: 'pass', review: subject.review });
    expect(one.said('review.request')).toHaveLength(MAX_REVIEWS);
  });

  test('that is still prepared when the engine ends is not asked for, nor is another commit made for it', async () => {
    const script = ({ directive, write }: EngineTurn) => {
      write('made.txt', 'a\n');
      for (let n = 0; n < 20; n++) void directive(wanted({ note: `${n}` }));
    };
    const one = await startReadyRunner({ script, graph: REVIEWED });
    const { git } = one.runner;
    const { commit } = git;
    let commits = 0;
    git.commit = (...given) => {
      commits += 1;
      return commit(...given);
    };
    await one.request(S);
    await one.reach(S, 'waiting_approval');
    await one.time.pass(5_000);
    expect(one.said('review.request')).toEqual([]);
    // What was under way, and what the turn left
    expect(commits).toBe(2);
  });

  test('that a commit cannot be made for fills no disk', async () => {
    const answers: Answer[] = [];
    const script = async ({ directive, write }: EngineTurn) => {
      write('a\\b', 'no file of a commit');
      for (let n = 0; n <= MAX_REVIEWS; n++) {
        write('made.txt', `${n}`);
        answers.push(JSON.parse(await directive(wanted())));
      }
    };
    const one = await startReadyRunner({ script, graph: REVIEWED });
    await one.request(S);
    await one.time.until('all answers', () => answers[MAX_REVIEWS], 30_000);
    expect(answers[0]).toMatchObject({ ok: false, error: { code: 'invalid' } });
    expect(answers[MAX_REVIEWS]).toMatchObject({
      ok: false,
      // It asked for none
      error: { code: 'too_many_reviews', message: expect.stringContaining(`committed ${MAX_REVIEWS} times`) },
    });
  });

  test('whose commit fails tells the engine no path of this machine', async () => {
    const answers: Answer[] = [];
    const script = async ({ directive, write }: EngineTurn) => {
      write('made.txt', 'a\n');
      await one.fail();
      answers.push(JSON.parse(await directive(wanted())));
    };
    const one = { fail: async () => {} };
    const runner = await startReadyRunner({ script, graph: REVIEWED });
    one.fail = async () => {
      runner.runner.git.commit = async () => {
        throw new Error("ENAMETOOLONG: open '/home/somebody/store/files/x'");
      };
    };
    await runner.request(S);
    await runner.time.until('an answer', () => answers[0], 30_000);
    expect(answers[0]).toMatchObject({ ok: false, error: { code: 'invalid' } });
    expect(JSON.stringify(answers)).not.toContain('/home');
  });

  test('that nobody waits for any more is closed, and said to be so once', async () => {
    const { one, answers } = await reviewing();
    const cancel = { session: S, reason: 'no' };
    await one.hear({ type: 'task.cancel', from: 'user', to: 'node', body: cancel });
    await one.reach(S, 'cancelled');
    await one.time.until('the end of the review', () => one.said('review.closed')[0], 5_000);
    const [asked] = one.said('review.request');
    const { review, subjectDigest } = asked!.body;
    expect(one.said('review.closed')).toMatchObject([
      { to: one.actors.stranger.pubkey, body: { review, session: S, subjectDigest } },
    ]);
    expect(answers).toEqual([]);
    await one.time.pass(5_000);
    expect(one.said('review.closed')).toHaveLength(1);
  });

  test('takes no capacity while it waits', async () => {
    const { one } = await reviewing(wanted(), { capacity: 1 });
    await one.request(uuidOf(0xe2));
    await one.time.until('the turn of the other task', () => one.runs[1], 5_000);
  });
});
