/** What an engine escalates: to whom it goes, what answers it, who is asked for no approval then, and when nobody waits any more. */
import { describe, expect, test } from 'vitest';
import type { EngineTurn } from '../../../test/sim/scripted-engine.ts';
import {
  FREE_GRAPH,
  RUNNER_GRAPH,
  type RunnerSetup,
  type SingleRunner,
  startReadyRunner,
} from '../../../test/sim/single-runner.ts';
import { uuidOf } from '../../../test/support/world.ts';
import { fromUtf8 } from '../../core/encoding/bytes.ts';
import { answerer } from './directives.ts';

const S = uuidOf(0xe1);
const EDGE = '  - builder escalates_to carol\n';
const ESCALATING = `${RUNNER_GRAPH}${EDGE}`;
type Answer = { ok: boolean; reply?: string; error?: { code: string; message: string } };
const line = (to = 'carol', words: unknown = 'may it wait?') =>
  JSON.stringify({ id: 'e', escalate: { to, words } });

/** A turn that escalates one thing, and writes down what it is told. */
const escalating = async (said = line(), setup: RunnerSetup = {}, from: 'user' | 'peer' = 'user') => {
  const answers: Answer[] = [];
  const script = async ({ directive, write }: EngineTurn) => {
    answers.push(JSON.parse(await directive(said)));
    write('told.txt', answers.at(-1)?.reply ?? '');
  };
  const one = await startReadyRunner({ script, graph: ESCALATING, ...setup });
  await one.request(S, from);
  const came = () => answers[0] ?? one.said('escalation')[0];
  await one.time.until('an escalation or an answer', came, 5_000);
  return { one, answers };
};
const reply = (one: SingleRunner, from: 'stranger' | 'user' = 'stranger') => {
  const [asked] = one.said('escalation');
  const body = { session: S, question: asked!.body.question, text: 'no' };
  return one.hear({ type: 'reply', from, to: 'node', re: asked!.event.id, body });
};

describe('an escalation', () => {
  test.each([
    ['a person', 'user', ['alice', 'builder']],
    ['a node', 'peer', ['helper', 'builder']],
  ] as const)(
    'goes to whom the edge names, of a task that %s gave, and the turn goes on with what they say',
    async (_who, from, path) => {
      const { one, answers } = await escalating(line(), {}, from);
      expect(one.said('escalation')).toMatchObject([
        {
          to: one.actors.stranger.pubkey,
          body: { session: S, attempt: 1, step: 2, text: 'may it wait?', path: path.slice(-2) },
        },
      ]);
      expect(answers).toEqual([]);
      await reply(one);
      await one.reach(S, 'waiting_approval');
      expect(answers).toEqual([{ id: 'e', ok: true, reply: 'no' }]);
      expect(one.said('escalation.closed')).toEqual([]);
    },
  );

  test.each<[string, string, string, RegExp, RunnerSetup?]>([
    ['over no edge', line(), 'no_edge', /"builder escalates_to carol"/, { graph: RUNNER_GRAPH }],
    ['to somebody who is not there', line('dave'), 'no_edge', /"builder escalates_to dave"/],
    [
      'over an edge that is disabled',
      line(),
      'disabled',
      /"builder escalates_to carol"/,
      {
        graph: ESCALATING.replace(
          EDGE,
          '  - { from: builder, relation: escalates_to, to: carol, disabled: true }\n',
        ),
      },
    ],
    ['to an agent over no edge', line('helper'), 'no_edge', /"builder escalates_to helper"/],
    ['of more than 64 KiB', line('carol', 'x'.repeat(65_537)), 'too_large', /at most 65536 bytes/],
    ['without words', line('carol', ''), 'bad_directive', /escalate/],
  ])('%s is refused, and the agent reads why', async (_what, said, code, message, setup) => {
    const { one, answers } = await escalating(said, setup);
    expect(answers).toMatchObject([{ ok: false, error: { code } }]);
    expect(answers[0]?.error?.message).toMatch(message);
    expect(one.said('escalation')).toEqual([]);
  });

  test('T130 that somebody else answers goes on waiting', async () => {
    const { one, answers } = await escalating();
    await reply(one, 'user').catch(() => undefined);
    expect(one.home.tables.list('replies', {})).toEqual([]);
    await reply(one);
    await one.time.until('the answer', () => answers[0], 5_000);
    expect(answers).toEqual([{ id: 'e', ok: true, reply: 'no' }]);
  });

  test('and its answer stand below the task for who approves what came of it', async () => {
    const { one } = await escalating();
    await reply(one);
    await one.reach(S, 'waiting_approval');
    const shown = [
      'write',
      '# escalated to carol while it ran',
      '> may it wait?',
      '# answered by carol',
      '> no',
    ];
    expect(one.said('approval.request').map(({ body }) => body.task)).toContain(shown.join('\n\n'));
  });

  test('T51 whoever answered is an author: under four_eyes they are asked for no approval', async () => {
    const graph = ESCALATING.replace('quorum: 1 }', 'quorum: 1, four_eyes: true }').replace(
      'by: [alice, phone, carol]',
      'by: [alice, carol]',
    );
    const asked = async (answers: boolean) => {
      const script = async ({ directive, write }: EngineTurn) => {
        if (answers) await directive(line());
        write('made.txt', 'a\n');
      };
      const one = await startReadyRunner({ script, graph });
      await one.request(S);
      if (answers) {
        await one.time.until('the escalation', () => one.said('escalation')[0], 5_000);
        await reply(one);
      }
      await one.reach(S, answers ? 'failed' : 'waiting_approval');
      return one.said('approval.request').map(({ to }) => to === one.actors.stranger.pubkey);
    };
    expect(await asked(false)).toEqual([true]);
    expect(await asked(true)).toEqual([]);
  });

  test('makes nobody else an author: who was not asked approves under four_eyes', async () => {
    const graph = ESCALATING.replace('quorum: 1 }', 'quorum: 1, four_eyes: true }').replace(
      'by: [alice, phone, carol]',
      'by: [alice, carol]',
    );
    const { one } = await escalating(line(), { graph }, 'peer');
    await reply(one);
    await one.reach(S, 'waiting_approval');
    expect(one.said('approval.request').map(({ to }) => to)).toEqual([one.actors.user.pubkey]);
  });

  test('that nobody waits for any more is closed, once', async () => {
    const { one } = await escalating();
    await one.hear({ type: 'task.cancel', from: 'user', to: 'node', body: { session: S, reason: 'no' } });
    await one.reach(S, 'cancelled');
    const [asked] = one.said('escalation');
    await one.time.until('the close', () => one.said('escalation.closed')[0], 5_000);
    expect(one.said('escalation.closed')).toMatchObject([
      { to: one.actors.stranger.pubkey, body: { session: S, question: asked!.body.question } },
    ]);
  });

  test('is put once, also by a turn that is run again after a restart; its answer is there at once', async () => {
    const one = await startReadyRunner({ script: () => new Promise(() => {}), graph: ESCALATING });
    await one.request(S);
    await one.time.until('a turn', () => one.runs[0]);
    const turn = {
      ...{ session: one.session(S)!, turn: 1, task: 'write', own: undefined },
      ...{
        soFar: async () => null,
        isOver: () => false,
        tell: () => {},
        fileOf: async () => new Uint8Array(0),
        permit: async () => ({ decision: 'approved' as const, reason: '' }),
        request: one.heard('task.request')[0]!.body,
      },
    };
    const run = () => answerer(one.runner, turn, new AbortController().signal)(line());
    const before = run();
    await one.time.until('the escalation', () => one.said('escalation')[0], 5_000);
    await reply(one);
    const told = await one.time.finish('the answer', before, 5_000);
    expect(await one.time.finish('the same answer', run(), 5_000)).toBe(told);
    expect(one.said('escalation')).toHaveLength(1);
  });
});

const AGENT_GRAPH = `${RUNNER_GRAPH}  - builder escalates_to helper\n`;
const toHelper = (setup: RunnerSetup = {}) =>
  escalatingTo(line('helper', 'may it wait?\nit is late'), { graph: AGENT_GRAPH, ...setup });
/** A turn that escalates to the agent under the key `peer`. */
const escalatingTo = async (said: string, setup: RunnerSetup) => {
  const answers: Answer[] = [];
  const script = async ({ directive }: EngineTurn) => void answers.push(JSON.parse(await directive(said)));
  const one = await startReadyRunner({ script, ...setup });
  await one.request(S, 'user', 'write', { hops: 3, turns: 9 });
  await one.time.until('an escalation or an answer', () => answers[0] ?? one.said('task.escalate')[0], 5_000);
  return { one, answers };
};
const says = async (
  one: SingleRunner,
  state: 'completed' | 'failed',
  more = {},
  from: 'peer' | 'runner2' = 'peer',
) => {
  const asked = one.said('task.escalate')[0]!;
  const { session, attempt } = asked.body;
  const common = { from, to: 'node', re: asked.event.id } as const;
  const move = { session, attempt };
  await one.hear({ type: 'task.accept', ...common, body: { ...move, step: 1, state: 'accepted' } });
  await one.hear({ type: 'task.update', ...common, body: { ...move, step: 2, state: 'active' } });
  return one.hear({ type: 'task.result', ...common, body: { ...move, step: 3, state, ...more } });
};
const transcript = async (one: SingleRunner): Promise<string> => {
  const sha256 = (await one.reach(S, 'completed')) && one.said('task.result')[0]?.body.transcript?.blobs[0];
  return fromUtf8((await one.home.blobs.get(sha256 ?? ''))!);
};

describe('an escalation to an agent', () => {
  test('is work for it, out of the budget of the task, and its last words are the answer', async () => {
    const { one, answers } = await toHelper();
    const [asked] = one.said('task.escalate');
    expect(asked).toMatchObject({
      to: one.actors.peer.pubkey,
      body: { attempt: 1, budget: { hops: 2, turns: 4, path: ['alice', 'builder'] } },
    });
    const { session, task } = asked!.body;
    expect(task).toMatch(/^may it wait\?\nit is late\n\n# escalated by builder/);
    const exchange = { conversation: session, peer: 'helper', relation: 'escalates_to', move: 'opened' };
    expect(one.said('conversation.observed')).toMatchObject([{ body: { session: S, ...exchange } }]);
    expect(answers).toEqual([]);
    await says(one, 'completed', { summary: 'no' });
    expect(await transcript(one)).toContain('escalates to helper: may it wait?…\n\nanswered by helper');
    expect(answers).toEqual([{ id: 'e', ok: true, reply: 'no', session }]);
  });

  test('that comes to nothing is an answer with its reason, and stands in the trace', async () => {
    const { one, answers } = await toHelper();
    await says(one, 'failed', { reason: 'turn_failed', summary: 'it broke' });
    expect(await transcript(one)).toContain(
      'no answer of helper: "helper" gave no answer: its session is failed',
    );
    expect(answers).toMatchObject([{ ok: false, error: { code: 'turn_failed' } }]);
    expect(answers[0]?.error?.message).toContain('it broke');
  });

  test('T147 is answered by whom it was put to, and nobody else', async () => {
    const { one, answers } = await toHelper();
    await says(one, 'completed', { summary: 'yes' }, 'runner2');
    await one.time.pass(5_000);
    expect(answers).toEqual([]);
    await says(one, 'completed', { summary: 'no' });
    await one.time.until('the answer', () => answers[0], 5_000);
    expect(answers).toMatchObject([{ ok: true, reply: 'no' }]);
  });

  test('T147 without the edge is refused, and the trace names the edge', async () => {
    const { one, answers } = await toHelper({ graph: FREE_GRAPH });
    expect(await transcript(one)).toContain(
      'no answer of helper: the graph has no edge "builder escalates_to helper"',
    );
    expect(answers).toMatchObject([{ ok: false, error: { code: 'no_edge' } }]);
    expect(one.said('task.escalate')).toEqual([]);
  });

  test('T147 to whom had the task before is refused: no ring of it closes', async () => {
    const script = async ({ directive, print }: EngineTurn) => print(await directive(line('helper')));
    const one = await startReadyRunner({ script, graph: AGENT_GRAPH });
    await one.request(S, 'peer', 'write', { hops: 3, turns: 9, path: ['alice', 'helper'] });
    await one.time.until('its end', () => one.said('task.result')[0], 5_000);
    expect(one.said('task.escalate')).toEqual([]);
    expect(one.said('task.result')[0]?.body.summary).toContain('budget_exceeded');
  });

  test('T147 is cancelled with its task', async () => {
    const { one } = await toHelper();
    const { session } = one.said('task.escalate')[0]!.body;
    await one.hear({ type: 'task.cancel', from: 'user', to: 'node', body: { session: S, reason: 'no' } });
    await one.reach(S, 'cancelled');
    expect(one.said('task.cancel')).toMatchObject([{ to: one.actors.peer.pubkey, body: { session } }]);
  });
});
