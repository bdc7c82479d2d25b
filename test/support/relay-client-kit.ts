/** A relay session under test, with what it heard; closed with its relays after each test. */
import { afterEach } from 'vitest';
import { relayClient } from '../../src/adapters/relay-client/session.ts';
import { systemClock } from '../../src/adapters/system/clock.ts';
import { systemRandom } from '../../src/adapters/system/random.ts';
import type { Clock, RelayOptions, RelaySession, RelayStatus } from '../../src/ports/index.ts';
import type { Keys } from './relay-kit.ts';
import { type Script, type ScriptedRelay, scriptedRelay } from './scripted-relay.ts';

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});

export const serve = async (habits: Partial<Script> = {}, port = 0): Promise<ScriptedRelay> => {
  const relay = await scriptedRelay(habits, port);
  open.push(relay);
  return relay;
};
export type Heard = { session: RelaySession; wraps: string[]; states: RelayStatus[]; ids: () => Set<string> };
export const connect = (
  urls: string[],
  identities: Keys[],
  over: Partial<RelayOptions> = {},
  clock: Clock = systemClock,
): Heard => {
  const wraps: string[] = [];
  const states: RelayStatus[] = [];
  const session = relayClient(
    clock,
    systemRandom,
  )({
    urls,
    identities,
    lastSync: () => null,
    onWrap: (text) => void wraps.push(text),
    onState: (status) => states.push(status),
    ...over,
  });
  open.push(session);
  return {
    session,
    wraps,
    states,
    ids: () => new Set(wraps.map((text) => (JSON.parse(text) as { id: string }).id)),
  };
};
