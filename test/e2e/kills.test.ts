/** kill -9 of anything at random moments of a stream of tasks: nobody repairs anything (T94, T17, T30). */
import { afterEach, describe, expect, test } from 'vitest';
import { json, tempHomes } from '../support/cli.ts';
import { times } from '../support/counts.ts';
import {
  commitsOf,
  lostAfterAck,
  type Part,
  type ProcessFederation,
  resultsOf,
  startProcesses,
} from '../support/process-federation.ts';

const TASKS = times(4, 50);
const KILLS = times(4, 50);
let fed: ProcessFederation | undefined;
afterEach(async () => {
  await fed?.close();
  fed = undefined;
});

/** A seeded choice, so that a run can be told again; the moments themselves are the machine's. */
const dice = (seed: number) => () => {
  seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
  return seed / 2_147_483_648;
};

const allEnded = async (sessions: readonly string[]): Promise<void> => {
  for (const session of sessions) await json(fed!.homes.user, ['user', 'wait', session, '--timeout', '120s']);
};

describe('kill -9', () => {
  test(`${KILLS} kills during ${TASKS} tasks: each ends once, with one commit, and nothing acknowledged is lost`, async () => {
    fed = await startProcesses(tempHomes());
    const random = dice(20_261_123);
    const sessions: string[] = [];
    let asking = true;
    const asks = (async () => {
      for (let i = 0; i < TASKS; i++) sessions.push(await fed.ask(`echo ${i} >> a.txt`));
      asking = false;
    })();
    const victims: Part[] = ['host', 'runner', 'relay'];
    for (let i = 0; i < KILLS; i++) {
      const victim = victims[Math.floor(random() * 3)]!;
      await new Promise((done) => setTimeout(done, random() * (asking ? 900 : 300)));
      await fed.stop(victim, 'SIGKILL');
      await fed.start(victim);
    }
    await asks;
    await allEnded(sessions);
    const ends = sessions.map((session) => ({
      results: resultsOf(fed!, session),
      commits: commitsOf(fed!, session),
    }));
    expect(ends).toEqual(sessions.map(() => ({ results: ['completed'], commits: 1 })));
    expect(lostAfterAck(fed)).toEqual([]);
  });
});
