/** A task that an agent hands on: over its edge, with all that happens between. */
import { expect, test } from 'vitest';
import { idealSuite } from '../support/ideal-suite.ts';
import { type Federation, startFederation } from './federation.ts';
import { faultsOf } from './invariants.ts';
import type { EngineTurn } from './scripted-engine.ts';
import { ask, atHost, cancel, reached } from './story.ts';

const at = (runner: string) => ({ placement: { labels: { at: runner } } });
const HANDS = 'builder hands_off_to helper';
const start = (helperAt = 'r2'): Promise<Federation> =>
  startFederation({
    people: { alice: {} },
    agents: { builder: at('r1'), helper: at(helperAt) },
    edges: ['alice delegates_to builder', HANDS, 'helper hands_off_to builder'],
    runners: { r1: { labels: { at: 'r1' } }, r2: { labels: { at: 'r2' } } },
    suite: idealSuite,
    script: async ({ task, write, print, sleep, directive }: EngineTurn) => {
      const [word, to = '', ...rest] = task.split(' ');
      if (word === 'hand') {
        write('lost.txt', task);
        print(await directive(JSON.stringify({ handoff: { to, task: rest.join(' ') } })));
        await sleep(2_000);
      } else {
        if (word === 'long') await sleep(60_000);
        write('made.txt', task);
      }
    },
  });
const handedOn = (fed: Federation) =>
  fed.until('the session that it was handed on as', () =>
    fed.runners.r2!.home.tables.list('sessions').find(({ state }) => state === 'active'),
  );

test.each(['r1', 'r2'])(
  'its result is that of the other node, on %s, which alone publishes',
  async (helperAt) => {
    const fed = await start(helperAt);
    const session = await ask(fed, 'alice', 'builder', 'hand helper make it');
    const { summary } = await reached(fed, 'alice', session, 'completed');
    expect(summary).toMatch(/^handed off to helper\npublished: entangle\/helper\/\S+ of /);
    expect(fed.remote.updates.map(({ branch }) => branch.split('/')[1])).toEqual(['helper']);
    expect(fed.runs.map(({ task }) => task)).toEqual(['hand helper make it', 'make it']);
    await fed.time.pass(60_000);
    expect(faultsOf(fed)).toEqual([]);
    await fed.close();
  },
);

test('a task of more than a message is there whole', async () => {
  const fed = await start();
  const session = await ask(fed, 'alice', 'builder', `hand helper ${'long words '.repeat(2_000)}end`);
  await reached(fed, 'alice', session, 'completed');
  expect(fed.runs[1]!.task).toBe(`${'long words '.repeat(2_000)}end`);
  await fed.close();
});

test('T131 a task that comes back to who had it is refused, and stays where it is', async () => {
  const fed = await start();
  const session = await ask(fed, 'alice', 'builder', 'hand helper hand builder again');
  await reached(fed, 'alice', session, 'completed');
  expect(fed.runs.length).toBe(2);
  expect(fed.remote.updates.map(({ branch }) => branch.split('/')[1])).toEqual(['helper']);
  await fed.close();
});

test('T131 the runner that handed it on is killed meanwhile: nothing is done twice, and the end comes', async () => {
  const fed = await start();
  const session = await ask(fed, 'alice', 'builder', 'hand helper long');
  await handedOn(fed);
  const { r1 } = fed.runners;
  r1!.crash();
  await fed.finish('the start', r1!.start());
  await reached(fed, 'alice', session, 'completed');
  expect(fed.runs.map(({ task }) => task)).toEqual(['hand helper long', 'long']);
  await fed.close();
});

test('T131 who launched it cancels it where it is now', async () => {
  const fed = await start();
  const session = await ask(fed, 'alice', 'builder', 'hand helper long');
  const child = await handedOn(fed);
  await cancel(fed, 'alice', session);
  await reached(fed, 'alice', session, 'cancelled');
  await fed.until('the end there', () => atHost(fed, child.id)?.startsWith('cancelled'));
  expect(fed.remote.updates).toEqual([]);
  await fed.close();
});

test('T131 its edge goes: both sessions end, and nothing is published', async () => {
  const fed = await start();
  const session = await ask(fed, 'alice', 'builder', 'hand helper long');
  const child = await handedOn(fed);
  await fed.applyGraph((file) => {
    file.edges = file.edges.filter((edge) => edge !== HANDS);
  });
  expect((await reached(fed, 'alice', session, 'failed')).reason).toBe('edge_removed');
  await fed.until('the end there', () => atHost(fed, child.id) === 'failed edge_removed');
  expect(fed.remote.updates).toEqual([]);
  await fed.close();
});
