import { expect, test } from 'vitest';
import { HOST_GRAPH, startSingleHost } from '../../../test/sim/single-host.ts';
import { probedAs } from '../../../test/support/probe-records.ts';
import { explainActive } from './explain.ts';
import { explanationText } from './text.ts';

const GRAPH = HOST_GRAPH.replace('type: exec', 'type: acp')
  .replace('sandbox: none', 'sandbox: none, approval: { command.run: { by: [alice], quorum: 1 } }')
  .replace('edges: [', 'edges: [alice approves builder, ');
const given = { recent: undefined, open: undefined };

test('an approval is explained with whether its agent was seen to wait for it, where it runs', async () => {
  const one = await startSingleHost();
  await one.apply(GRAPH);
  const explain = async (from: string, type: string, to: string) =>
    explanationText(await explainActive(one.client, { from, type, to }, given));
  const asked = () => explain('builder', 'approval.request', 'alice');
  expect(await asked()).toContain('command.run: not enforced: no runner has tried it as it is there now');
  await one.addRunner('runner2', 'r2', { engines: ['acp'] });
  await one.time.until('the offer', () => one.offers()[0]);
  // Seen where it does not run
  await one.addRunner('runner', 'r1', { engines: ['acp'], probes: [probedAs('["true"]')] });
  expect(await asked()).toContain('not enforced');
  expect(await explain('alice', 'task.request', 'builder')).not.toContain('not enforced');
  await one.close();
});

test('a task for an agent is explained with how long the agent is waited for', async () => {
  const one = await startSingleHost();
  await one.apply(GRAPH.replace('type: acp', 'type: acp, timeouts: { silence: 2h }'));
  const explain = async (from: string, type: string, to: string) =>
    explanationText(await explainActive(one.client, { from, type, to }, given));
  const words = 'its agent is waited for: 2m to start, 2h without a word, 2s to end a turn';
  expect(await explain('alice', 'task.request', 'builder')).toContain(words);
  expect(await explain('alice', 'approval.response', 'builder')).not.toContain('waited for');
  await one.apply(HOST_GRAPH);
  expect(await explain('alice', 'task.request', 'builder')).not.toContain('waited for');
  await one.close();
});
