/** A runner that is killed again and again while it works at many tasks at once (T94): each of them has its effect once. */
import { afterEach, expect, test } from 'vitest';
import { json, tempHomes } from '../support/cli.ts';
import { until } from '../support/custom-federation.ts';
import {
  commitsOf,
  lostAfterAck,
  type ProcessFederation,
  resultsOf,
  startProcesses,
} from '../support/process-federation.ts';

const AT_ONCE = 8;
const TASKS = 200;
const KILLS = 10;
let fed: ProcessFederation | undefined;
afterEach(async () => {
  await fed?.close();
  fed = undefined;
});

test(`${TASKS} tasks, ${AT_ONCE} at a time, and kill -9 of the runner ${KILLS} times: each ends once, with one commit`, async () => {
  const one = await startProcesses(tempHomes(), { capacity: AT_ONCE });
  fed = one;
  const sessions: string[] = [];
  let started = 0;
  let ended = 0;
  const work = async () => {
    while (started++ < TASKS) {
      const session = await one.ask('echo done >> a.txt');
      sessions.push(session);
      await json(one.homes.user, ['user', 'wait', session, '--timeout', '240s']);
      ended++;
    }
  };
  const all = Promise.all(Array.from({ length: AT_ONCE }, work));
  for (let kill = 1; kill <= KILLS; kill++) {
    const after = (kill * TASKS) / (KILLS + 1);
    await until(`${after} tasks that ended`, async () => ended >= after, 600_000);
    await one.stop('runner', 'SIGKILL');
    await one.start('runner');
  }
  await all;
  const ends = sessions.map((session) => ({
    results: resultsOf(one, session),
    commits: commitsOf(one, session),
  }));
  expect(ends).toEqual(sessions.map(() => ({ results: ['completed'], commits: 1 })));
  expect(lostAfterAck(one)).toEqual([]);
});
