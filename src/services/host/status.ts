/** What the Host can say of itself. */

import { npub } from '../../core/encoding/id.ts';
import { shownTime } from '../../core/encoding/time.ts';
import { principalGaps } from '../../core/graph/named-principals.ts';
import { missingSecrets } from '../../core/graph/named-secrets.ts';
import { notEnforced, type Unenforced } from '../../core/graph/tried.ts';
import { checkedView } from '../../core/ledger/verification.ts';
import { isThrownOut, openAssignments, usageOfTurns } from '../../core/projection/queries.ts';
import type { RowOf } from '../../core/projection/rows.ts';
import { openSessions, waitsOf } from './held-sessions.ts';
import type { Host } from './host.ts';
import { headOf } from './host.ts';
import { candidates } from './place.ts';
import { revokedNodes } from './placed-by-hand.ts';
import { principalsOf } from './principal-keys.ts';
import { exposedSecrets } from './secret-exposure.ts';
import { secretNames } from './secrets.ts';

export const status = (host: Host) => {
  const { home } = host;
  const head = headOf(home);
  const open = openSessions(home);
  const held = open.filter((one) => one.held).length;
  return {
    host: npub(home.host),
    graph: home.graph,
    epoch: home.epoch!.n,
    revision: head ? { n: head.n, digest: `sha256:${head.digest}` } : null,
    relays: host.exchange.relays(),
    ledger: {
      events: home.ledger.head.n,
      chain: home.ledger.head.chain,
      checked: checkedView(home.checked()),
    },
    outbox: home.tables.count('outbox'),
    held: home.tables.count('held_messages'),
    rejects: countRejects(host),
    runners: home.tables
      .list('hellos', { role: 'runner' })
      .filter(({ pubkey }) => !isThrownOut(home.tables, pubkey)).length,
    sessions: { open: held, unheld: open.length - held, all: home.tables.count('sessions') },
    usage: usageOfTurns(home.tables),
    muted: open.filter(({ row }) => waitsOf(home, row).length > 0).length,
    missing: missingSecrets(host.graph, secretNames(host)),
    exposed: exposedSecrets(home.tables),
    principals: principalGaps(host.graph, principalsOf(host)),
    unenforced: unenforcedNodes(host),
    takenOff: revokedNodes(host).filter((node) => host.graph?.nodes.get(node)?.kind === 'agent'),
    uptimeMs: Math.round(host.presence.uptimeMs),
  };
};

/** Of what runs now. */
const unenforcedNodes = (host: Host): Unenforced[] => {
  const runners = new Map(candidates(host).map((one) => [one.pubkey, one]));
  return openAssignments(host.home.tables).flatMap(({ node, runner: pubkey }): Unenforced[] => {
    const [spec, runner] = [host.graph?.nodes.get(node), runners.get(pubkey)];
    if (spec?.kind !== 'agent' || !runner) return [];
    const because = notEnforced(spec, [runner]);
    return because === null ? [] : [{ node, runner: runner.name, operation: 'command.run', because }];
  });
};

/** How many messages were refused, of those that are written down and those that are not yet. */
export const countRejects = (host: Host): number => rejections(host).reduce((sum, row) => sum + row.count, 0);

/** Of the ledger, and what is counted since. */
export const rejections = ({ home, exchange }: Host): RowOf<'rejects'>[] => {
  const all = new Map(home.tables.list('rejects').map((row) => [`${row.reason} ${row.signer}`, row]));
  for (const { reason, signer, count, first, last } of exchange.rejected()) {
    const key = `${reason} ${signer ?? ''}`;
    const before = all.get(key) ?? { reason, signer: signer ?? '', count: 0, first, last };
    all.set(key, { ...before, count: before.count + count, last });
  }
  return [...all.values()];
};

export const listRejects = (host: Host) => ({
  items: rejections(host)
    .toSorted((a, b) => b.last - a.last)
    .slice(0, 500)
    .map((row) => ({
      reason: row.reason,
      signer: row.signer === '' ? null : npub(row.signer),
      count: row.count,
      first: shownTime(row.first),
      last: shownTime(row.last),
    })),
  next: null,
});
