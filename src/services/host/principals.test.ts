/** Git principals at the Host: what they are made of, whose key is refused, and that a private half is shown to nobody. */
import { describe, expect, test } from 'vitest';
import { graphText } from '../../../test/support/graph-texts.ts';
import { hostKit, START } from '../../../test/support/host-kit.ts';
import { logPublicKey } from '../../core/crypto/ed25519.ts';
import { sshKeyOfSeed, writeSshPrivateKey } from '../../core/crypto/ssh-private-key.ts';
import { fromBase64, fromUtf8, toBase64, toHex, utf8 } from '../../core/encoding/bytes.ts';
import { shownTime } from '../../core/encoding/time.ts';
import { parseGraph } from '../../core/graph/file/parse.ts';
import { dump } from '../../core/projection/dump.ts';
import { ROWS } from '../../core/projection/rows.ts';
import type { PrincipalFacts } from '../../core/source/principal.ts';
import { GRAPH_TYPES } from '../graph/types.ts';
import { listPrincipals, makePrincipalKey, removePrincipal, setPrincipal } from './principals.ts';
import { openSecret } from './secret-values.ts';
import { removeSecret, setSecret } from './secrets.ts';

type Kit = ReturnType<typeof hostKit>;
const FACTS: PrincipalFacts = { author: 'Bot <bot@example.com>', ssh: null, https: null, knownHosts: null };
const seedOf = (byte: number) => new Uint8Array(32).fill(byte);
const keyText = (seed: Uint8Array) => writeSshPrivateKey(seed, 'x', new Uint8Array(4));
const keep = ({ host }: Kit, name: string, value: string) =>
  setSecret(host, { name, value: toBase64(utf8(value)) }, 'op');
const withKey = async (kit: Kit, seed: Uint8Array, name = 'bot') => {
  await keep(kit, `${name}-key`, keyText(seed));
  return setPrincipal(kit.host, { name, facts: { ...FACTS, ssh: `${name}-key` } }, 'op');
};
const https = { secret: 'token', host: 'git.example.org', user: null };
const listed = async ({ host }: Kit) => (await listPrincipals(host)).items;
const textOf = async ({ home }: Kit, name: string) =>
  fromUtf8(fromBase64((await openSecret(home, name))!.value));

test('it is set, listed with its public key, set again and removed; its secrets stay', async () => {
  const kit = hostKit();
  const one = await withKey(kit, seedOf(9));
  const publicKey = sshKeyOfSeed(seedOf(9)).text;
  expect(one).toEqual({
    ...{ name: 'bot', set: shownTime(START), by: 'op', publicKey, trouble: null, nodes: [] },
    facts: { ...FACTS, ssh: 'bot-key' },
  });
  expect(await setPrincipal(kit.host, { name: 'bot', facts: FACTS }, 'op2')).toMatchObject({
    ...{ by: 'op2', publicKey: null, facts: FACTS },
  });
  expect(await removePrincipal(kit.host, 'bot', 'op')).toMatchObject({ set: null, facts: null });
  expect(await listed(kit)).toEqual([]);
  expect(await openSecret(kit.home, 'bot-key')).not.toBeNull();
  await expect(removePrincipal(kit.host, 'bot', 'op')).rejects.toMatchObject({ code: 'not_found' });
});

test('one that a node names and nobody set is listed, with the node', async () => {
  const kit = hostKit();
  const text = graphText().replace(
    'policy: { budget: { hops: 3 } }',
    'workspace: { repository: "https://git.example.org/a.git", base: main, principal: bot }',
  );
  kit.host.graph = parseGraph(text, { types: GRAPH_TYPES }).graph;
  const [one] = await listed(kit);
  expect(one).toMatchObject({ name: 'bot', set: null, facts: null, nodes: [expect.any(String)] });
});

describe('a key is made', () => {
  test('of which the public half is answered, and the private one lies nowhere in clear', async () => {
    const kit = hostKit();
    const { body, status } = await kit.ask('POST', '/v1/principals/bot/keygen', { secret: 'bot-key' });
    expect(status).toBe(200);
    const text = await textOf(kit, 'bot-key');
    expect(body).toMatchObject({ facts: { ssh: 'bot-key', author: 'bot <bot@entangle.invalid>' } });
    expect(body.publicKey).toMatch(/^ssh-ed25519 /);
    const all = JSON.stringify([
      body,
      kit.lines,
      dump(kit.home.tables, ROWS),
      [...kit.home.disk.blobs.values()],
    ]);
    const lines = text.split('\n').slice(1, -2);
    for (const line of lines.slice(3)) expect(all).not.toContain(line);
  });

  test('anew in the place of its own, and of no other secret; what else was set stays', async () => {
    const kit = hostKit();
    await keep(kit, 'model', 'sk-4711-of-a-model');
    await setPrincipal(kit.host, { name: 'bot', facts: { ...FACTS, knownHosts: 'h ssh-ed25519 A\n' } }, 'op');
    const first = await makePrincipalKey(kit.host, { name: 'bot', secret: 'bot' }, 'op');
    const second = await makePrincipalKey(kit.host, { name: 'bot', secret: 'bot' }, 'op');
    expect(second.publicKey).not.toBe(first.publicKey);
    expect(second.facts).toEqual({ ...FACTS, knownHosts: 'h ssh-ed25519 A\n', ssh: 'bot' });
    const taken = makePrincipalKey(kit.host, { name: 'bot', secret: 'model' }, 'op');
    await expect(taken).rejects.toMatchObject({ code: 'conflict' });
    expect(await textOf(kit, 'model')).toBe('sk-4711-of-a-model');
  });
});

describe('T14 T186 a key that is for something else is refused, and nothing changes:', () => {
  const person = sshKeyOfSeed(seedOf(5)).text;
  test.each<[string, (kit: Kit) => Uint8Array, RegExp]>([
    ['of this Host', ({ home }) => home.self.secretKey, /is the key of this Host/],
    ['of its log', ({ host }) => host.logKey, /is the key of the log of this Host/],
    [
      'of a runner',
      ({ home }) => {
        const pubkey = toHex(home.suite.publicKey(seedOf(4)));
        home.tables.put('keys', { pubkey, role: 'runner', name: 'r1', said: '' });
        return seedOf(4);
      },
      /is the key of runner "r1"/,
    ],
    [
      'of a person',
      ({ host }) => {
        const text = graphText().replace('{ kind: user,', `{ kind: user, ssh: ["${person}"],`);
        const { graph } = parseGraph(text, { types: GRAPH_TYPES });
        expect(graph).not.toBeNull();
        host.graph = graph;
        return seedOf(5);
      },
      /is an SSH key of \w+, who approves with it/,
    ],
  ])('%s', async (_whose, seed, words) => {
    const kit = hostKit();
    await expect(withKey(kit, seed(kit))).rejects.toThrow(words);
    expect(await listed(kit)).toEqual([]);
  });

  test('of another principal, also as another secret', async () => {
    const kit = hostKit();
    await withKey(kit, seedOf(9), 'one');
    await expect(withKey(kit, seedOf(9), 'two')).rejects.toThrow('is of the principal "one" already');
    const shared = setPrincipal(kit.host, { name: 'two', facts: { ...FACTS, ssh: 'one-key' } }, 'op');
    await expect(shared).rejects.toThrow('is of the principal "one" already');
    await keep(kit, 'token', 'tok-4711-4711');
    await setPrincipal(kit.host, { name: 'one', facts: { ...FACTS, https } }, 'op');
    const token = setPrincipal(kit.host, { name: 'two', facts: { ...FACTS, https } }, 'op');
    await expect(token).rejects.toThrow('is of the principal "one" already');
  });

  test('later too, by another value of its secret', async () => {
    const kit = hostKit();
    await withKey(kit, seedOf(9));
    const { logKey } = kit.host;
    expect(toHex(logPublicKey(logKey))).toMatch(/^[0-9a-f]{64}$/);
    await expect(keep(kit, 'bot-key', keyText(logKey))).rejects.toThrow(/principal "bot".*log of this Host/);
    expect(await textOf(kit, 'bot-key')).toBe(keyText(seedOf(9)));
    expect(kit.home.tables.get('secrets', 'bot-key')?.n).toBe(1);
  });
});

test.each<[string, Partial<PrincipalFacts>, string | null, RegExp]>([
  ['what is no key', { ssh: 'token' }, 'tok-4711-4711', /no Ed25519 key/],
  ['a token of two lines', { https }, 'tok-4711\nand more', /is no token/],
  ['a secret that is not there', { https }, null, /there is no secret "token"/],
])('%s is refused', async (_what, facts, value, words) => {
  const kit = hostKit();
  if (value !== null) await keep(kit, 'token', value);
  const set = setPrincipal(kit.host, { name: 'bot', facts: { ...FACTS, ...facts } }, 'op');
  await expect(set).rejects.toThrow(words);
  expect(await listed(kit)).toEqual([]);
});

describe('T187 what pushes is another than what reads, and of its own', () => {
  const TOKENS = { token: 'tok-reads', pushes: 'tok-pushes', same: 'tok-reads\n', none: 'two\nlines' };
  const KEYS = { reads: seedOf(9), key: seedOf(10), copy: seedOf(9) };
  const given = async () => {
    const kit = hostKit();
    for (const [name, value] of Object.entries(TOKENS)) await keep(kit, name, value);
    for (const [name, seed] of Object.entries(KEYS)) await keep(kit, name, keyText(seed));
    const set = (facts: Partial<PrincipalFacts>, name = 'bot') =>
      setPrincipal(kit.host, { name, facts: { ...FACTS, https, ssh: 'reads', ...facts } }, 'op');
    return { kit, set };
  };
  const ssh = (secret: string) => ({ push: { secret, scheme: 'ssh' as const } });
  const web = (secret: string) => ({ push: { secret, scheme: 'https' as const } });

  test.each([
    ['a token', web('pushes')],
    ['a key', ssh('key')],
  ])('%s is set, and listed by its name', async (_what, facts) => {
    const { kit, set } = await given();
    expect(await set(facts)).toMatchObject({ facts, trouble: null });
    await removeSecret(kit.host, facts.push.secret, 'op');
    const trouble = `there is no secret "${facts.push.secret}"`;
    expect(await listed(kit)).toMatchObject([{ trouble }]);
  });

  test.each<[string, Partial<PrincipalFacts>, RegExp]>([
    ['the token that reads', web('token'), /each turn is given it to read/],
    ['a copy of it', web('same'), /each turn is given it to read/],
    ['the key that reads', ssh('reads'), /each turn is given it to read/],
    ['a copy of that', ssh('copy'), /each turn is given it to read/],
    ['no token', web('none'), /is no token/],
    ['no key', ssh('pushes'), /no Ed25519 key/],
    [
      'a token for no host',
      { ...web('pushes'), https: null },
      /no token that reads: give --https-token-secret/,
    ],
    ['what is not there', web('nothing'), /there is no secret "nothing"/],
  ])('%s is refused', async (_what, facts, words) => {
    const { kit, set } = await given();
    await expect(set(facts)).rejects.toThrow(words);
    expect(await listed(kit)).toEqual([]);
  });

  test('what pushes for another principal is refused', async () => {
    const { set } = await given();
    await set(web('pushes'));
    const other = set({ ...ssh('key'), ssh: null, https: { ...https, secret: 'pushes' } }, 'two');
    await expect(other).rejects.toThrow('secret "pushes" is of the principal "bot" already');
  });
});

test('one whose secret was removed is in trouble, and says so', async () => {
  const kit = hostKit();
  await withKey(kit, seedOf(9));
  await removeSecret(kit.host, 'bot-key', 'op');
  expect(await listed(kit)).toMatchObject([{ publicKey: null, trouble: 'there is no secret "bot-key"' }]);
});
