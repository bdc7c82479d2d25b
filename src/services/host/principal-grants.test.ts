/** To whom the Host gives what a git principal logs in with, and how much of it. */
import { expect, test } from 'vitest';
import { HOST_GRAPH, type SingleHost, startSingleHost } from '../../../test/sim/single-host.ts';
import { conversationKey, decrypt } from '../../core/crypto/nip44.ts';
import { sshKeyOfSeed, writeSshPrivateKey } from '../../core/crypto/ssh-private-key.ts';
import { fromBase64, fromHex, toBase64, toHex, utf8 } from '../../core/encoding/bytes.ts';
import type { BodyOf } from '../../core/protocol/table.ts';
import { type PrincipalFacts, readCredential } from '../../core/source/principal.ts';
import { setPrincipal } from './principals.ts';
import { listSecrets, removeSecret, setSecret } from './secrets.ts';

const OWN = new Uint8Array(32).fill(7);
const SEED = new Uint8Array(32).fill(9);
const KEY = writeSshPrivateKey(SEED, 'bot', new Uint8Array(4));
const KNOWN = 'git.example.org ssh-ed25519 AAAA\n';
const FACTS: PrincipalFacts = {
  ...{ author: 'Bot <bot@example.com>', ssh: 'bot-key', knownHosts: KNOWN },
  https: { secret: 'bot-token', host: 'git.example.org', user: null },
};
const graphOf = (repository = 'https://git.example.org/a.git', more = '') =>
  HOST_GRAPH.replace(
    'policy:',
    `${more}workspace: { repository: "${repository}", base: main, principal: bot }\n    policy:`,
  );
const keep = ({ host }: SingleHost, name: string, value: string) =>
  setSecret(host, { name, value: toBase64(utf8(value)) }, 'op');

const running = async (graph = graphOf()) => {
  const one = await startSingleHost();
  await keep(one, 'bot-key', KEY);
  await keep(one, 'bot-token', 'tok-4711-4711\n');
  await setPrincipal(one.host, { name: 'bot', facts: FACTS }, 'op');
  await one.apply(graph);
  await one.addRunner('runner', 'r1');
  await one.time.until('the offer', () => one.offers().length === 1);
  await one.accept(one.offers()[0]!);
  const { assignment, fence } = one.offers()[0]!.body;
  await one.heartbeat('runner', [{ assignment, fence }]);
  const key = toHex(one.home.suite.publicKey(OWN));
  const ask = async (body: Partial<BodyOf<'secret.request'>> = { principal: true }) => {
    await one.hear({
      ...{ type: 'secret.request', from: 'runner', to: 'host' },
      body: { assignment, fence, name: 'bot', key, ...body },
    });
    await one.time.pass(1000);
  };
  return { one, ask };
};
const opened = ({ home }: SingleHost, { key, box }: BodyOf<'secret.grant'>) =>
  readCredential(fromBase64(decrypt(home.suite, conversationKey(home.suite, OWN, fromHex(key), OWN), box)));
const denied = (one: SingleHost) => one.said('secret.deny').map(({ body }) => body.reason);

test('a node that commits as it has its key, its token and the host keys; the record names the secrets in it', async () => {
  const { one, ask } = await running();
  await ask();
  const { body } = one.said('secret.grant')[0]!;
  expect(opened(one, body)).toEqual({
    ...{ author: FACTS.author, sshKey: KEY, knownHosts: KNOWN },
    token: { value: 'tok-4711-4711', host: 'git.example.org', user: 'x-access-token' },
  });
  expect(body.holds?.map(({ name }) => name)).toEqual(['bot-key', 'bot-token']);
  expect(listSecrets(one.host).items.map(({ grants }) => grants.map(({ runner }) => runner))).toEqual([
    ['r1'],
    ['r1'],
  ]);
  const lines = JSON.stringify(one.home.disk.lines);
  for (const hidden of ['tok-4711', KEY.split('\n')[4]!]) expect(lines).not.toContain(hidden);
});

test.each([
  ['another host', 'https://elsewhere.example.org/a.git'],
  ['another port of it', 'https://git.example.org:8443/a.git'],
  ['ssh', 'ssh://git@git.example.org/a.git'],
])('a node whose repository is on %s is not given the token', async (_where, repository) => {
  const { one, ask } = await running(graphOf(repository));
  await ask();
  const { body } = one.said('secret.grant')[0]!;
  expect(opened(one, body)).toMatchObject({ sshKey: KEY, token: null });
  expect(body.holds?.map(({ name }) => name)).toEqual(['bot-key']);
});

test('a node that does not commit as it is given nothing of it, by neither name', async () => {
  const { one, ask } = await running(HOST_GRAPH);
  await ask();
  await ask({ name: 'bot-key' });
  expect(denied(one)).toEqual(['secret_not_named', 'secret_not_named']);
});

test('T186 what it logs in with is given to no engine, though a graph says so', async () => {
  const { one, ask } = await running(graphOf(undefined, 'secrets: [bot-key]\n    '));
  await ask({ name: 'bot-key' });
  expect(denied(one)).toEqual(['key_misused']);
});

test('T186 a key that a graph came to have as a person’s is given no more', async () => {
  const { one, ask } = await running();
  const person = sshKeyOfSeed(SEED).text;
  const graph = graphOf().replace('{ kind: user,', `{ kind: user, ssh: ["${person}"],`);
  await one.apply(graph);
  await ask();
  expect(one.said('secret.grant')).toEqual([]);
  expect(denied(one)).toEqual(['key_misused']);
});

test('without one of its secrets it is not given', async () => {
  const { one, ask } = await running();
  await removeSecret(one.host, 'bot-token', 'op');
  await ask();
  expect(denied(one)).toEqual(['secret_missing']);
});
