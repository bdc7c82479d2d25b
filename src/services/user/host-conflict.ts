/** Two Hosts under one authority, or one with two histories, as this home has seen it. The first is over with the next epoch. */
import { shownTime } from '../../core/encoding/time.ts';
import { pinnedEpoch } from '../../core/projection/reducers/authority.ts';
import type { Sender } from './unsent.ts';

const TWO_HISTORIES = 'the Host has not the history any more whose checkpoint is kept here';

export const conflictRows = ({ home, exchange }: Sender) => {
  const followed = pinnedEpoch(home.tables);
  const others = followed ? home.tables.list('host_conflicts', { n: followed.n }) : [];
  const [first] = others.toSorted((a, b) => a.at - b.at || (a.boot < b.boot ? -1 : 1));
  const held = home.tables.get('witness', 'host');
  const rewrite = held && home.tables.get('rewrites', held.event);
  if (!followed || !(first || rewrite)) return [];
  // What was counted last is not written down yet
  const counted = [...home.tables.list('rejects', { reason: 'host_conflict' }), ...exchange.rejected()];
  const times = counted.filter((one) => one.reason === 'host_conflict' && one.signer === home.host);
  const lastOf = (at: number): string => shownTime(Math.max(at, ...times.map(({ last }) => last)));
  const about = { node: 'host', session: null, state: 'refused' as const };
  const boots = { epoch: followed.n, obeyed: followed.boot, refused: others.map(({ boot }) => boot) };
  const row = (one: { event: string; at: number }, kept: string | null, title: string) => ({
    ...{ id: one.event, ...about, title, ...boots, kept },
    ...{ since: shownTime(one.at), last: lastOf(one.at) },
  });
  return [
    ...(rewrite ? [row(rewrite, rewrite.kept, TWO_HISTORIES)] : []),
    ...(first ? [row(first, null, `two Hosts run under one key, both as epoch ${followed.n}`)] : []),
  ];
};
