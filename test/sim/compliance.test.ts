/** The report of controls over the ledger of a real story: each query runs, and each record that it names is proved. */
import { expect, test } from 'vitest';
import { suiteWasm as suite } from '../../src/adapters/crypto/suite-wasm.ts';
import { verifyBundle } from '../../src/core/audit/bundle.ts';
import { createComplianceReport } from '../../src/core/audit/compliance.ts';
import { createProver } from '../../src/core/audit/prove.ts';
import { checkpointNow } from '../../src/services/host/checkpoints.ts';
import { startFederation } from './federation.ts';
import { approve, ask, cancel, reached, reject } from './story.ts';

test('a task approved, one refused and one cancelled are evidence, each record of it is proved, and the rest is not', async () => {
  const fed = await startFederation({
    suite,
    people: { alice: {} },
    agents: { builder: { policy: { approval: { 'source.publish': { by: ['alice'], quorum: 1 } } } } },
    edges: ['alice delegates_to builder', 'alice approves builder'],
  });
  const session = await ask(fed, 'alice', 'builder', 'mend it');
  await approve(fed, 'alice', session);
  await reached(fed, 'alice', session, 'completed');
  const second = await ask(fed, 'alice', 'builder', 'mend it again');
  await reject(fed, 'alice', second);
  const third = await ask(fed, 'alice', 'builder', 'and again');
  await reached(fed, 'alice', third, 'waiting_approval');
  await cancel(fed, 'alice', third);
  await reached(fed, 'alice', third, 'cancelled');
  await fed.time.pass(5_000);
  const { host } = fed.host.running!;
  await fed.finish('a checkpoint', checkpointNow(host));
  await fed.finish('another', checkpointNow(host));
  const { lines } = fed.host.disk;
  const { graph, self } = fed.host.home;
  const reporting = createComplianceReport({ framework: null, graph, host: self.pubkey, since: null, suite });
  for (const line of lines) reporting.see(line);
  const { controls } = reporting.report();
  const found = controls.filter(({ events }) => events > 0).map(({ id }) => id);
  expect(found).toEqual([
    ...['change-approval', 'change-refusal', 'stop', 'commit-evidence', 'configuration', 'identities'],
    ...['access-given', 'agent-activity', 'record-integrity', 'recovery'],
  ]);
  expect(controls.filter(({ events }) => events === 0).map(({ id }) => id)).toContain('access-removed');
  const last = lines.findLast(({ event }) => event.tags.some(([, value]) => value === 'checkpoint'))!;
  const { size } = JSON.parse(last.event.content);
  const cited = controls.flatMap((control) => control.cited);
  // The one checkpoint is what proves all others
  const unnamed = controls.filter(({ events, cited }) => events > 0 && cited.length === 0);
  expect(unnamed.map(({ id }) => id)).toEqual(['record-integrity']);
  const numbers = [...new Set(cited.map(({ cursor }) => Number(cursor)))].sort((a, b) => a - b);
  const prover = createProver(suite.sha256, graph, { size, event: last.event }, numbers);
  for (const line of lines.slice(0, size)) prover.see(line);
  const proved = verifyBundle(suite, JSON.stringify(prover.bundle()), [self.pubkey]);
  for (const { event } of cited) expect(proved.items.map((item) => item.event)).toContain(event);
  await fed.close();
});
