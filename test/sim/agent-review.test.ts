/** A review by another agent: what it gets, what comes of its verdict, and what is told where there is none. */
import { afterEach, expect, test } from 'vitest';
import { fromUtf8, utf8 } from '../../src/core/encoding/bytes.ts';
import type { BodyOf } from '../../src/core/protocol/table.ts';
import { readBody } from '../../src/services/messaging/read-event.ts';
import { idealSuite } from '../support/ideal-suite.ts';
import { type Federation, startFederation } from './federation.ts';
import { faultsOf } from './invariants.ts';
import type { EngineTurn } from './scripted-engine.ts';
import { approve, ask, asked, atHost, cancel, reached } from './story.ts';

const at = (runner: string, more: object = {}) => ({ placement: { labels: { at: runner } }, ...more });
const EDGES = [
  ...['alice delegates_to builder', 'alice approves builder', 'checker reviews builder'],
  'alice delegates_to checker',
];
const APPROVED = { policy: { approval: { 'source.publish': { by: ['alice'], quorum: 1 } } } };

let fed: Federation;
afterEach(() => fed?.close());
type Answer = { ok: boolean; verdict?: string; words?: string; error?: { code: string; message: string } };
let answers: Answer[];
let given: { task: string; diff: string; made: string | undefined }[];
type Reviewer = (turn: EngineTurn, say: (said: object) => Promise<Answer>) => unknown;

const start = async (
  reviewer: Reviewer,
  {
    checkerAt = 'r2',
    edges = EDGES as unknown[],
    checker = {} as object,
    after = (_turn: EngineTurn): unknown => null,
  } = {},
): Promise<Federation> => {
  answers = [];
  given = [];
  fed = await startFederation({
    people: { alice: {} },
    agents: { builder: at('r1', APPROVED), checker: at(checkerAt, checker) },
    edges,
    runners: { r1: { labels: { at: 'r1' } }, r2: { labels: { at: 'r2' } } },
    suite: idealSuite,
    script: async (turn: EngineTurn) => {
      const { task, attached, write, read, directive } = turn;
      const say = async (said: object) => JSON.parse(await directive(JSON.stringify(said)));
      if (task.startsWith('Review ')) {
        const [diff] = attached;
        given.push({ task, diff: diff ? fromUtf8(diff.bytes) : '', made: read('made.txt') });
        return reviewer(turn, (said) => say({ review: said }));
      }
      if (task === 'Count') return 0;
      write('made.txt', 'one\n');
      answers.push(await say({ request_review: { to: 'checker', note: 'is it safe?' } }));
      await after(turn);
      if (answers[0]?.words) write('made.txt', `${answers[0].words}\n`);
      return answers[0]?.error?.code === 'cancelled' ? 1 : 0;
    },
  });
  return fed;
};
const answered = () => fed.until('the answer of the directive', () => answers[0]);
const launch = () => ask(fed, 'alice', 'builder', 'write it');

test.each(['r1', 'r2'])('is of the commit, with its difference beside it, on %s', async (checkerAt) => {
  await start((_turn, say) => say({ verdict: 'pass' }), { checkerAt });
  const session = await launch();
  await approve(fed, 'alice', session);
  await reached(fed, 'alice', session, 'completed');
  expect(answers).toMatchObject([{ ok: true, verdict: 'pass' }]);
  expect(given).toMatchObject([{ made: 'one\n' }]);
  expect(given[0]?.diff).toContain('+++ b/made.txt');
  expect(given[0]?.task).toMatch(/made by builder|that builder made/);
  expect(given[0]?.task).toContain('is it safe?');
  expect(given[0]?.task).toContain('write it');
  expect(fed.remote.updates.map(({ branch }) => branch.split('/')[1])).toEqual(['builder']);
  await fed.time.pass(60_000);
  expect(faultsOf(fed)).toEqual([]);
});

test('that wants changes gives its words to the engine, and to who approves what came of it', async () => {
  await start((_turn, say) => say({ verdict: 'changes', words: 'say two' }));
  const session = await launch();
  const { id } = await asked(fed, 'alice', session);
  expect(answers).toMatchObject([{ ok: true, verdict: 'changes', words: 'say two' }]);
  const { tables } = fed.runners.r1!.home;
  // It is no vote: the approval waits for its person all the same
  expect(tables.get('approvals', id)).toMatchObject({ state: 'pending' });
  await approve(fed, 'alice', session);
  await reached(fed, 'alice', session, 'completed');
  expect(fed.remote.show(fed.remote.updates[0]!.to)['made.txt']).toBe('say two\n');
});

test('T140 objects of another change than was described are shown to no engine', async () => {
  await start((_turn, say) => say({ verdict: 'pass' }));
  // The asker lies: it describes a harmless change
  const { runner } = fed.runners.r1!.running!;
  const { changes } = runner.git;
  runner.git.changes = async function* (...given) {
    for await (const one of changes(...given))
      yield { ...one, new: one.new && { ...one.new, bytes: utf8('harmless') } };
  };
  await launch();
  expect(await answered()).toMatchObject({ ok: false, error: { code: 'turn_failed' } });
  expect(given).toEqual([]);
});

test('what the reviewer does to the files is kept nowhere', async () => {
  await start((turn, say) => {
    turn.write('made.txt', 'mine\n');
    return say({ verdict: 'pass' });
  });
  const session = await launch();
  await approve(fed, 'alice', session);
  await reached(fed, 'alice', session, 'completed');
  expect(fed.remote.updates).toHaveLength(1);
  expect(fed.remote.show(fed.remote.updates[0]!.to)['made.txt']).toBe('one\n');
});

test.each<[string, string, Reviewer, object?]>([
  ['says no verdict', 'no_verdict', () => {}],
  ['fails', 'turn_failed', () => 1],
])('a reviewer that %s is an answer: %s', async (_what, code, reviewer, checker = {}) => {
  await start(reviewer, { checker });
  const session = await launch();
  expect(await answered()).toMatchObject({ ok: false, error: { code } });
  await asked(fed, 'alice', session);
});

test('a reviewer that works in another repository is an answer that says so', async () => {
  await start(() => {}, { checker: { workspace: { repository: 'file:///other', base: 'main' } } });
  await launch();
  const { error } = await answered();
  expect(error).toMatchObject({ code: 'turn_failed' });
  expect(error?.message).toContain('it works in another repository than what it is to review');
});

test('a reviewer whose base branch lacks what the change begins at is an answer that says so', async () => {
  await start(() => {}, { checker: { workspace: { repository: 'file:///remote', base: 'old' } } });
  fed.remote.move('old', { 'old.txt': 'old\n' });
  fed.remote.move('main', { 'new.txt': 'new\n' });
  await launch();
  const { error } = await answered();
  expect(error).toMatchObject({ code: 'turn_failed' });
  expect(error?.message).toContain('the commit that the change begins at is not in its base branch');
  expect(given).toEqual([]);
});

test('a verdict is said once, and of a review alone', async () => {
  const told: Answer[] = [];
  await start(async (_turn, say) => {
    told.push(await say({ verdict: 'pass' }), await say({ verdict: 'changes', words: 'no' }));
  });
  const session = await launch();
  await asked(fed, 'alice', session);
  await fed.until('both', () => told[1]);
  expect(told).toMatchObject([{ ok: true }, { ok: false, error: { code: 'already_answered' } }]);
  expect(answers).toMatchObject([{ verdict: 'pass' }]);
});

test.each<[string, string[]]>([
  ['its edge alone', []],
  ['an edge for other work beside it', ['builder delegates_to checker']],
])('ended with the task that asked for it, with %s', async (_what, more) => {
  await start(({ sleep }) => sleep(3_600_000), { edges: [...EDGES, ...more] });
  const session = await launch();
  await fed.until('the review', () => given[0]);
  const child = fed.runners.r2!.home.tables.list('sessions')[0]!;
  await cancel(fed, 'alice', session);
  await reached(fed, 'alice', session, 'cancelled');
  await fed.until('the end there', () => atHost(fed, child.id)?.startsWith('cancelled'));
  // Nobody cancelled this one
  expect(fed.runners.r2!.home.tables.get('sessions', child.id)).toMatchObject({
    ...{ reason: 'review_over', detail: { summary: 'nobody waits for this review any more' } },
  });
});

test.each(['r1', 'r2'])(
  'that goes on after its verdict ends with the task that asked, on %s',
  async (checkerAt) => {
    await start(
      async ({ sleep }, say) => {
        await say({ verdict: 'pass' });
        await sleep(3_600_000);
      },
      { checkerAt },
    );
    const session = await launch();
    await asked(fed, 'alice', session);
    const { tables } = fed.runners[checkerAt]!.home;
    const child = tables.list('sessions').find(({ id }) => id !== session)!;
    expect(child.open).toBe(1);
    await cancel(fed, 'alice', session);
    await reached(fed, 'alice', session, 'cancelled');
    await fed.until('the end there', () => tables.get('sessions', child.id)?.open === 0);
    // What was wanted of it is done
    expect(tables.get('sessions', child.id)).toMatchObject({ state: 'completed' });
  },
);

test('without its edge it is refused, and the edge is named', async () => {
  await start(() => {}, { edges: EDGES.filter((edge) => edge !== 'checker reviews builder') });
  await launch();
  const { error } = await answered();
  expect(error).toMatchObject({ code: 'no_edge' });
  expect(error?.message).toContain('"checker reviews builder"');
  expect(given).toEqual([]);
});

test('whose edge goes while it runs is an answer that says so', async () => {
  await start(({ sleep }) => sleep(3_600_000));
  await launch();
  await fed.until('the review', () => given[0]);
  await fed.applyGraph((file) => {
    file.edges = file.edges.filter((edge) => edge !== 'checker reviews builder');
  });
  expect(await answered()).toMatchObject({ ok: false, error: { code: 'edge_removed' } });
});

test('whose runner is thrown out while it runs is an answer that says so', async () => {
  await start(({ sleep }) => sleep(3_600_000));
  await launch();
  await fed.until('the review', () => given[0]);
  await fed.trust('r2', 'revoked');
  expect(await answered()).toMatchObject({ ok: false, error: { code: 'reviewer_moved' } });
});

test('is not handed on', async () => {
  const told: Answer[] = [];
  await start(async ({ directive }) => {
    told.push(JSON.parse(await directive('{"handoff":{"to":"builder","task":"you"}}')));
  });
  await launch();
  expect(await answered()).toMatchObject({ error: { code: 'no_verdict' } });
  expect(told).toMatchObject([{ ok: false, error: { code: 'is_review' } }]);
});

test('the Host is told of it as of an exchange over its edge, with the message that has the verdict', async () => {
  await start((_turn, say) => say({ verdict: 'pass' }));
  const session = await launch();
  await asked(fed, 'alice', session);
  const told = await fed.until('both moves', () => {
    const rows = fed.host.home.tables.list('messages', { type: 'conversation.observed' });
    return rows.length === 2 && rows;
  });
  expect(told.map(({ session: of }) => of === session)).toContain(true);
  const { id } = fed.runners.r2!.home.tables.list('sessions')[0]!;
  await fed.until('its end', () => atHost(fed, id)?.startsWith('completed'));
});

test.each([false, true])(
  'has its share of the budget, as much when its turn runs again: %s',
  async (isKilled) => {
    let runs = 0;
    const after = async ({ directive, sleep }: EngineTurn) => {
      runs += 1;
      if (isKilled && runs === 1) await sleep(3_600_000);
      await directive('{"delegate":{"to":"checker","task":"Count"}}');
    };
    await start((_turn, say) => say({ verdict: 'pass' }), {
      edges: [...EDGES, 'builder delegates_to checker'],
      after,
    });
    await launch();
    await fed.until('the end of the directive', () => runs === 1);
    if (isKilled) {
      fed.runners.r1!.crash();
      await fed.finish('the start', fed.runners.r1!.start());
    }
    const { home } = fed.runners.r2!;
    const { request } = await fed.until('the task', () =>
      home.tables.list('sessions').find(({ title }) => title === 'Count'),
    );
    const body = await fed.finish('its text', readBody<BodyOf<'task.request'>>(home, request));
    expect(body?.budget.turns).toBe(12);
  },
);

test('the runner of the reviewer is killed meanwhile: it is reviewed once more, and answered once', async () => {
  let runs = 0;
  await start(async ({ sleep }, say) => {
    runs += 1;
    if (runs === 1) await sleep(3_600_000);
    return say({ verdict: 'pass' });
  });
  const session = await launch();
  await fed.until('the review', () => given[0]);
  fed.runners.r2!.crash();
  await fed.finish('the start', fed.runners.r2!.start());
  await asked(fed, 'alice', session);
  expect(answers).toMatchObject([{ verdict: 'pass' }]);
  expect(runs).toBe(2);
});
