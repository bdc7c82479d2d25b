/** What a member takes for a checkpoint of its Host, and what for the continuation of the one it holds. */
import { expect, test } from 'vitest';
import { provenLedger } from '../../../test/support/proven-ledger.ts';
import { createWorld } from '../../../test/support/world.ts';
import { suiteWasm } from '../../adapters/crypto/suite-wasm.ts';
import { isContinued, readHostCheckpoint } from './host-checkpoint.ts';

const world = createWorld(suiteWasm);
const { host, user } = world.actors;
const { headBy, recordBy } = provenLedger(world);
const by = { isOfHost: (key: string) => key === host.pubkey, graph: world.graph };
const read = (event: Parameters<typeof readHostCheckpoint>[2]) => readHostCheckpoint(suiteWasm, by, event);
const head = headBy(host.secretKey);
const other = `${'ab'.repeat(32)}/acme`;

test('is what the Host signed of its own ledger, with the head by its log', () => {
  expect(read(head.event)).toMatchObject({ size: head.size });
});
test.each([
  ['that somebody else signed', headBy(user.secretKey).event],
  ['of another graph', headBy(host.secretKey, other).event],
  ['whose head the log did not sign', headBy(host.secretKey, world.graph, new Uint8Array(32).fill(8)).event],
  ['that was changed', { ...head.event, content: head.event.content.replace('{"size":', '{"size":1') }],
  ['that is another record', recordBy(host.secretKey, 'operator.revoked', { name: 'ci', by: 'x' })],
  ['of another kind', { ...head.event, kind: 1 }],
])('T167 nothing %s', (_, event) => {
  expect(read(event)).toBeNull();
});
test('T167 without a proof nothing goes on, and neither by another one', () => {
  const { size, root } = read(head.event)!;
  expect(isContinued(suiteWasm.sha256, { size, root }, { size, root }, [])).toBe(true);
  expect(isContinued(suiteWasm.sha256, { size, root }, { size, root }, null)).toBe(false);
  expect(isContinued(suiteWasm.sha256, { size, root: 'ab'.repeat(32) }, { size, root }, [])).toBe(false);
});
