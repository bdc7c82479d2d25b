/** What a home that took over cannot know: what another one said since this one was copied. It is said anew, or let go. */
import { isWord } from '../../core/encoding/grammar.ts';
import type { RowOf } from '../../core/projection/rows.ts';
import { TRUST_DECISIONS } from '../../core/vocabulary.ts';
import type { Host } from './host.ts';
import { isLeaseOver } from './kept-assignments.ts';

/** Whoever was trusted or revoked meanwhile hears what holds here. */
export const trustAgain = ({ home, exchange }: Host): Promise<void> =>
  exchange.send(
    home.tables.list('trust').flatMap(({ pubkey, name, state }) =>
      !isWord(TRUST_DECISIONS, state)
        ? []
        : {
            type: 'runner.trust' as const,
            from: home.self.pubkey,
            to: pubkey,
            body: { runner: name, state },
            dedup: `trust-again:${home.epoch!.n}`,
          },
    ),
  );

/** From before this home took over, on a runner that is there and asks for no renewal of it: it let it go for another one. */
export const isLetGo = (host: Host, row: RowOf<'assignments'>, floor: number): boolean =>
  row.fence <= floor && host.presence.isLive(row.runner) && isLeaseOver(host, row);
