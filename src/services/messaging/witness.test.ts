/** T167 What a member makes of an answer to its question: it is kept, passed over, or proves that the Host rewrote its history. */
import { expect, test } from 'vitest';
import { startSingleUser } from '../../../test/sim/single-user.ts';
import { checkpointBy } from '../../../test/support/host-checkpoints.ts';
import { sha256 } from '../../../test/support/ledger-events.ts';
import { EPOCH } from '../../../test/support/world.ts';
import { toHex, utf8 } from '../../core/encoding/bytes.ts';
import { addLeaf, EMPTY_TREE } from '../../core/ledger/merkle.ts';
import { proofFrom } from '../../core/ledger/subtrees.ts';
import { conflictRows } from '../user/host-conflict.ts';
import { troubleFacts } from '../user/trouble-words.ts';

const leavesOf = (count: number, other = '') =>
  Array.from({ length: count }, (_, i) => toHex(sha256(utf8(`${i}${i === 2 ? other : ''}`))));
const start = async () => {
  const alice = await startSingleUser();
  const { home, actors, time, hear } = alice;
  const of = (leaves: string[]) => checkpointBy(home, actors.host.secretKey, leaves);
  const held = () => home.tables.get('witness', 'host');
  const tell = async (
    checkpoint: ReturnType<typeof of>,
    { asked = held()?.event ?? null, proof = [] as string[] | null, restored = 0 } = {},
  ) => {
    await hear({
      type: 'checkpoint.proof',
      from: 'host',
      to: 'user',
      body: { asked, checkpoint, proof, restored },
    });
    await time.pass(100);
  };
  const proofOf = (old: number, leaves: string[]) => {
    const { peaks } = leaves.slice(0, old).reduce((tree, leaf) => addLeaf(sha256, tree, leaf), EMPTY_TREE);
    return proofFrom(sha256, { size: old, peaks }, leaves.slice(old));
  };
  const rewrites = () => home.tables.list('rewrites');
  return { alice, of, held, tell, proofOf, rewrites };
};

test('a command that is over at once asks nothing; who stays asks with what is held, and each ten minutes', async () => {
  const { alice, of, tell } = await start();
  const asked = () => alice.fleeting('checkpoint.request').map(({ body }) => body.held);
  await alice.time.pass(4_000);
  expect(asked()).toEqual([]);
  await alice.time.pass(20_000);
  expect(asked()).toEqual([null]);
  const checkpoint = of(leavesOf(5));
  await tell(checkpoint);
  await alice.time.pass(11_000);
  expect(asked()).toEqual([null, checkpoint.id]);
  await alice.time.pass(9 * 60_000);
  expect(asked()).toHaveLength(2);
  await alice.time.pass(2 * 60_000);
  expect(asked()).toHaveLength(3);
});
test('what follows from the one that is held is kept in its place, and a shorter one is not', async () => {
  const { of, held, tell, proofOf, rewrites } = await start();
  await tell(of(leavesOf(5)));
  await tell(of(leavesOf(9)), { proof: proofOf(5, leavesOf(9)) });
  expect(held()).toMatchObject({ size: 9, instead: null });
  // The answer to an earlier question comes late
  await tell(of(leavesOf(7)), { asked: of(leavesOf(5)).id, proof: proofOf(5, leavesOf(7)) });
  expect([held()!.size, rewrites()]).toEqual([9, []]);
});
test.each([
  ['is not in it', 9, null],
  ['is of other lines', 9, 'proof'],
  ['is longer', 3, 'proof'],
] as const)(
  'T167 the checkpoint that is held %s: nothing is obeyed, and it is shown',
  async (_, size, how) => {
    const { alice, of, held, tell, proofOf, rewrites } = await start();
    const mine = of(leavesOf(5));
    await tell(mine);
    const other = leavesOf(size, 'other');
    await tell(of(other), { proof: how && proofOf(Math.min(size, 5), other) });
    expect(held()).toMatchObject({ event: mine.id });
    expect(rewrites()).toMatchObject([{ kept: mine.id }]);
    const [row] = conflictRows(alice.user);
    expect(row).toMatchObject({ kept: mine.id, id: rewrites()[0]!.event });
    expect(troubleFacts({ what: 'conflict', ...row! }, 0).join()).toContain(mine.id);
    const before = alice.heard('routes').length;
    await alice.hearRoutes();
    expect(alice.heard('routes')).toHaveLength(before);
    // It is the same again by its own proof, and no sooner
    await tell(of(leavesOf(12)), { proof: null });
    expect(conflictRows(alice.user)).toHaveLength(1);
    await tell(of(leavesOf(12)), { proof: proofOf(5, leavesOf(12)) });
    expect(conflictRows(alice.user)).toEqual([]);
    await alice.hearRoutes();
    expect(alice.heard('routes')).toHaveLength(before + 1);
  },
);
test('a Host that took over since may have less, says so, and not of an epoch to come', async () => {
  const { of, held, tell, rewrites } = await start();
  const mine = of(leavesOf(9));
  await tell(mine);
  await tell(of(leavesOf(4)), { proof: null, restored: EPOCH.n });
  expect(held()).toMatchObject({ size: 4, restored: EPOCH.n, instead: mine.id });
  await tell(of(leavesOf(3)), { proof: null, restored: EPOCH.n + 1 });
  expect(rewrites()).toMatchObject([{ kept: held()!.event }]);
});
