/** What this Host is known by: its own key, the key of its log, and the recovery key that its members pin. */
import { logPublicKey } from '../../core/crypto/ed25519.ts';
import { toHex } from '../../core/encoding/bytes.ts';
import { npub } from '../../core/encoding/id.ts';
import { shownTime } from '../../core/encoding/time.ts';
import type { AuthorityView } from '../../core/host-api/authority-views.ts';
import { signingKeyOf } from '../messaging/authority.ts';
import type { Host } from './host.ts';

export const showAuthority = ({ home, logKey, recovery }: Host): AuthorityView => {
  const claims = { type: 'epoch.claimed', dir: 'local' } as const;
  const claimedAt = (descending: boolean): string => {
    const [row] = home.tables.list('messages', claims, { order: 'line', descending, limit: 1 });
    return shownTime(row?.at ?? 0);
  };
  return {
    host: npub(home.host),
    signs: npub(signingKeyOf(home.self)),
    graph: home.graph,
    since: claimedAt(false),
    epoch: home.epoch!.n,
    epochSince: claimedAt(true),
    log: toHex(logPublicKey(logKey)),
    recovery: `sha256:${recovery}`,
  };
};
