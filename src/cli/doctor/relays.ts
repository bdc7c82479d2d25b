/** Whether relays serve a key: each is met, authenticated to and read as the processes of a home do. */
import { suiteWasm } from '../../adapters/crypto/suite-wasm.ts';
import { relayClient } from '../../adapters/relay-client/session.ts';
import { systemClock } from '../../adapters/system/clock.ts';
import { systemRandom } from '../../adapters/system/random.ts';
import { toHex } from '../../core/encoding/bytes.ts';
import { isWord } from '../../core/encoding/grammar.ts';
import { EntangleError } from '../../core/errors.ts';
import { signEvent } from '../../core/nostr/event.ts';
import { READ_STATES } from '../../core/vocabulary.ts';
import { ownRelayStart } from '../wiring/own-relay.ts';
import type { DoctorCheck } from './finding.ts';

const PATIENCE_MS = 8_000;

/** What waits there stays there: nothing of it is taken, or told to have been read. */
const meet = async (url: string, secretKey: Uint8Array, hint: string): Promise<string> => {
  const pubkey = toHex(suiteWasm.publicKey(secretKey));
  const { promise: refused, resolve: refuse } = Promise.withResolvers<void>();
  const session = relayClient(
    systemClock,
    systemRandom,
    process.env,
  )({
    urls: [url],
    identities: [
      {
        pubkey,
        sign: (template) => signEvent(suiteWasm, template, secretKey, systemRandom.bytes(32), pubkey),
      },
    ],
    lastSync: () => Math.floor(systemClock.now() / 1000),
    onWrap: () => {},
    // The session goes on trying; here the first word is enough
    onState: ({ state, detail }) => state === 'closed' && detail !== undefined && refuse(),
  });
  try {
    await Promise.race([session.synced(PATIENCE_MS, PATIENCE_MS), refused]);
    const { state, detail } = session.status()[0]!;
    const words = detail === undefined ? state : `${state}: ${detail}`;
    if (isWord(READ_STATES, state)) return words;
    throw new EntangleError('unavailable', words, { hint });
  } finally {
    await session.close();
  }
};

const HINT = 'check that the relay runs, its address, and whether it lets this key in';
/** One of this machine is whoever's who reads this. */
const hintFor = (url: string): string => {
  const start = ownRelayStart(url);
  return start === null ? HINT : `${start}; or ${HINT}`;
};

export const relayChecks = (
  urls: readonly string[],
  secretKey: () => Promise<Uint8Array>,
  given?: string,
): DoctorCheck[] =>
  urls.map((url) => ({
    name: url,
    wrong: 'problem',
    look: async () => meet(url, await secretKey(), given ?? hintFor(url)),
  }));
