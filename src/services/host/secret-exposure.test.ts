/** Who was given which value of a secret, and when one counts as exposed. */
import { expect, test } from 'vitest';
import { HOST_GRAPH, type SingleHost, startSingleHost } from '../../../test/sim/single-host.ts';
import { toBase64, toHex, utf8 } from '../../core/encoding/bytes.ts';
import { exposedText } from '../../core/graph/named-secrets.ts';
import { listRunners } from './runners.ts';
import { listSecrets, removeSecret, setSecret } from './secrets.ts';
import { status } from './status.ts';

const GRAPH = HOST_GRAPH.replace('auth: none', 'auth: "secret:model"');
const set = (one: SingleHost, value: string) =>
  setSecret(one.host, { name: 'model', value: toBase64(utf8(value)) }, 'op');

/** Its runner was given the first value. */
const given = async () => {
  const one = await startSingleHost();
  await set(one, 'first');
  await one.apply(GRAPH);
  await one.addRunner('runner', 'r1');
  await one.time.until('the offer', () => one.offers().length === 1);
  const offer = one.offers()[0]!;
  await one.accept(offer);
  const { assignment, fence } = offer.body;
  const held = { assignment, fence };
  await one.heartbeat('runner', [held]);
  const key = toHex(one.home.suite.publicKey(new Uint8Array(32).fill(7)));
  const ask = async () => {
    await one.hear({
      ...{ type: 'secret.request', from: 'runner', to: 'host' },
      body: { ...held, name: 'model', key },
    });
    await one.time.pass(1000);
  };
  await ask();
  return { one, ask };
};
/** Before the Host has drawn any consequence of it. */
const revoke = ({ home, actors }: SingleHost) => {
  const { pubkey } = actors.runner;
  home.tables.put('trust', { ...home.tables.get('trust', pubkey)!, state: 'revoked' });
};
const listed = ({ host }: SingleHost) => listSecrets(host).items[0]!;

test('the list says which runner was given which version', async () => {
  const { one, ask } = await given();
  const grant = { runner: 'r1', version: 1 };
  expect(listed(one)).toMatchObject({ version: 1, grants: [grant], exposed: [] });
  await set(one, 'second');
  expect(listed(one)).toMatchObject({ version: 2, grants: [grant] });
  expect(listRunners(one.host).items[0]!.secrets).toEqual([]);
  await ask();
  expect(listed(one).grants).toMatchObject([grant, { runner: 'r1', version: 2 }]);
  expect(listRunners(one.host).items[0]!.secrets).toEqual(['model']);
});

test('T185 what a runner had that is revoked is exposed until it is replaced', async () => {
  const { one } = await given();
  expect(status(one.host).exposed).toEqual([]);
  revoke(one);
  expect(listed(one).exposed).toEqual(['r1']);
  const [exposed] = status(one.host).exposed;
  expect(exposed).toEqual({ secret: 'model', runners: ['r1'] });
  expect(exposedText(exposed!)).toMatch(
    /^secret model is exposed: r1 had its value, and nobody trusts it now/,
  );
  await set(one, 'second');
  expect(listed(one)).toMatchObject({ version: 2, exposed: [], grants: [{ version: 1 }] });
  expect(status(one.host).exposed).toEqual([]);
});

test('what was removed is exposed no more, nor is what the runner never had', async () => {
  const { one } = await given();
  await setSecret(one.host, { name: 'other', value: toBase64(utf8('x')) }, 'op');
  revoke(one);
  await removeSecret(one.host, 'model', 'op');
  expect(status(one.host).exposed).toEqual([]);
  expect(listRunners(one.host).items[0]!.secrets).toEqual([]);
});
