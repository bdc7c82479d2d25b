/** What others say in an epoch of the Host that this home was never told: it is kept, and nothing of it counts yet. */
import { UNREACHED_MS } from '../../core/bounds.ts';
import { shownTime } from '../../core/encoding/time.ts';
import { epochOf, type Home } from '../messaging/home.ts';

export const behindRows = (home: Home) => {
  const held = home.tables
    .list('held_messages', { reason: 'epoch_ahead' }, { order: 'at' })
    .filter(({ at }) => home.clock.now() - at * 1000 >= UNREACHED_MS);
  const [first] = held;
  if (!first) return [];
  const epoch = epochOf(home).n;
  return [
    {
      ...{ id: `behind ${epoch}`, node: 'host', session: null, state: 'held' as const, epoch },
      title: 'this home does not follow the Host',
      ...{ messages: held.length, since: shownTime(first.at) },
    },
  ];
};
