/** What the Host can say of itself. */
import { npub } from '../../core/encoding/id.ts';
import { shownTime } from '../../core/encoding/time.ts';
import type { Host } from './host.ts';
import { headOf } from './host.ts';

export const status = (host: Host) => {
  const { home } = host;
  const head = headOf(home);
  return {
    host: npub(home.host),
    graph: home.graph,
    epoch: home.epoch!.n,
    revision: head ? { n: head.n, digest: `sha256:${head.digest}` } : null,
    relays: host.exchange.relays(),
    ledger: { events: home.ledger.head.n, chain: home.ledger.head.chain },
    outbox: home.tables.count('outbox'),
    held: home.tables.count('held_messages'),
    rejects: home.tables.list('rejects').reduce((sum, row) => sum + row.count, 0),
    runners: home.tables.count('hellos', { role: 'runner' }),
    sessions: { open: home.tables.count('sessions', { open: 1 }), all: home.tables.count('sessions') },
    uptimeMs: Math.round(host.presence.uptimeMs),
  };
};

export const listRejects = (host: Host) => ({
  items: host.home.tables.list('rejects', {}, { order: 'last', descending: true, limit: 500 }).map((row) => ({
    reason: row.reason,
    signer: row.signer === '' ? null : npub(row.signer),
    count: row.count,
    first: shownTime(row.first),
    last: shownTime(row.last),
  })),
  next: null,
});
