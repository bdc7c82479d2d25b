/** What people are told of a running turn: whole characters, in order, bounded, and nobody else is told. */
import { expect, test } from 'vitest';
import type { EngineScript } from '../../../test/sim/scripted-engine.ts';
import { FREE_GRAPH, startFreeRunner, startReadyRunner } from '../../../test/sim/single-runner.ts';
import { uuidOf } from '../../../test/support/world.ts';
import { startTrace } from './turn-trace.ts';

const S = uuidOf(0xe1);
const traced = async (script: EngineScript, from: 'user' | 'peer' = 'user') => {
  const one = await startFreeRunner({ script });
  await one.request(S, from);
  await one.time.until('the end', () => one.session(S)?.open === 0, 120_000);
  return { one, told: one.fleeting('turn.trace') };
};
const textOf = (told: readonly { body: { text: string } }[]) => told.map(({ body }) => body.text).join('');

test('what is printed is told whoever launched the task, as it comes, each byte once', async () => {
  const { one, told } = await traced(async ({ print, sleep }) => {
    for (let i = 0; i < 50; i++) {
      print(`line ${i}\n`);
      await sleep(100);
    }
  });
  expect(textOf(told)).toBe(Array.from({ length: 50 }, (_, i) => `line ${i}\n`).join(''));
  expect(told.map((m) => [m.from, m.to, m.body.session, m.body.attempt])).toEqual(
    told.map(() => [one.actors.node.pubkey, one.actors.user.pubkey, S, 1]),
  );
  let at = 0;
  for (const { body } of told) {
    expect(body.at).toBe(at);
    at += body.bytes;
  }
  // Five seconds, about one message in each
  expect(told.length).toBeGreaterThan(4);
  expect(told.length).toBeLessThan(9);
  expect(one.said('turn.trace')).toEqual([]);
});

test('a flood is told as its newest part, and what is left out shows', async () => {
  const { told } = await traced(({ print }) => print('x'.repeat(1_000_000)));
  expect(textOf(told).length).toBe(32_768);
  expect(told[0]!.body.at).toBe(1_000_000 - 32_768);
  expect(told.map(({ body }) => body.bytes)).toEqual([8192, 8192, 8192, 8192, 0]);
});

test('no character is cut in half, and bytes that are none are told as such', async () => {
  const { told } = await traced(async ({ print, sleep }) => {
    print(Buffer.from('a€').subarray(0, 2));
    await sleep(3_000);
    print(Buffer.from('a€').subarray(2));
    await sleep(3_000);
    print(Buffer.of(0xff, 0xe2));
  });
  expect(told.map(({ body }) => [body.at, body.bytes, body.text])).toEqual([
    [0, 1, 'a'],
    [1, 3, '€'],
    [4, 2, '\ufffd\ufffd'],
    // How many there were
    [6, 0, ''],
  ]);
});

test('control characters, which take eight times the room on the wire, are told in no more messages', async () => {
  const { told } = await traced(async ({ print, sleep }) => {
    print('\u0001'.repeat(8192));
    await sleep(5_000);
    print('end');
  });
  expect(told.length).toBe(6);
  expect(textOf(told)).toMatch(/^\u0001{4096}end$/);
  expect(told.slice(-2).map(({ body }) => body.at)).toEqual([8192, 8195]);
});

test('a node that gave the task is told nothing; without a lease nobody is', async () => {
  const chatty: EngineScript = async ({ print, sleep }) => {
    print('hi\n');
    await sleep(3_000);
  };
  expect((await traced(chatty, 'peer')).told).toEqual([]);
  const one = await startFreeRunner({ script: chatty });
  await one.request(S, 'user');
  await one.time.until('the turn', () => one.runs.length > 0);
  one.home.leases.remove(one.actors.node.pubkey);
  await one.time.until('the end', () => one.runs[0]?.ended !== null, 30_000);
  expect(one.fleeting('turn.trace')).toEqual([]);
});

test('who was asked about something of the session is told what comes after that', async () => {
  const one = await startReadyRunner();
  await one.request(S, 'user');
  await one.time.until('the question', () => one.said('approval.request').length > 0, 30_000);
  const trace = startTrace(one.runner, one.session(S)!, 2);
  trace.add(Buffer.from('again\n'));
  await trace.close();
  const people = (['user', 'bob', 'stranger'] as const).map((name) => one.actors[name].pubkey);
  await one.time.until('the traces', () => one.fleeting('turn.trace').length === 2 * people.length);
  expect(new Set(one.fleeting('turn.trace').map(({ to }) => to))).toEqual(new Set(people));
});

test('an edge that is narrowed to other types carries none', async () => {
  const only = 'only: [task.request, task.accept, task.update, task.result]';
  const graph = FREE_GRAPH.replace(
    '- alice delegates_to builder',
    `- { from: alice, relation: delegates_to, to: builder, ${only} }`,
  ).replace('  - alice approves builder\n', '');
  const one = await startFreeRunner({ graph, script: ({ print }) => print('hi\n') });
  await one.request(S, 'user');
  await one.time.until('the end', () => one.session(S)?.open === 0, 30_000);
  expect(one.session(S)!.state).toBe('completed');
  expect(one.fleeting('turn.trace')).toEqual([]);
  expect(one.logged.filter((text) => text.includes('cannot tell'))).toEqual([]);
});
