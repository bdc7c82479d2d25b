/** Events as a ledger sees them: right ids, signatures of the right length (a ledger does not verify them). */
import { createHash, hash } from 'node:crypto';
import type { Entry } from '../../src/core/ledger/line.ts';
import { eventId, type SignedEvent } from '../../src/core/nostr/event.ts';

export const sha256 = (message: Uint8Array): Uint8Array => new Uint8Array(hash('sha256', message, 'buffer'));
const hex = (text: string): string => createHash('sha256').update(text).digest('hex');

export function testEvent(name: string, content = `{"text":"${name}"}`): SignedEvent {
  const event = {
    pubkey: hex('author'),
    kind: 24158,
    created_at: 1_790_000_000,
    tags: [
      ['v', 'entangle/1'],
      ['p', hex('reader')],
      ['dedup', name],
    ],
    content,
  };
  return { ...event, id: eventId({ sha256 }, event), sig: hex(name) + hex(`${name}!`) };
}

export const entry = (name: string): Entry => ({ dir: 'in', event: testEvent(name) });
export const sealed = (name: string): Entry => ({
  dir: 'out',
  event: testEvent(name),
  seal: testEvent(`seal of ${name}`, 'AgICAgICAgIC'),
});
/** The name that `entry` was made of. */
export const nameOf = (event: SignedEvent): string => event.tags[2]?.[1] ?? '';
