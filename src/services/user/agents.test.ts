/** Whom a task can be given to: those whose edge carries one, and no other neighbour. */
import { expect, test } from 'vitest';
import { startSingleUser, USER_GRAPH } from '../../../test/sim/single-user.ts';
import { askedAgents, onlyAgent } from './agents.ts';

const AUDITOR = '  auditor: { kind: agent, engine: { type: exec, auth: none, command: ["true"] } }\n';
const withAuditor = (edge: string): string =>
  USER_GRAPH.replace('  builder:', `${AUDITOR}  builder:`).replace('edges: [', `edges: [${edge}, `);
const KEYS = { alice: 'user', bob: 'bob', builder: 'node' } as const;

test('an agent that one may only approve is not asked', async () => {
  const alice = await startSingleUser();
  await alice.hearRoutes(KEYS, withAuditor('alice approves auditor'));
  expect(askedAgents(alice.home)).toEqual(['builder']);
  expect(await onlyAgent(alice.user)).toBe('builder');
});

test('of several, running or not, one has to be named', async () => {
  const alice = await startSingleUser();
  await alice.hearRoutes(KEYS, withAuditor('alice delegates_to auditor'));
  expect(askedAgents(alice.home).sort()).toEqual(['auditor', 'builder']);
  await expect(onlyAgent(alice.user)).rejects.toMatchObject({
    code: 'usage',
    message: expect.stringMatching(/^several agents take tasks from you: /),
  });
});

test('where no edge carries a task, that is said, and no name is made up', async () => {
  const alice = await startSingleUser();
  await alice.hearRoutes(KEYS, USER_GRAPH.replace('alice delegates_to builder, ', ''));
  expect(askedAgents(alice.home)).toEqual([]);
  await expect(onlyAgent(alice.user)).rejects.toMatchObject({
    code: 'denied',
    message: 'no agent takes tasks from you',
  });
});

test('somebody whom the graph does not name yet hears that, and not that no agent takes a task', async () => {
  const alice = await startSingleUser(null);
  const asked = expect(onlyAgent(alice.user)).rejects.toMatchObject({
    code: 'unavailable',
    message: 'the Host has not answered yet',
  });
  await alice.time.finish('the routes are waited for', asked);
});
