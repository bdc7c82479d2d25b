/** The verdict of a node that was asked for one: said while somebody waits for it. */
import { expect, test } from 'vitest';
import { RUNNER_GRAPH, startReadyRunner } from '../../../test/sim/single-runner.ts';
import { uuidOf } from '../../../test/support/world.ts';
import { digestOf } from '../../core/encoding/canonical.ts';
import { nowSeconds } from '../messaging/home.ts';
import { answerer } from './directives.ts';

const S = uuidOf(0xe1);
const SECONDS = 20;

test('a verdict that comes when nobody waits for it any more is told so, and is not sent', async () => {
  const one = await startReadyRunner({ graph: `${RUNNER_GRAPH}  - builder reviews helper\n` });
  const subject = {
    ...{ domain: 'entangle/review/1' as const, graph: one.graph, review: uuidOf(0xa1) },
    ...{ session: uuidOf(0xe2), attempt: 1, expiresAt: nowSeconds(one.home) + SECONDS },
    ...{ repository: 'file:///remote', base: 'ba'.repeat(20), commit: 'c0'.repeat(20) },
    ...{ changes: 'cd'.repeat(32), hunks: 'df'.repeat(32) },
  };
  const pack = { name: 'commit.pack', size: 3, sha256: 'bc'.repeat(32), blobs: ['bc'.repeat(32)] };
  const review = { subject, subjectDigest: digestOf(one.suite, subject), step: 2, size: 9, files: 1, pack };
  const budget = { hops: 1, turns: 1, path: ['alice', 'helper'] };
  const body = { session: S, attempt: 1, task: 'mend it', budget, review };
  await one.hear({ type: 'task.review', from: 'peer', to: 'node', body });
  const session = await one.time.until('the review', () => one.session(S), 5_000);
  const made = {
    soFar: async () => null,
    tell: () => {},
    fileOf: async () => new Uint8Array(0),
    isOver: () => false,
  };
  const permit = async () => ({ decision: 'approved' as const, reason: '' });
  const given = { session, turn: 1, request: { session: S, attempt: 1, task: 'mend it', budget }, task: '' };
  const { signal } = new AbortController();
  const say = answerer(one.runner, { ...given, own: undefined, permit, ...made }, signal);
  await one.time.pass(SECONDS * 1000);
  const told = await one.time.finish('the answer', say('{"review":{"verdict":"pass"}}'));
  expect(JSON.parse(told)).toMatchObject({ ok: false, error: { code: 'review_over' } });
  expect(one.said('review.result')).toEqual([]);
});
