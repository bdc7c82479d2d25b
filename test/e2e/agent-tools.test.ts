/** An agent inside the Agent Client Protocol works with others: by tools, over the edges of the graph. */
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bundleAgent } from '../support/bundled-agent.ts';
import { json, tempHomes } from '../support/cli.ts';
import { type CustomFederation, startCustomFederation } from '../support/custom-federation.ts';

const here = tempHomes();
let fed: CustomFederation;
beforeAll(async () => {
  const agent = join(here.root, 'agent.mjs');
  bundleAgent(agent);
  fed = await startCustomFederation(here, {
    users: { alice: null },
    agents: { coder: {}, helper: {}, stranger: {} },
    engines: { coder: { type: 'acp', auth: 'none', command: ['node', agent] } },
    edges: ['alice delegates_to coder', 'coder delegates_to helper'],
  });
});
afterAll(() => fed.close());

const toolOf = (name: string, said: object): string => `tool ${name} ${JSON.stringify(said)}`;
/** What the tools answered that the agent called in a session that completed. */
const answersOf = (summary: string | null) =>
  (summary ?? '')
    .split('\n')
    .filter((line) => line.startsWith('tool '))
    .map((line) => JSON.parse(line.slice('tool '.length)) as { isError: boolean; structuredContent: object });

test('it gives work to another node and gets what came of it; where no edge is it is told so, and goes on', async () => {
  const give = (to: string) => toolOf('delegate', { to, task: 'echo done by the other' });
  const session = await fed.ask('alice', 'coder', [give('stranger'), give('helper'), 'say on'].join('\n'));
  const { summary } = await fed.waited('alice', session, 'end');
  const [refused, given] = answersOf(summary);
  const message = 'the graph has no edge "coder delegates_to stranger"';
  expect(refused).toMatchObject({
    isError: true,
    structuredContent: { ok: false, error: { code: 'no_edge', message } },
  });
  expect(given).toMatchObject({
    isError: false,
    structuredContent: { ok: true, state: 'completed', summary: 'done by the other\n' },
  });
  expect(summary).toContain('\non\n');
});

test('it asks whoever launched its task, and goes on with the answer', async () => {
  const session = await fed.ask('alice', 'coder', toolOf('ask', { question: 'which port?' }));
  await fed.waited('alice', session, 'question');
  await json(fed.homes.alice!, ['user', 'reply', session, 'port 8080']);
  const { summary } = await fed.waited('alice', session, 'end');
  expect(answersOf(summary)).toMatchObject([{ structuredContent: { ok: true, reply: 'port 8080' } }]);
});
