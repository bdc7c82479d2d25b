import { expect, test } from 'vitest';
import { startSingleUser, USER_GRAPH } from '../../../test/sim/single-user.ts';
import { npub } from '../../core/encoding/id.ts';
import { allowedBy } from './allowed.ts';

const WITHOUT = USER_GRAPH.replace('alice approves builder, ', '').replace('by: [alice, bob]', 'by: [bob]');

test('a decision is allowed by the edge of the newest routes, for as long as they have it', async () => {
  const alice = await startSingleUser();
  const { node, host, stranger } = alice.actors;
  await alice.hearRoutes();
  const { digest, revision } = alice.home.tables.get('routes', alice.home.self.pubkey)!;
  expect(allowedBy(alice.home, node.pubkey)).toEqual({
    edge: 'alice approves builder',
    gate: null,
    ...{ revision, graph: `sha256:${digest}`, host: npub(host.pubkey) },
    reach: { sandbox: 'none', network: [] },
  });
  expect(allowedBy(alice.home, stranger.pubkey)).toBeNull();
  // Another edge leads there still
  await alice.hearRoutes(undefined, WITHOUT);
  expect(alice.home.tables.list('peers', { pubkey: node.pubkey })).toHaveLength(1);
  expect(allowedBy(alice.home, node.pubkey)).toBeNull();
});

test('before there are routes, nothing is', async () => {
  const alice = await startSingleUser(null);
  expect(allowedBy(alice.home, alice.actors.node.pubkey)).toBeNull();
});
