/** A session with the relay of its argument, in a process of its own: each state is a line; it ends when synced or closed. */
import { relayClient } from '../../src/adapters/relay-client/session.ts';
import { systemClock } from '../../src/adapters/system/clock.ts';
import { systemRandom } from '../../src/adapters/system/random.ts';
import { makeKeys } from './relay-kit.ts';

let isOver = false;
const session = relayClient(
  systemClock,
  systemRandom,
  process.env,
)({
  urls: [process.argv[2]!],
  identities: [makeKeys()],
  lastSync: () => null,
  onWrap: () => {},
  onState: ({ state, detail }) => {
    if (isOver) return;
    process.stdout.write(`${state} ${detail ?? ''}\n`);
    isOver = state === 'synced' || state === 'closed';
    if (isOver) void session.close();
  },
});
