/** What is outside is bad or away: a relay that answers nothing or is not there, a git remote that cannot be reached. */
import { renameSync } from 'node:fs';
import { afterEach, describe, expect, test } from 'vitest';
import { json, place, run } from '../support/cli.ts';
import { commitsOf, lostAfterAck, resultsOf, type Story, tell } from '../support/federation.ts';
import { type ScriptedRelay, scriptedRelay } from '../support/scripted-relay.ts';

let story: Story | undefined;
const relays: ScriptedRelay[] = [];
afterEach(async () => {
  await story?.close();
  story = undefined;
  for (const relay of relays.splice(0)) await relay.close();
});

const good = async (): Promise<string> => {
  const relay = await scriptedRelay();
  relays.push(relay);
  return relay.url;
};
const silent = async (): Promise<string> => {
  const relay = await scriptedRelay({ onFrame: () => true });
  relays.push(relay);
  return relay.url;
};

const completes = async (one: Story, tasks: number): Promise<number> => {
  const started = performance.now();
  const sessions = await Promise.all(Array.from({ length: tasks }, (_, i) => one.ask(`echo ${i} >> a.txt`)));
  for (const session of sessions) {
    await json(one.homes.user, ['user', 'wait', session, '--timeout', '120s']);
    expect(resultsOf(one, session)).toEqual(['completed']);
    expect(commitsOf(one, session)).toBe(1);
  }
  expect(lostAfterAck(one)).toEqual([]);
  return performance.now() - started;
};

describe('beside a good relay', () => {
  test('one that takes everything and never answers holds up nothing', async () => {
    story = await tell(place(), { relay: [await silent(), await good()] });
    expect(await completes(story, 4)).toBeLessThan(30_000);
  }, 180_000);

  test('one that cannot be reached holds up nothing', async () => {
    story = await tell(place(), { relay: ['ws://127.0.0.1:9', await good()] });
    expect(await completes(story, 4)).toBeLessThan(30_000);
  }, 180_000);
});

test('with no relay at all a task is kept, and done when there is one again', async () => {
  story = await tell(place());
  await completes(story, 1);
  await story.stop('relay');
  const asked = await run(story.homes.user, ['user', 'ask', 'builder', 'echo kept >> a.txt', '--json']);
  expect(asked.code).toBe(0);
  await story.start('relay');
  const { session } = JSON.parse(asked.stdout) as { session: string };
  await json(story.homes.user, ['user', 'wait', session, '--timeout', '60s']);
  expect(resultsOf(story, session)).toEqual(['completed']);
}, 120_000);

test('a git remote that is away costs a try now and then, and the task is done when it is back', async () => {
  story = await tell(place());
  const { remote } = story.fixture;
  renameSync(remote, `${remote}.away`);
  const session = await story.ask('echo patient >> a.txt');
  const tries = () => story!.serving('runner').log.filter((line) => line.includes(`session ${session}: `));
  const started = performance.now();
  while (tries().length < 3) await new Promise((done) => setTimeout(done, 25));
  // 1 s after the first, 2 s after the second: not as fast as it can
  expect(performance.now() - started).toBeGreaterThan(2_500);
  expect(resultsOf(story, session)).toEqual([]);
  renameSync(`${remote}.away`, remote);
  await json(story.homes.user, ['user', 'wait', session, '--timeout', '60s']);
  expect(resultsOf(story, session)).toEqual(['completed']);
}, 120_000);
