/** Whom a session waits for and has not reached: of each thing that is asked, told once, and taken back when it is over. */
import { describe, expect, test } from 'vitest';
import type { EngineTurn } from '../../../test/sim/scripted-engine.ts';
import {
  RUNNER_GRAPH,
  type RunnerSetup,
  type SingleRunner,
  startReadyRunner,
} from '../../../test/sim/single-runner.ts';
import { type Name, uuidOf } from '../../../test/support/world.ts';
import { MAX_WAITING_TOLD, UNREACHED_MS } from '../../core/bounds.ts';

const S = uuidOf(0xe1);
const REVIEWED = `${RUNNER_GRAPH}  - carol reviews builder\n  - helper reviews builder\n`;
const TWO = RUNNER_GRAPH.replace('quorum: 1', 'quorum: 2');

const start = async (script: (turn: EngineTurn) => unknown, setup: RunnerSetup = {}) => {
  const one = await startReadyRunner({ script: async (turn) => void (await script(turn)), ...setup });
  await one.request(S);
  return one;
};
const told = (one: SingleRunner): string[] =>
  one
    .said('task.waiting')
    .map(({ body }) => body.unreached.map(({ node, name, ask }) => `${node} ${name} ${ask}`).join(', '));
const acknowledge = async (one: SingleRunner, from: Name): Promise<void> => {
  for (const { stream, seq } of one.home.tables.list('outbox', { recipient: one.actors[from].pubkey }))
    await one.hear({ type: 'ack', from, to: 'node', body: { stream, high: seq, top: seq, missing: [] } });
  await one.time.pass(2_000);
};
const waits = (one: SingleRunner) => one.time.pass(UNREACHED_MS + 2_000);
const gave = ({ directive }: EngineTurn, what: object) => directive(JSON.stringify({ id: 'd', ...what }));

describe('an approval', () => {
  test('is told with all who were not reached, to the requester and the Host alike, and taken back', async () => {
    const one = await start(({ write }) => write('b.txt', 'b\n'), { graph: TWO });
    await one.time.until('the requests', () => one.said('approval.request').length === 3, 5_000);
    await one.time.pass(UNREACHED_MS - 2_000);
    expect(told(one)).toEqual([]);
    await waits(one);
    expect(told(one)).toEqual(['builder carol approval, builder phone approval, builder alice approval']);
    const [said] = one.said('task.waiting');
    expect(said).toMatchObject({ to: one.actors.user.pubkey, body: { session: S, attempt: 1, n: 1 } });
    const since = said!.body.unreached[0]!.since * 1000;
    expect(one.home.clock.now() - since).toBeGreaterThan(UNREACHED_MS);
    expect(one.said('waiting.observed').map(({ to, body }) => [to, body.unreached])).toEqual([
      [one.home.host, said!.body.unreached],
    ]);
    await one.time.pass(20_000);
    expect(told(one)).toHaveLength(1);
    // Alice has two keys, and is one of two that are needed
    await acknowledge(one, 'user');
    await acknowledge(one, 'bob');
    expect(told(one).slice(1)).toEqual([
      'builder carol approval, builder phone approval',
      'builder carol approval',
    ]);
    await acknowledge(one, 'stranger');
    expect(told(one).at(-1)).toBe('');
    expect(one.said('task.waiting').map(({ body }) => body.n)).toEqual([1, 2, 3, 4]);
  });

  test('is told of nobody where who was reached is enough', async () => {
    const one = await start(({ write }) => write('b.txt', 'b\n'));
    await one.time.until('the requests', () => one.said('approval.request').length === 3, 5_000);
    await acknowledge(one, 'stranger');
    await waits(one);
    expect(told(one)).toEqual([]);
  });
});

test('a question is told while nobody has it, and no more when its turn is over', async () => {
  const one = await start((turn) => gave(turn, { ask: { question: 'which port?' } }));
  await one.time.until('the question', () => one.said('question')[0], 5_000);
  await waits(one);
  expect(told(one)).toEqual(['builder alice question']);
  const [{ body, event }] = one.said('question') as [ReturnType<typeof one.said<'question'>>[number]];
  const reply = { session: S, question: body.question, text: '8080' };
  await one.hear({ type: 'reply', from: 'user', to: 'node', re: event.id, body: reply });
  await one.time.pass(2_000);
  expect(told(one)).toEqual(['builder alice question', '']);
});

test.each<[string, Name]>([
  ['carol', 'stranger'],
  ['helper', 'peer'],
])('a review is told once, while its reviewer has not got it: %s', async (to, key) => {
  const review = { request_review: { to, note: 'is it safe?' } };
  const one = await start(
    (turn) => {
      turn.write('made.txt', 'a\n');
      return gave(turn, review);
    },
    { graph: REVIEWED },
  );
  const asked = () => one.said('review.request')[0] ?? one.said('task.review')[0];
  await one.time.until('the request', asked, 5_000);
  await waits(one);
  expect(told(one)).toEqual([`builder ${to} review`]);
  await acknowledge(one, key);
  expect(told(one)).toEqual([`builder ${to} review`, '']);
});

test('what cannot be told delays no step', async () => {
  const one = await start(({ write }) => write('b.txt', 'b\n'));
  await one.time.until('the requests', () => one.said('approval.request').length === 3, 5_000);
  const row = { session: S, by: one.actors.node.pubkey, attempt: 1, unreached: [] };
  one.home.tables.put('waits', { ...row, n: -5 });
  await one.time.pass(27_000);
  expect(one.logged.filter((text) => text.includes(S)).length).toBeGreaterThan(3);
  await one.decide(S, 'user');
  await one.time.until('the end', () => one.said('task.result')[0], 5_000);
});

describe('a task that was given away', () => {
  const begin = async () => {
    const one = await start(({ delegate }) => delegate('helper', 'help'));
    const asked = () => one.said('task.request')[0];
    await one.time.until('the task', asked, 5_000);
    return { one, child: asked()!.body.session, re: asked()!.event.id };
  };

  test('is told while its node has not got it', async () => {
    const { one } = await begin();
    await waits(one);
    expect(told(one)).toEqual(['builder helper task']);
    await acknowledge(one, 'peer');
    expect(told(one)).toEqual(['builder helper task', '']);
  });

  test('of another attempt than was asked makes nobody wait', async () => {
    const { one, child, re } = await begin();
    const unreached = [{ node: 'helper', name: 'carol', ask: 'approval' as const, since: 1 }];
    await acknowledge(one, 'peer');
    const body = { session: child, attempt: 2, n: 1, unreached };
    await one.hear({ type: 'task.waiting', from: 'peer', to: 'node', re, body });
    await one.time.pass(2_000);
    expect(told(one)).toEqual([]);
  });

  test('is told of as it is at last, however often its node says another thing, and never ahead of what is known here', async () => {
    const { one, child, re } = await begin();
    await acknowledge(one, 'peer');
    const name = (n: number) => `who${n}`;
    const say = (n: number, node = 'helper', since = 1) => {
      const unreached = [{ node, name: name(n), ask: 'approval' as const, since }];
      const body = { session: child, attempt: 1, n, unreached };
      return one.hear({ type: 'task.waiting', from: 'peer', to: 'node', re, body });
    };
    for (let n = 1; n <= 40; n++) {
      await say(n);
      await one.time.pass(500);
    }
    expect(told(one).length).toBeLessThanOrEqual(20_000 / UNREACHED_MS + 1);
    await waits(one);
    expect(told(one).at(-1)).toBe('helper who40 approval');
    const [asked] = one.said('task.request');
    expect(one.said('task.waiting').at(-1)!.body.unreached[0]!.since).toBe(asked!.event.created_at);
    await say(42, 'helper', Math.floor(one.home.clock.now() / 1000) + 3600);
    await waits(one);
    const last = one.said('task.waiting').at(-1)!;
    expect(last.body.unreached[0]!.since).toBeLessThanOrEqual(last.event.created_at);
    await say(43, 'builder');
    await waits(one);
    expect(told(one).at(-1)).toBe('');
  });

  test('that its node said too often of is told no more, and nothing else waits for that', async () => {
    const { one, child, re } = await begin();
    await acknowledge(one, 'peer');
    const me = one.actors.node.pubkey;
    const { tables } = one.home;
    tables.put('waits', { session: S, by: me, attempt: 1, n: MAX_WAITING_TOLD, unreached: [] });
    const unreached = [{ node: 'helper', name: 'carol', ask: 'approval' as const, since: 1 }];
    const from = { from: 'peer', to: 'node', re } as const;
    await one.hear({ type: 'task.waiting', ...from, body: { session: child, attempt: 1, n: 1, unreached } });
    await waits(one);
    expect(told(one)).toEqual([]);
    expect(one.logged.filter((text) => text.includes(S))).toEqual([]);
  });

  test('makes whoever gave it away wait for all that its node waits for, while it is open', async () => {
    const { one, child, re } = await begin();
    const from = { from: 'peer', to: 'node', re } as const;
    const unreached = [{ node: 'helper', name: 'carol', ask: 'approval' as const, since: 1 }];
    await acknowledge(one, 'peer');
    await one.hear({ type: 'task.waiting', ...from, body: { session: child, attempt: 1, n: 1, unreached } });
    await one.time.pass(2_000);
    expect(told(one)).toEqual(['helper carol approval']);
    const ended = { session: child, attempt: 1, step: 1, state: 'failed' as const };
    await waits(one);
    await one.hear({ type: 'task.result', ...from, body: ended });
    await one.time.pass(2_000);
    expect(told(one).slice(0, 2)).toEqual(['helper carol approval', '']);
  });
});
