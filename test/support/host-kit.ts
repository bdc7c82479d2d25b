/** A Host in memory behind its API: real signatures and read models, a clock that the test moves, nothing on a wire. */

import { suiteWasm } from '../../src/adapters/crypto/suite-wasm.ts';
import type { EntangleError } from '../../src/core/errors.ts';
import { newToken, tokenDigest } from '../../src/core/host-api/token.ts';
import type { SignedEvent } from '../../src/core/nostr/event.ts';
import type { UsedOnce, VerifyIdentity } from '../../src/ports/index.ts';
import { hostApi } from '../../src/services/host/api.ts';
import { ApiCounts } from '../../src/services/host/api-counts.ts';
import type { Host } from '../../src/services/host/host.ts';
import { News } from '../../src/services/host/news.ts';
import { OpenAssignments } from '../../src/services/host/open-assignments.ts';
import { enrolBootstrap } from '../../src/services/host/operators.ts';
import { Presence } from '../../src/services/host/presence.ts';
import { NO_ROUTES_MADE } from '../../src/services/host/routes-made-of.ts';
import { createMutex } from '../../src/services/host/serve.ts';
import type { Exchange } from '../../src/services/messaging/exchange.ts';
import { composeEntries } from '../../src/services/messaging/send.ts';
import { createMemoryHome, type MemoryHome } from '../sim/memory-home.ts';
import { memoryUsedOnce } from '../sim/memory-used-once.ts';
import { askedRequest } from './asked-request.ts';
import { noIssuer } from './issuer.ts';
import { knownMeasures } from './measures.ts';
import { seededBytes } from './world.ts';

export const START = 1_795_000_000;
const UNUSED = async () => {};

/** What is said is in the ledger; nothing leaves. */
const silentExchange = (home: MemoryHome): Exchange => ({
  async send(drafts) {
    await home.ledger.append(() => composeEntries(home, typeof drafts === 'function' ? drafts() : drafts));
  },
  sendEphemeral: UNUSED,
  renewEpoch: UNUSED,
  synced: async () => false,
  hasGiven: () => false,
  relays: () => [],
  rejected: () => [],
  isRelayed: () => null,
  publish: async () => false,
  identitiesChanged: () => {},
  flush: async () => 0,
  close: UNUSED,
});

type Options = { verifyIdentity?: VerifyIdentity; signedRequests?: UsedOnce };
export const hostKit = ({ verifyIdentity = noIssuer, signedRequests = memoryUsedOnce() }: Options = {}) => {
  const suite = suiteWasm;
  const random = { bytes: seededBytes(suite, 'host kit') };
  const time = { now: START * 1000, monotonic: 1_000 };
  const clock = { now: () => time.now, monotonic: () => time.monotonic, sleep: UNUSED };
  const home = createMemoryHome({ kind: 'host', name: 'host', clock, random: random.bytes, suite });
  home.epoch = { n: 1, boot: 'b0'.repeat(16) };
  const { lines } = home.disk;
  const token = newToken(random.bytes);
  const host: Host = {
    home,
    bootstrap: null,
    environment: null,
    members: false,
    takeOver: false,
    logKey: new Uint8Array(32).fill(7),
    ...{ verifyIdentity, signedRequests, measure: knownMeasures, requests: new ApiCounts() },
    exchange: silentExchange(home),
    relays: home.relays,
    leaseMs: 60_000,
    recovery: '00'.repeat(32),
    graph: null,
    reconciled: { graph: null, n: 0 },
    assignments: new OpenAssignments(home.tables),
    standings: { graph: null, pairs: new Map() },
    lastTold: NO_ROUTES_MADE,
    told: '',
    placementBasis: '',
    isWaiting: false,
    presence: new Presence(home.clock),
    accepts: new Map(),
    checkpointing: Promise.resolve(),
    poke: () => {},
    mutex: createMutex(),
    news: new News(home.clock),
  };
  // As at the first start; nothing in it waits.
  void enrolBootstrap(home, tokenDigest(suite, token));
  const handler = hostApi(host);
  const codes = { not_authorized: 401, conflict: 409, not_found: 404, invalid: 422 };
  /** Status and error code as the socket would answer them; what is thrown besides is the test's failure. */
  const ask = async (method: 'GET' | 'POST', path: string, body?: unknown, given: string | null = token) => {
    try {
      const credential = given === null ? null : ({ kind: 'bearer', token: given } as const);
      const answer = await handler(askedRequest({ method, path, body, credential }));
      if ('events' in answer) throw new Error(`${path} is a stream`);
      return { status: answer.status, body: answer.body as Record<string, never> };
    } catch (error) {
      const { code, message, hint, details } = error as Pick<
        EntangleError,
        'message' | 'hint' | 'details'
      > & {
        code: keyof typeof codes;
      };
      if (codes[code] === undefined) throw error;
      return {
        status: codes[code],
        body: JSON.parse(JSON.stringify({ error: { code, message, hint, details } })),
      };
    }
  };
  const records = (): Record<string, string>[] =>
    lines
      .filter(({ event }) => typeOf(event) === 'host.operator_request.completed')
      .map(({ event }) => JSON.parse(event.content));
  return { host, home, time, lines, token, ask, records };
};

export const typeOf = (event: SignedEvent): string => event.tags.find(([name]) => name === 'type')?.[1] ?? '';
