/** A task that a user of a world of keys gives a node, and all that composing it needs besides. */
import type { Draft } from '../../src/core/protocol/compose.ts';
import { createWorld, EPOCH, NOW, STREAM, uuidOf } from './world.ts';

export const createTaskDrafts = () => {
  const world = createWorld();
  const { user, node } = world.actors;
  const stamp = {
    role: 'user' as const,
    secretKey: user.secretKey,
    graph: world.graph,
    seq: { stream: STREAM, n: 7 },
    epoch: EPOCH,
    rev: 2,
    createdAt: NOW,
    random: world.random,
  };
  const request = (task: string): Draft<'task.request'> => ({
    type: 'task.request',
    from: user.pubkey,
    to: node.pubkey,
    body: { session: uuidOf(1), attempt: 1, task, budget: { hops: 1, turns: 1, path: ['alice'] } },
    dedup: 'task:1',
  });
  return { world, stamp, request };
};
