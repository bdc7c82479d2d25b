/** Who is told what becomes of a commit, and of which state. */
import { expect, test } from 'vitest';
import { type SingleRunner, startReadyRunner } from '../../../test/sim/single-runner.ts';
import { uuidOf } from '../../../test/support/world.ts';
import { artifactDrafts, artifactOf } from './artifact-life.ts';

const S = uuidOf(0xe1);
const waiting = async () => {
  const one = await startReadyRunner();
  await one.request(S);
  await one.reach(S, 'waiting_approval');
  return one;
};
const told = (one: SingleRunner) => {
  const turn = { ...one.turn(S)!, repository: 'file:///remote', branch: 'b' };
  const drafts = artifactOf(one.runner, one.session(S)!, turn, 'failed');
  return drafts.map(({ type, to }) => [type, to]);
};

test('that it was made is told to the Host alone: people are told by what they are asked', async () => {
  const one = await waiting();
  expect(one.said('artifact.ref')).toEqual([]);
  expect(one.said('artifact.observed').map(({ body }) => body.state)).toEqual(['materialized']);
});

test('what is published fails no more', async () => {
  const one = await waiting();
  await one.decide(S, 'user');
  await one.reach(S, 'completed');
  const failing = artifactDrafts(one.runner, one.session(S)!, 'failed');
  expect(await one.time.finish('what is told', failing)).toEqual([]);
});

test('who decided is told, and who left the graph since holds up nobody', async () => {
  const one = await waiting();
  await one.decide(S, 'stranger', 'rejected');
  await one.reach(S, 'failed');
  const { user, stranger } = one.actors;
  const toHost = ['artifact.observed', one.home.host];
  expect(told(one)).toEqual([['artifact.ref', user.pubkey], ['artifact.ref', stranger.pubkey], toHost]);
  await one.hearRoutes((body) => ({ ...body, peers: body.peers.filter(({ name }) => name !== 'carol') }));
  expect(told(one)).toEqual([['artifact.ref', user.pubkey], toHost]);
});
