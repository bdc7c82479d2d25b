/** An agent that keeps something between two turns, and a runner that is killed there. */
import { expect, test } from 'vitest';
import { decide } from '../../src/services/user/approvals.ts';
import { startFederation } from './federation.ts';
import type { EngineTurn } from './scripted-engine.ts';
import { approve, ask, asked, reached, userOf } from './story.ts';

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
