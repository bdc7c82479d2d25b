/** To whom the Host grants a secret, how it is sealed, and what it says to everybody else. */
import { describe, expect, test } from 'vitest';
import { HOST_GRAPH, LEASE_MS, type SingleHost, startSingleHost } from '../../../test/sim/single-host.ts';
import { MAX_SECRET_BYTES } from '../../core/bounds.ts';
import { conversationKey, decrypt } from '../../core/crypto/nip44.ts';
import { fromBase64, fromHex, fromUtf8, toBase64, toHex, utf8 } from '../../core/encoding/bytes.ts';
import type { BodyOf } from '../../core/protocol/table.ts';
import { answerSecrets } from './grant-secrets.ts';
import { removeSecret, setSecret } from './secrets.ts';

const VALUE = 'sk-4711';
const OWN = new Uint8Array(32).fill(7);
const GRAPH = HOST_GRAPH.replace('auth: none', 'auth: "secret:model"');

/** The node runs at the runner, which holds its lease. */
const running = async (graph = GRAPH, value: string | null = VALUE) => {
  const one = await startSingleHost();
  const { host, suite } = Object.assign(one, { suite: one.home.suite });
  if (value !== null) await setSecret(host, { name: 'model', value: toBase64(utf8(value)) }, 'op');
  await one.apply(graph);
  await one.addRunner('runner', 'r1');
  await one.time.until('the offer', () => one.offers().length === 1);
  const offer = one.offers()[0]!;
  await one.accept(offer);
  const { assignment, fence } = offer.body;
  const held = { assignment, fence };
  await one.heartbeat('runner', [held]);
  const key = toHex(suite.publicKey(OWN));
  const ask = (body: Partial<BodyOf<'secret.request'>> = {}) =>
    one.hear({
      type: 'secret.request',
      from: 'runner',
      to: 'host',
      body: { ...held, name: 'model', key, ...body },
    });
  return { one, held, ask };
};
const answers = (one: SingleHost) => [
  ...one.said('secret.grant').map(({ body }) => body.name),
  ...one.said('secret.deny').map(({ body }) => body.reason),
];
const settle = ({ time }: SingleHost) => time.pass(1000);
const opened = ({ home }: SingleHost, grant: BodyOf<'secret.grant'>, own: Uint8Array = OWN): string => {
  const pair = conversationKey(home.suite, own, fromHex(grant.key), new Uint8Array(32).fill(1));
  return fromUtf8(fromBase64(decrypt(home.suite, pair, grant.box)));
};

describe('a secret is granted', () => {
  test('to the runner that holds a node that names it, for the key of its request alone', async () => {
    const { one, held, ask } = await running();
    await ask();
    await settle(one);
    const [grant] = one.said('secret.grant');
    expect(grant).toMatchObject({ to: one.actors.runner.pubkey, body: { ...held, name: 'model' } });
    expect(opened(one, grant!.body)).toBe(VALUE);
    for (const key of [one.actors.runner.secretKey, one.home.self.secretKey, new Uint8Array(32).fill(8)])
      expect(() => opened(one, grant!.body, key)).toThrow('bad_mac');
    expect(JSON.stringify(one.home.disk.lines)).not.toContain(VALUE);
    expect(JSON.stringify(one.home.disk.lines)).not.toContain(toBase64(utf8(VALUE)));
  });

  test('and its own half of the key is gone then', async () => {
    const { one, ask } = await running();
    const { random } = one.home;
    const made: Uint8Array[] = [];
    const bytes = (n: number) => {
      made.push(random.bytes(n));
      return made.at(-1)!;
    };
    one.home.random = { ...random, bytes };
    await ask();
    await settle(one);
    const { key } = one.said('secret.grant')[0]!.body;
    const { suite } = one.home;
    const isScalarOf = (some: Uint8Array) => some.some((byte) => byte !== 0) && some.length === 32;
    expect(made.filter(isScalarOf).map((some) => toHex(suite.publicKey(some)))).not.toContain(key);
    expect(made.some((some) => some.length === 32 && some.every((byte) => byte === 0))).toBe(true);
  });

  test('once for each request, under another key of the Host each time', async () => {
    const { one, ask } = await running();
    await ask();
    await settle(one);
    await settle(one);
    expect(answers(one)).toEqual(['model']);
    await ask();
    await settle(one);
    const keys = one.said('secret.grant').map(({ body }) => body.key);
    expect(new Set(keys).size).toBe(2);
  });

  test('as it is when it is asked for', async () => {
    const { one, ask } = await running();
    await setSecret(one.host, { name: 'model', value: toBase64(utf8('newer')) }, 'op');
    await ask();
    await settle(one);
    const { body } = one.said('secret.grant')[0]!;
    expect(opened(one, body)).toBe('newer');
    expect(body.version).toBe(one.home.tables.get('secrets', 'model')?.version);
  });

  test('of the greatest size that there is', async () => {
    const value = 'x'.repeat(MAX_SECRET_BYTES);
    const { one, ask } = await running(GRAPH, value);
    await ask();
    await settle(one);
    expect(opened(one, one.said('secret.grant')[0]!.body)).toBe(value);
  });

  test('where another one cannot be read', async () => {
    const { one, ask } = await running(GRAPH.replace('policy:', 'secrets: [broken]\n    policy:'));
    await setSecret(one.host, { name: 'broken', value: toBase64(utf8('x')) }, 'op');
    const { get } = one.home.blobs;
    const { blob } = one.home.tables.get('secrets', 'broken')!;
    one.home.blobs.get = async (sha256) => {
      if (sha256 === blob) throw new Error('damaged');
      return get(sha256);
    };
    await ask({ name: 'broken' });
    await ask();
    await settle(one);
    expect(answers(one)).toEqual(['model']);
  });
});

describe('a secret is denied', () => {
  test('where there is none, and where there is none any more', async () => {
    const { one, ask } = await running(GRAPH, null);
    await ask();
    await settle(one);
    expect(answers(one)).toEqual(['secret_missing']);
    await setSecret(one.host, { name: 'model', value: toBase64(utf8(VALUE)) }, 'op');
    await removeSecret(one.host, 'model', 'op');
    await ask();
    await settle(one);
    expect(answers(one)).toEqual(['secret_missing', 'secret_missing']);
  });

  test('to a node that does not name it', async () => {
    const { one, ask } = await running(HOST_GRAPH);
    await ask();
    await settle(one);
    expect(answers(one)).toEqual(['secret_not_named']);
  });

  test('to a runner whose lease is over', async () => {
    const { one, ask } = await running();
    await one.time.pass(LEASE_MS + 1);
    await ask();
    await settle(one);
    expect(answers(one)).toEqual(['lease_over']);
  });

  test('to a runner whose node went elsewhere, or that is trusted no more', async () => {
    for (const table of ['assignments', 'trust'] as const) {
      const { one, held, ask } = await running();
      await ask();
      // Before the Host has drawn any consequence of it
      const { tables } = one.home;
      const key = table === 'trust' ? one.actors.runner.pubkey : held.assignment;
      tables.put(table, { ...tables.get(table, key)!, state: 'revoked' } as never);
      await answerSecrets(one.host);
      expect(answers(one), table).toEqual(['lease_over']);
    }
  });

  test('for what is no key', async () => {
    const { one, ask } = await running();
    const key = 'ff'.repeat(32);
    const { ecdh, ...suite } = one.home.suite;
    // As the real one does; the one of the simulation takes anything
    one.home.suite = {
      ...suite,
      ecdh: (mine, other, blind) => {
        if (toHex(other) === key) throw new Error('no point');
        return ecdh(mine, other, blind);
      },
    };
    await ask({ key });
    await settle(one);
    expect(answers(one)).toEqual(['bad_key']);
  });
});
