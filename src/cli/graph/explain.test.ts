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
