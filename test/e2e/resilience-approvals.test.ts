/** Every task asks for approval while anything is killed: one decision, one commit, the approved one (T94). */
import { afterEach, describe, expect, test } from 'vitest';
import { json, run, tempHomes } from '../support/cli.ts';
import { times } from '../support/counts.ts';
import { plainGit } from '../support/git-fixtures.ts';
import { killAtRandom } from '../support/killing.ts';
import {
  commitsOf,
  ledgers,
  lostAfterAck,
  type ProcessFederation,
  resultsOf,
  startProcesses,
  tagOf,
} from '../support/process-federation.ts';

const TASKS = times(4, 20);
const KILLS = times(5, 30);
let fed: ProcessFederation | undefined;
afterEach(async () => {
  await fed?.close();
  fed = undefined;
});

type Items = { items: { what: string; id: string; subjectDigest: string }[] };

/** A person who looks again and again and approves what waits, until the tasks are done. */
const approving = async (one: ProcessFederation, isOver: () => boolean): Promise<void> => {
  while (!isOver()) {
    const { items } = await json<Items>(one.homes.user, ['user', 'inbox', '--sync', '500ms']);
    for (const { what, id, subjectDigest } of items)
      if (what === 'approval') {
        const sign = ['user', 'approve', id, '--subject-digest', subjectDigest, '--json', '--no-input'];
        const answer = await run(one.homes.user, sign);
        // 7: the change has not arrived yet; 4: decided a moment ago. The next look knows.
        expect([0, 4, 7]).toContain(answer.code);
      }
  }
};

/** The task of each story, approved while `meanwhile` goes on; resolves when each has ended. */
const approveAll = async (one: ProcessFederation, meanwhile: Promise<void>): Promise<string[]> => {
  const sessions: string[] = [];
  for (let i = 0; i < TASKS; i++) sessions.push(await one.ask(`echo ${i} >> a.txt`));
  let over = false;
  const person = approving(one, () => over);
  await meanwhile;
  try {
    for (const session of sessions)
      await json(one.homes.user, ['user', 'wait', session, '--timeout', '240s']);
  } finally {
    over = true;
  }
  await person;
  return sessions;
};

const headOf = (one: ProcessFederation, session: string): string =>
  plainGit(one.fixture.remote, 'rev-parse', `refs/heads/entangle/builder/${session}`);

/** Exactly one result, one commit, and that is the commit the one signed decision is about. */
const expectOnce = (one: ProcessFederation, sessions: readonly string[]): void => {
  const { user, runner } = ledgers(one);
  for (const session of sessions) {
    expect(resultsOf(one, session)).toEqual(['completed']);
    expect(commitsOf(one, session)).toBe(1);
    const about = user.filter((line) => tagOf(line, 'session') === session);
    const [asked, ...more] = about.filter((line) => tagOf(line, 'type') === 'approval.request');
    expect(more).toEqual([]);
    expect(JSON.parse(asked!.event.content).subject.commit).toBe(headOf(one, session));
    const decisions = runner.filter(
      (line) => tagOf(line, 'session') === session && tagOf(line, 'type') === 'approval.response',
    );
    expect(decisions.map((line) => JSON.parse(line.event.content).decision)).toEqual(['approved']);
  }
  expect(lostAfterAck(one)).toEqual([]);
};

describe('approvals', () => {
  test(`${KILLS} kills during ${TASKS} approved tasks`, async () => {
    fed = await startProcesses(tempHomes(), { approval: true });
    const kills = killAtRandom(fed, {
      times: KILLS,
      seed: 7,
      parts: ['host', 'runner', 'relay'],
      withinMs: 1500,
    });
    expectOnce(fed, await approveAll(fed, kills));
  });
});
