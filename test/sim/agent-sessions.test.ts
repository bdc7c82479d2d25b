/** An agent that keeps something between two turns, and a runner that is killed there. */
import { expect, test } from 'vitest';
import { usageOfTurns } from '../../src/core/projection/queries.ts';
import { status } from '../../src/services/host/status.ts';
import { decide } from '../../src/services/user/approvals.ts';
import { startFederation } from './federation.ts';
import type { EngineTurn } from './scripted-engine.ts';
import { approve, ask, asked, reached, shown, userOf } from './story.ts';

test('what turns used is in their records: both statuses and the session add it', async () => {
  const fed = await startFederation({
    people: { alice: {} },
    agents: { builder: {} },
    edges: ['alice delegates_to builder'],
    script: ({ use, print, task }) => {
      print('done');
      if (task === 'dear') use({ tokens: 12, cost: { currency: 'USD', micros: 1_500_000 } });
      if (task === 'cheap') use({ tokens: 3 });
    },
  });
  const sessions: string[] = [];
  for (const task of ['dear', 'cheap', 'free']) {
    sessions.push(await ask(fed, 'alice', 'builder', task));
    await reached(fed, 'alice', sessions.at(-1)!, 'completed');
  }
  const all = { turns: 2, tokens: 15, costs: [{ currency: 'USD', micros: 1_500_000 }] };
  await fed.until('the Host knows', () => status(fed.host.running!.host).usage.turns === 2);
  expect(status(fed.host.running!.host).usage).toEqual(all);
  expect(usageOfTurns(fed.runners.r1!.home.tables)).toEqual(all);
  const usages = sessions.map((one) => shown(fed, 'alice', one)?.usage);
  expect(usages).toEqual([{ ...all, turns: 1, tokens: 12 }, { turns: 1, tokens: 3, costs: [] }, undefined]);
  const trace = fed.runners.r1!.home.tables.list('turns').map(({ usage }) => usage?.tokens);
  expect(trace).toEqual([12, 3, undefined]);
  await fed.close();
});

test('the next turn goes on after its runner was killed between them', async () => {
  const seen: EngineTurn['before'][] = [];
  const fed = await startFederation({
    people: { alice: {} },
    agents: { builder: { policy: { approval: { 'source.publish': { by: ['alice'], quorum: 1 } } } } },
    edges: ['alice delegates_to builder', 'alice approves builder'],
    script: ({ before, keep, write, task }) => {
      seen.push(before);
      write('done.txt', task);
      keep('what it knows');
    },
  });
  const session = await ask(fed, 'alice', 'builder', 'mend it');
  await reached(fed, 'alice', session, 'waiting_approval');
  await fed.runners.r1!.crash();
  await fed.runners.r1!.start();
  const question = await asked(fed, 'alice', session);
  await fed.finish(
    'alice wants changes',
    decide(userOf(fed, 'alice'), question, 'changes_wanted', { reason: 'better' }),
  );
  await fed.until('the second turn', () => seen.length === 2);
  expect(seen).toEqual([null, { words: '# changes wanted by alice\n\nbetter', kept: 'what it knows' }]);
  await approve(fed, 'alice', session);
  await reached(fed, 'alice', session, 'completed');
  await fed.close();
});
