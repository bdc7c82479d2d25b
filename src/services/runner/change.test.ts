/** What is published is what was shown: by the digests of the list and of the document. */
import { expect, test } from 'vitest';
import { startReadyRunner } from '../../../test/sim/single-runner.ts';
import { uuidOf } from '../../../test/support/world.ts';
import { concat, toHex } from '../../core/encoding/bytes.ts';
import { isAsShown } from './change.ts';
import { specOfSession } from './runner.ts';
import { hasCommit } from './turn.ts';
import { repositoryOf } from './workspace.ts';

const S = uuidOf(0xe1);
const committed = async () => {
  const one = await startReadyRunner();
  await one.request(S);
  await one.reach(S, 'waiting_approval');
  const turn = one.turn(S)!;
  if (!hasCommit(turn)) throw new Error('the turn left no commit');
  const { spec } = (await specOfSession(one.runner, one.session(S)!))!;
  return { one, turn, repository: repositoryOf(one.runner, spec, { id: S })! };
};

test('a commit is as shown by both digests, and by neither alone', async () => {
  const { one, turn, repository } = await committed();
  const isShown = (change: object) =>
    one.time.finish('a look', isAsShown(one.runner, repository, { ...turn, ...change }));
  const other = '00'.repeat(32);
  expect(await isShown({})).toBe(true);
  expect(await isShown({ changes: other })).toBe(false);
  expect(await isShown({ hunks: other })).toBe(false);
});

test('the document that people are shown is kept, in the blobs that are named to them', async () => {
  const { one, turn } = await committed();
  const parts = await Promise.all(turn.diff.map((part) => one.home.blobs.get(part)));
  const document = concat(...parts.map((part) => part!));
  expect([toHex(one.suite.sha256(document)), document.length]).toEqual([turn.hunks, turn.size]);
});
