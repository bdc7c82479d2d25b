/** What a doctor says of a person whom the graph names, or not yet, or without edges. */
import { expect, test } from 'vitest';
import { startSingleUser } from '../../../test/sim/single-user.ts';
import { findingOf } from './finding.ts';
import { namedCheck } from './user.ts';

const found = ({ home }: Awaited<ReturnType<typeof startSingleUser>>) => {
  const read = { tables: async () => home.tables, self: async () => home.self.pubkey };
  return findingOf('user alice', namedCheck({ ...read, name: 'alice' }));
};

test('somebody without routes is told that the graph does not name the key, and which line is missing', async () => {
  const alice = await startSingleUser(null);
  expect(await found(alice)).toMatchObject({
    ...{ check: 'graph', state: 'warning', words: expect.stringMatching(/^does not name this key yet/) },
    mend: expect.stringMatching(/`alice: \{ kind: user, pubkey: npub1[a-z0-9]{58} \}`/),
  });
  await alice.hearRoutes();
  expect(await found(alice)).toMatchObject({ state: 'ok', words: 'names it at revision 1' });
  await alice.hearRoutes(undefined, 'graph: acme\nnodes:\n  alice: { kind: user, pubkey: $user }\n');
  expect(await found(alice)).toMatchObject({
    ...{ state: 'warning', words: 'leads from it to nobody at revision 2' },
    mend: expect.stringContaining('alice delegates_to AGENT'),
  });
});
