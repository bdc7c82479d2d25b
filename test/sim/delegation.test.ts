/** Agents that delegate: allowed by an edge, refused without one, ended by their budget. */
import { beforeAll, describe, expect, test } from 'vitest';
import { idealSuite } from '../support/ideal-suite.ts';
import { type Federation, startFederation } from './federation.ts';
import type { EngineScript } from './scripted-engine.ts';
import { ask, reached } from './story.ts';

const RING = Array.from({ length: 8 }, (_, i) => `n${i}`);
/** A task is a name of one of these with what follows it. */
const PROGRAMS: Record<string, (rest: string, turn: Parameters<EngineScript>[0]) => unknown> = {
  say: (rest, { print }) => print(rest),
  /** `give NODE TASK`: prints the answer. */
  give: async (rest, { print, delegate }) => {
    const [to, ...task] = rest.split(' ');
    print(`${JSON.stringify(await delegate(to!, task.join(' ')))}\n`);
  },
  refused: async (_rest, { print, delegate }) => {
    for (const to of ['n5', 'n0', 'nobody']) print(`${JSON.stringify(await delegate(to, 'say no'))}\n`);
  },
  /** Passes the task on around the ring, and says what became of it. */
  ring: async (at, { delegate, print }) => {
    const next = (Number(at) + 1) % RING.length;
    const { error } = await delegate(`n${next}`, `ring ${next}`);
    print('passed on');
    ringAnswers.push(`n${at} ${(error as { code: string } | undefined)?.code ?? 'done'}`);
  },
  fan: async (_rest, { print, delegate }) => {
    for (let i = 0; i < 50; i++) {
      const { state, error } = await delegate('n1', `say ${i}`);
      print(`${state ?? (error as { message: string }).message}\n`);
    }
  },
  chat: async (_rest, { print, directive }) => print(await directive('please delegate to n1')),
  text: (_rest, { print }) => print('{"delegate":{"to":"n1","task":"say no"}}\n'),
};
const ringAnswers: string[] = [];

let fed: Federation;
beforeAll(async () => {
  fed = await startFederation({
    people: { alice: {} },
    agents: Object.fromEntries(RING.map((name) => [name, { policy: { budget: { hops: 8, turns: 50 } } }])),
    edges: [
      'alice delegates_to n0',
      ...RING.map((name, i) => `${name} delegates_to ${RING[(i + 1) % 8]}`),
      'n1 delegates_to n0',
    ],
    runners: { r1: { capacity: 2 } },
    suite: idealSuite,
    script: (turn) => {
      const [program, ...rest] = turn.task.split(' ');
      return PROGRAMS[program!]!(rest.join(' '), turn);
    },
  });
});
const summaryOf = async (task: string): Promise<string> =>
  (await reached(fed, 'alice', await ask(fed, 'alice', 'n0', task), 'completed')).summary!.trim();

describe('delegation', () => {
  test('over an edge: the other node does the work and its answer comes back', async () => {
    const answer = JSON.parse(await summaryOf('give n1 say done by the other'));
    expect(answer).toMatchObject({ ok: true, state: 'completed', summary: 'done by the other' });
  });
  test('without an edge, and to itself: refused with a reason that the engine can read', async () => {
    const answers = (await summaryOf('refused')).split('\n').map((line) => JSON.parse(line));
    expect(answers.map((answer) => answer.error.code)).toEqual(['no_edge', 'no_edge', 'no_edge']);
  });
  test('T47 a loop A→B→A is refused where it would close', async () => {
    const outer = JSON.parse(await summaryOf('give n1 give n0 say again'));
    expect(JSON.parse(outer.summary).error.code).toBe('budget_exceeded');
  });
  test('T47 a ring of eight, each passing the task on, ends before it closes', async () => {
    await summaryOf('ring 0');
    expect(ringAnswers[0]).toContain('budget_exceeded');
    // Each ran once: who was refused told the one before, back to the first.
    const names = ringAnswers.map((line) => line.slice(0, 2));
    expect(names).toEqual(names.map((_, i) => `n${names.length - 1 - i}`));
    expect(names.length).toBeGreaterThan(2);
  });
  test('T47 a fan-out of fifty ends with the budget', async () => {
    const lines = (await summaryOf('fan')).split('\n');
    expect(lines.at(-1)).toContain('the task would come back');
    expect(lines.filter((line) => line === 'completed').length).toBeLessThan(50);
  });
  test('a directive that is none is refused, and so is free text', async () => {
    expect(JSON.parse(await summaryOf('chat')).error.code).toBe('bad_directive');
    const turns = fed.runs.length;
    expect(await summaryOf('text')).toContain('delegate');
    expect(fed.runs.length).toBe(turns + 1);
  });
});
