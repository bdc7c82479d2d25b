/** After very many lines a replay, a late answer and a list of the oldest do what they do after a hundred; each home is really signed. */
import { cpSync, createReadStream, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, expect, test } from 'vitest';
import { type GrownFederation, grownFederation } from '../../bench/homes/federation.ts';
import { templateDirectory } from '../../bench/homes/grown.ts';
import type { Owner } from '../../bench/homes/mint.ts';
import { HOME_OF, keysIn } from '../../bench/homes/template.ts';
import { suiteWasm } from '../../src/adapters/crypto/suite-wasm.ts';
import type { Line } from '../../src/core/ledger/line.ts';
import { composeRumor, sealRumor, wrapSeal } from '../../src/core/nostr/envelope.ts';
import { type SignedEvent, signEvent } from '../../src/core/nostr/event.ts';
import { json, run, tempHomes } from '../support/cli.ts';
import { until } from '../support/custom-federation.ts';
import { makeKeys, makeWrap, nowSeconds, rawClient } from '../support/relay-kit.ts';

/** Set `PAST_LINES` for fewer. */
const LINES = Number(process.env.PAST_LINES ?? 300_000);
const FEW = 100;
const REPLAYED = 20;

const here = tempHomes();
afterAll(() => here.clean());

const segmentsOf = (home: string): string[] =>
  readdirSync(join(home, 'ledger'))
    .filter((name) => name.endsWith('.ndjson'))
    .sort()
    .map((name) => join(home, 'ledger', name));

async function* linesOf(home: string): AsyncGenerator<Line> {
  for (const file of segmentsOf(home))
    for await (const text of createInterface({ input: createReadStream(file) })) yield JSON.parse(text);
}
const firstLines = async (home: string, fits: (line: Line) => boolean, count: number): Promise<Line[]> => {
  const found: Line[] = [];
  for await (const line of linesOf(home)) {
    if (fits(line)) found.push(line);
    if (found.length === count) break;
  }
  return found;
};
const lastLine = async (home: string): Promise<number> => {
  let last = 0;
  for await (const { n } of linesOf(home)) last = n;
  return last;
};
const tagOf = (event: SignedEvent, name: string): string | undefined =>
  event.tags.find(([one]) => one === name)?.[1];
const random = (): Uint8Array => crypto.getRandomValues(new Uint8Array(32));

/** By public key. */
type SecretKeys = ReadonlyMap<string, Uint8Array>;
const memberAt = async (relay: string, keys: SecretKeys) => {
  const [[pubkey, secretKey]] = [...keys] as [[string, Uint8Array]];
  const client = await rawClient(relay);
  await client.authenticate({
    pubkey,
    sign: (template) => signEvent(suiteWasm, template, secretKey, random(), pubkey),
  });
  return client;
};

/** The message in a wrap that no relay has seen, as who wrote it could send it once more. */
const wrappedAgain = (event: SignedEvent, secretKey: Uint8Array): SignedEvent => {
  const recipient = tagOf(event, 'p')!;
  const createdAt = nowSeconds();
  const seal = sealRumor(suiteWasm, composeRumor(suiteWasm, event, recipient), {
    ...{ secretKey, pubkey: event.pubkey, recipient, blind: random(), createdAt },
    ...{ nonce: random(), aux: random() },
  });
  return wrapSeal(suiteWasm, seal, {
    ...{ recipient, oneTimeKey: random(), blind: random(), createdAt, ephemeral: false },
    ...{ nonce: random(), aux: random() },
  });
};

/** What of an answer does not tell which home it was. */
const wordsOf = (text: string): string =>
  text.replace(/--home \S+|[0-9a-f]{8}-[0-9a-f-]{27}|\b[0-9a-f]{40,64}\b|\d{4}-\d\d-\d\dT[\d:.]+Z/g, '…');

const hostKeyOf = (fed: GrownFederation): string =>
  /^graph: ([0-9a-f]{64})/m.exec(readFileSync(join(fed.directory('host'), 'config.yaml'), 'utf8'))![1]!;
const typeOf = ({ event }: Line): string => tagOf(event, 'type')!;
const isNumbered = ({ dir, event }: Line): boolean => dir === 'in' && tagOf(event, 'seq') !== undefined;

/** The first messages that came once more, and what `done` says the home has taken; types of what it took as new. */
const replayed = async (
  fed: GrownFederation,
  owner: Owner,
  relay: string,
  keys: SecretKeys,
  done: () => Promise<unknown>,
) => {
  const home = fed.directory(owner);
  const before = await lastLine(home);
  const client = await memberAt(relay, keys);
  for (const { event } of await firstLines(home, isNumbered, REPLAYED)) {
    const wrap = wrappedAgain(event, keys.get(event.pubkey)!);
    expect((await client.publish(wrap))[2]).toBe(true);
  }
  await done();
  client.close();
  const came = await firstLines(home, ({ n, dir }) => n > before && dir === 'in', REPLAYED);
  return came.map(typeOf);
};

/** What a person and a Host make of the oldest that they have. */
const told = async (lines: number, keys: SecretKeys) => {
  const fed = await grownFederation(here, lines);
  const [alice, host] = [fed.home('alice'), fed.home('host')];
  const relay = /ws:[^\s"']+/.exec(readFileSync(join(fed.directory('alice'), 'config.yaml'), 'utf8'))![0];
  const [asked] = await firstLines(fed.directory('alice'), (line) => typeOf(line) === 'task.request', 1);
  const session = tagOf(asked!.event, 'session')!;
  const [request] = await firstLines(
    fed.directory('alice'),
    (line) => typeOf(line) === 'approval.request' && tagOf(line.event, 'session') === session,
    1,
  );
  const { approval } = JSON.parse(request!.event.content) as { approval: string };
  const answer = async (...args: string[]) => {
    const began = performance.now();
    const { code, stdout, stderr } = await run(alice, ['user', ...args, '--json']);
    console.log(`${lines}: user ${args[0]} ${Math.round(performance.now() - began)} ms`);
    return [code, wordsOf(stdout), wordsOf(stderr)];
  };

  const toAlice = await replayed(fed, 'alice', relay, keys, () => json(alice, ['user', 'inbox']));
  const { items } = await json<{ items: { id: string; state: string }[] }>(alice, [
    ...['user', 'inbox', '--all', '--cursor', String(asked!.n + 6)],
  ]);
  const late = [
    await answer('approve', approval),
    await answer('reject', approval, '--reason', 'too late'),
    await answer('request-changes', session, '-m', 'too late'),
    await answer('cancel', session),
  ];
  const shown = await answer('show', session);

  await here.start(host, ['host', 'serve']);
  const stranger = makeKeys();
  const toHost = await replayed(fed, 'host', relay, keys, async () => {
    const client = await memberAt(relay, keys);
    // Behind those that were sent again
    await client.publish(makeWrap(hostKeyOf(fed), { content: `no wrap by ${stranger.pubkey}` }));
    await until('that what was sent is judged', async () => {
      const { items: refused } = await json<{ items: object[] }>(host, ['host', 'rejects']);
      return refused.length > 0;
    });
    client.close();
  });
  const refused = await json<{ items: { reason: string }[] }>(host, ['host', 'rejects']);
  return {
    ...{ toAlice, toHost, late, shown, refused: refused.items.map(({ reason }) => reason) },
    oldest: items.map(({ id, state }) => [id === session, state]),
  };
};

test('a replay, a late answer and a list of the oldest', async () => {
  cpSync(await templateDirectory(), here.home('template'), { recursive: true });
  const keys = new Map(Object.values(HOME_OF).flatMap((home) => keysIn(join(here.home('template'), home))));
  const few = await told(FEW, keys);
  expect(await told(LINES, keys)).toEqual(few);
});
