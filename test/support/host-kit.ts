/** A Host in memory behind its API: real signatures and read models, a clock that the test moves, nothing on a wire. */
import { suiteWasm } from '../../src/adapters/suite-wasm.ts';
import { toHex } from '../../src/core/bytes.ts';
import { ConversationKeys } from '../../src/core/crypto/conversation-keys.ts';
import type { SignedEvent } from '../../src/core/event.ts';
import type { Entry, Line } from '../../src/core/ledger/line.ts';
import { foldLine } from '../../src/core/projection/fold.ts';
import { ROWS } from '../../src/core/projection/rows.ts';
import type { Draft } from '../../src/core/protocol/compose.ts';
import type { Home } from '../../src/services/home.ts';
import { hostApi } from '../../src/services/host/api.ts';
import type { Host } from '../../src/services/host/host.ts';
import { enrolBootstrap } from '../../src/services/host/operators.ts';
import { oneAfterTheOther } from '../../src/services/host/serve.ts';
import { newToken, tokenDigest } from '../../src/services/host/tokens.ts';
import { composeEntries } from '../../src/services/send.ts';
import { memoryTables } from './memory-tables.ts';
import { seededBytes } from './world.ts';

export const START = 1_795_000_000;
const UNUSED = async () => {};

export const hostKit = () => {
  const suite = suiteWasm;
  const random = { bytes: seededBytes(suite, 'host kit') };
  const time = { now: START * 1000, monotonic: 1_000 };
  const clock = { now: () => time.now, monotonic: () => time.monotonic, sleep: UNUSED };
  const tables = memoryTables(ROWS);
  const lines: Line[] = [];
  const append = async (build: () => Entry[]): Promise<Line[]> => {
    const made = build().map((entry, i) => {
      const at = new Date(time.now).toISOString();
      const line: Line = { ...entry, n: lines.length + i + 1, at, chain: '0'.repeat(64) };
      foldLine(tables, line);
      return line;
    });
    lines.push(...made);
    return made;
  };
  const secretKey = random.bytes(32);
  const pubkey = toHex(suite.publicKey(secretKey));
  const self = { role: 'host', name: 'host', pubkey, secretKey } as const;
  const blobs = new Map<string, Uint8Array>();
  const home = {
    kind: 'host',
    graph: `${pubkey}/acme`,
    host: pubkey,
    self,
    identities: new Map([[pubkey, self]]),
    relays: ['ws://127.0.0.1:1'],
    suite,
    clock,
    random,
    ledger: { append, catchUp: UNUSED, head: { n: 0, chain: '' } },
    tables,
    blobs: {
      put: async (bytes: Uint8Array) => {
        const digest = toHex(suite.sha256(bytes));
        blobs.set(digest, bytes);
        return digest;
      },
      get: async (digest: string) => blobs.get(digest),
    },
    pairs: new ConversationKeys(),
    epoch: { n: 1, boot: 'b0'.repeat(16) },
    leases: new Map(),
    log: () => {},
  } as unknown as Home;
  const token = newToken(random.bytes);
  const send = (drafts: readonly Draft[] | (() => readonly Draft[])) =>
    append(() => composeEntries(home, typeof drafts === 'function' ? drafts() : drafts));
  const host = {
    home,
    exchange: { send, sendEphemeral: UNUSED, relays: () => [] },
    relays: home.relays,
    leaseMs: 60_000,
    recovery: '00'.repeat(32),
    graph: null,
    kept: null,
    heard: new Map(),
    renewed: new Map(),
    accepts: new Map(),
    poke: () => {},
    inTurn: oneAfterTheOther(),
    startedAt: 0,
  } as unknown as Host;
  // As at the first start; nothing in it waits.
  void enrolBootstrap(home, tokenDigest(suite, token));
  const handler = hostApi(host);
  const codes = { not_authorized: 401, conflict: 409, not_found: 404, invalid: 422 };
  /** Status and error code as the socket would answer them; what is thrown besides is the test's failure. */
  const ask = async (method: 'GET' | 'POST', path: string, body?: unknown, given: string | null = token) => {
    try {
      const credential = given === null ? null : ({ kind: 'bearer', token: given } as const);
      const answer = await handler({ method, path, query: new Map(), body, credential });
      return { status: answer.status, body: answer.body as Record<string, never> };
    } catch (error) {
      const { code, message, hint } = error as { code: keyof typeof codes; message: string; hint?: string };
      if (codes[code] === undefined) throw error;
      return {
        status: codes[code],
        body: { error: { code, message, hint } } as unknown as Record<string, never>,
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
