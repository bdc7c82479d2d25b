/** Two Hosts under one authority, as this home has seen it. It is over with the next epoch. */
import { shownTime } from '../../core/encoding/time.ts';
import type { Sender } from './unsent.ts';

export const conflictRows = ({ home, exchange }: Sender) => {
  const followed = home.tables.get('epoch', 'host');
  const others = followed ? home.tables.list('host_conflicts', { n: followed.n }) : [];
  const [first] = others.toSorted((a, b) => a.at - b.at || (a.boot < b.boot ? -1 : 1));
  if (!followed || !first) return [];
  // What was counted last is not written down yet
  const counted = [...home.tables.list('rejects', { reason: 'host_conflict' }), ...exchange.rejected()];
  const times = counted.filter((one) => one.reason === 'host_conflict' && one.signer === home.host);
  return [
    {
      ...{ id: first.event, node: 'host', session: null, state: 'refused' as const },
      title: `two Hosts run under one key, both as epoch ${followed.n}`,
      ...{ epoch: followed.n, obeyed: followed.boot, refused: others.map(({ boot }) => boot) },
      since: shownTime(first.at),
      last: shownTime(Math.max(first.at, ...times.map(({ last }) => last))),
    },
  ];
};
