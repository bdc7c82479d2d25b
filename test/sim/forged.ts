/** Messages that many tests of the inbox begin with: what differs is an argument, the rest is as the kit knows it. */
import { uuidOf } from '../support/world.ts';
import { taskOf } from './introductions.ts';
import { type Forged, KIT_EPOCH, type Name } from './message-kit.ts';

export const cancel = (
  n = 1,
  changes: { stream?: string; n?: number; rev?: number; from?: 'alice' | 'bob' } = {},
): Forged => ({
  type: 'task.cancel',
  from: 'alice',
  to: 'node',
  body: { session: uuidOf(n), reason: 'no longer wanted' },
  ...changes,
});

export const requestBy = (from: Name, to: 'node' | 'sibling' | 'node2' = 'node', n = 1): Forged => ({
  type: 'task.request',
  from,
  to,
  body: taskOf(n),
});
export const request = (n = 1): Forged => requestBy('alice', 'node', n);

export const ackBy = (from: Name): Forged => ({
  type: 'ack',
  from,
  to: 'host',
  body: { stream: 'ab'.repeat(16), high: 1, top: 1, missing: [] },
});

/** The epoch after the kit's. */
export const LATER = { n: KIT_EPOCH.n + 1, boot: 'b1'.repeat(16) };
