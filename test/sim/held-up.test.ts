/** What a runner that leaves waits for is told where it is served, and by its read models to whoever asks. */
import { expect, test } from 'vitest';
import type { LeaveMode } from '../../src/core/vocabulary.ts';
import { holdUps, holdUpWords, openHere } from '../../src/services/runner/held-up.ts';
import { idealSuite } from '../support/ideal-suite.ts';
import { type Federation, startFederation } from './federation.ts';
import { approve, ask, asked } from './story.ts';

const start = async (said: string[], script = 'write') =>
  startFederation({
    people: { alice: {}, bob: {} },
    agents: { builder: { policy: { approval: { 'source.publish': { by: ['alice', 'bob'], quorum: 2 } } } } },
    edges: ['alice delegates_to builder', 'alice approves builder', 'bob approves builder'],
    suite: idealSuite,
    onLog: (who, _level, text) => {
      if (who === 'r1') said.push(text);
    },
    script: async ({ task, write, sleep, directive }) => {
      if (script === 'sleep') await sleep(600_000);
      if (script === 'ask') await directive(JSON.stringify({ ask: { question: 'which one?' } }));
      write('done.txt', task);
    },
  });
/** Of ids their ends. */
const waits = ({ runners }: Federation, mode: LeaveMode = 'drain'): string[] => {
  const { home } = runners.r1!;
  const of = { tables: home.tables, self: home.self.pubkey, now: home.clock.now() };
  return holdUps(of, mode).map((one) => holdUpWords(one).replace(/[0-9a-f]{8}\)/, 'ID)'));
};
const leavingLines = (said: readonly string[]): string[] =>
  said
    .filter((text) => text.startsWith('leaves its federation'))
    .map((text) => text.replaceAll(/[0-9a-f]{8}\)/g, 'ID)'));

test('an approval is told with who is to give it, then who has not heard the end; --now waits for neither', async () => {
  const said: string[] = [];
  const fed = await start(said);
  const session = await ask(fed, 'alice', 'builder', 'work');
  await asked(fed, 'alice', session);
  await asked(fed, 'bob', session);
  await fed.time.pass(1_000);
  expect(waits(fed)).toEqual(['builder waits for an approval of alice, bob (session ID)']);
  expect(waits(fed, 'now')).toEqual([]);
  fed.runners.r1!.machine.leave = 'drain';
  await fed.time.pass(2_000);
  await approve(fed, 'alice', session);
  await fed.until(
    'her word',
    () => waits(fed).join() === 'builder waits for an approval of bob (session ID)',
  );
  expect(openHere(fed.runners.r1!.home.tables)).toBe(1);
  // She is away when it ends
  await fed.finish('her leaving', fed.people.alice!.stop());
  await approve(fed, 'bob', session);
  const unheard = 'builder waits for the word that its last words were heard, by alice';
  await fed.until('the end', () => waits(fed).join() === unheard);
  await fed.time.pass(5_000);
  const lines = leavingLines(said);
  expect(lines[0]).toMatch(
    /^leaves its federation; builder waits for an approval of (?:alice, )?bob \(session ID\)$/,
  );
  expect(lines.at(-1)).toBe(`leaves its federation; ${unheard}`);
  await fed.finish('her return', fed.people.alice!.start());
  await fed.finish('its end', fed.runners.r1!.running!.left);
  expect(waits(fed)).toEqual([]);
  await fed.close();
});

test('a Host that does not hear its last words is told, also where nothing else is waited for', async () => {
  const said: string[] = [];
  const fed = await start(said);
  fed.relays[0]!.setState('down');
  fed.runners.r1!.machine.leave = 'now';
  const words =
    'it waits for the Host to hear its last words; where that is up, `entangle host rejects` has what it refuses';
  await fed.until('that it waits', () => waits(fed, 'now').join() === words);
  await fed.time.pass(2_000);
  expect(leavingLines(said).at(-1)).toBe(`leaves its federation; ${words}`);
  fed.relays[0]!.setState('up');
  await fed.finish('its end', fed.runners.r1!.running!.left);
  await fed.close();
});

test.each([
  ['sleep', 'builder waits for a turn that goes on (session ID)'],
  ['ask', 'builder waits for an answer of alice (session ID)'],
])('a turn that would %s', async (script, words) => {
  const said: string[] = [];
  const fed = await start(said, script);
  await ask(fed, 'alice', 'builder', 'work');
  await fed.until('that it waits', () => waits(fed).join() === words);
  fed.runners.r1!.machine.leave = 'drain';
  await fed.time.pass(30_000);
  expect(leavingLines(said)).toEqual([`leaves its federation; ${words}`]);
  await fed.close();
});

test('what a node that went elsewhere has open is not counted as open here', async () => {
  const fed = await start([], 'sleep');
  await ask(fed, 'alice', 'builder', 'work');
  await fed.until('a turn', () => fed.runs.length === 1);
  const { tables } = fed.runners.r1!.home;
  expect(openHere(tables)).toBe(1);
  await fed.addRunner('r2');
  await fed.trust('r2');
  await fed.trust('r1', 'revoked');
  await fed.until('another place', () => fed.runs.length === 2);
  expect([openHere(tables), tables.count('sessions', { open: 1 })]).toEqual([0, 1]);
  await fed.close();
});
