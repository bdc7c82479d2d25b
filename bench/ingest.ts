/**
 * How many durable observations a second a Host takes in, of a runner whose messages were wrapped beforehand: it reads them from its
 * relay, opens, judges and keeps each. The relay and who writes to it are on the same machine.
 */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { atLeast, compared, type Measure } from '../scripts/bench/measure.ts';
import { suiteWasm as suite } from '../src/adapters/crypto/suite-wasm.ts';
import { readLedger } from '../src/adapters/ledger/read.ts';
import { relayClient } from '../src/adapters/relay-client/session.ts';
import { systemClock } from '../src/adapters/system/clock.ts';
import { systemRandom } from '../src/adapters/system/random.ts';
import { conversationKey } from '../src/core/crypto/nip44.ts';
import { fromHex, toHex } from '../src/core/encoding/bytes.ts';
import { composeRumor, sealRumor, wrapSeal } from '../src/core/nostr/envelope.ts';
import { type EventTemplate, type SignedEvent, signEvent } from '../src/core/nostr/event.ts';
import { BIN, environment, tempHomes } from '../test/support/cli.ts';
import { until } from '../test/support/custom-federation.ts';
import { grownFederation } from './homes/federation.ts';
import { templateDirectory } from './homes/grown.ts';
import { kindOf, tasksFor } from './homes/plan.ts';
import { HOME_OF, keysIn, openMint } from './homes/template.ts';

const BEFORE = 100;
/** Each has five observations. */
const TASKS = 400;
const RATE = 500;
const AT_ONCE = 64;

const secretOf = (pubkey: string, directory: string): Uint8Array =>
  Object.values(HOME_OF)
    .flatMap((home) => keysIn(join(directory, home)))
    .find(([one]) => one === pubkey)![1];

/** What a runner says of tasks that failed, after those that the grown home knows of. */
const observed = (directory: string): SignedEvent[] => {
  const mint = openMint(directory);
  const tasks = tasksFor(mint, 'host', BEFORE);
  const numbers = new Map<string, number>();
  for (let n = 0; n < tasks; n++) mint.pass(kindOf(n, tasks), numbers);
  const now = Math.floor(Date.now() / 1_000);
  return Array.from({ length: TASKS }, (_, i) => mint.task('failed', 'host', tasks + i, now - 60, numbers))
    .flat()
    .filter(({ entry }) => entry.dir === 'in')
    .map(({ entry }) => entry.event);
};

const wrapped = (event: SignedEvent, secretKey: Uint8Array): SignedEvent => {
  const recipient = event.tags.find(([name]) => name === 'p')![1]!;
  const createdAt = Math.floor(Date.now() / 1_000);
  const random = () => randomBytes(32);
  const seal = sealRumor(suite, composeRumor(suite, event, recipient), {
    ...{ secretKey, pubkey: event.pubkey, recipient, createdAt, nonce: random(), aux: random() },
    conversationKey: conversationKey(suite, secretKey, fromHex(recipient), random()),
  });
  return wrapSeal(suite, seal, {
    ...{ recipient, createdAt, ephemeral: false },
    ...{ oneTimeKey: random(), nonce: random(), aux: random(), blind: random() },
  });
};

/** In their order, so many under way. */
const publish = async (url: string, secretKey: Uint8Array, wraps: readonly SignedEvent[]): Promise<void> => {
  const pubkey = toHex(suite.publicKey(secretKey));
  const sign = (template: EventTemplate) => signEvent(suite, template, secretKey, randomBytes(32), pubkey);
  const connect = relayClient(systemClock, systemRandom);
  const relay = connect({
    ...{ urls: [url], lastSync: () => null, onWrap: () => {}, identities: [{ pubkey, sign }] },
  });
  try {
    await until('the relay', async () => relay.status().every(({ state }) => state === 'synced'));
    const waiting: Promise<void>[] = [];
    for (const wrap of wraps) {
      if (waiting.length === AT_ONCE) await waiting.shift();
      waiting.push(
        relay.publish(wrap).then((outcomes) => {
          if (outcomes.some(({ result }) => result !== 'stored'))
            throw new Error(`the relay does not take it: ${JSON.stringify(outcomes)}`);
        }),
      );
    }
    await Promise.all(waiting);
  } finally {
    await relay.close();
  }
};

/** When the Host wrote each of them, in milliseconds. */
const keptAt = async (ledger: string, wanted: ReadonlySet<string>): Promise<number[]> => {
  const times: number[] = [];
  for await (const { at, event } of readLedger(ledger, 1))
    if (wanted.has(event.id)) times.push(Date.parse(at));
  return times;
};

export const run = async (): Promise<Measure> => {
  const here = tempHomes();
  const fed = await grownFederation(here, BEFORE);
  const events = observed(await templateDirectory());
  const wanted = new Set(events.map(({ id }) => id));
  const ledger = join(fed.directory('host'), 'ledger');
  const url = /ws:\/\/\S+/.exec(readFileSync(join(fed.directory('host'), 'config.yaml'), 'utf8'))![0];
  const secretKey = secretOf(events[0]!.pubkey, await templateDirectory());
  const wraps = events.map((event) => wrapped(event, secretKey));
  const home = fed.home('host');
  const host = spawn(process.execPath, [BIN, 'host', 'serve', '--home', home, '--no-input', '--json'], {
    ...{ env: environment(home), stdio: ['ignore', 'pipe', 'ignore'] },
  });
  try {
    await once(host.stdout!, 'data');
    await publish(url, secretKey, wraps);
    const times = await until('all observations', async () => {
      const found = await keptAt(ledger, wanted);
      return found.length === wanted.size && found;
    });
    const seconds = (times.at(-1)! - times[0]!) / 1_000;
    const name = 'durable observations that a Host takes in, in a second';
    return compared(name, (times.length - 1) / seconds, RATE, 'messages', atLeast(1));
  } finally {
    host.kill('SIGTERM');
    await once(host, 'exit');
    await here.clean();
  }
};
