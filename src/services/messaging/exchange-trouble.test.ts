/** What goes wrong in a round of a home on the wire: trouble that may pass, and bugs, which are not swallowed. */
import { expect, test } from 'vitest';
import { exchangeOn } from '../../../test/sim/exchange-on.ts';
import { cancel } from '../../../test/sim/forged.ts';
import { EntangleError } from '../../core/errors.ts';

test('trouble in one round is told, and the next round goes on', async () => {
  const { kit, relay, seen, start, receive, acks } = await exchangeOn('runner');
  const exchange = start();
  const { publish } = relay.session;
  relay.session.publish = async () => {
    throw new EntangleError('unavailable', 'no relay today');
  };
  await receive(cancel(1));
  await kit.time.pass(1000);
  expect(seen.logged).toContain('no relay today');
  relay.session.publish = publish;
  await receive(cancel(2));
  await kit.time.pass(1000);
  expect(acks().map(({ body }) => body.top)).toEqual([2]);
  await exchange.close();
});

test.each([
  ['trouble of the machine', Object.assign(new Error('EMFILE'), { code: 'EMFILE', syscall: 'open' })],
  ['what this program says itself', new EntangleError('unavailable', 'EMFILE')],
])('%s in one round is told and ends nothing', async (_what, error) => {
  const { kit, relay, seen, start, receive } = await exchangeOn('runner');
  const exchange = start();
  relay.session.publish = () => Promise.reject(error);
  await receive(cancel(1));
  await kit.time.pass(1000);
  expect(seen.logged).toContain('EMFILE');
  await exchange.close();
});

test('a bug that one round meets ends the exchange, seen', async () => {
  const { kit, relay, seen, start, receive } = await exchangeOn('runner');
  const exchange = start();
  let fail = (_bug: Error): void => {};
  relay.session.publish = () =>
    new Promise((_done, failed) => {
      fail = failed;
    });
  await receive(cancel(1));
  await kit.time.pass(100);
  const closed = expect(exchange.close()).rejects.toThrow('a bug');
  await kit.time.pass(0);
  fail(new TypeError('a bug'));
  await closed;
  expect(seen.logged).toEqual([]);
});
