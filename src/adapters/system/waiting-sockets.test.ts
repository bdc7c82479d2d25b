/** T112: who holds connections and asks nothing takes nobody's place. */
import { EventEmitter } from 'node:events';
import { expect, test } from 'vitest';
import { boundWaiting, placeOf } from './waiting-sockets.ts';

class Connection {
  destroyed = false;
  readonly #ends: (() => void)[] = [];
  readonly remoteAddress: string;
  constructor(remoteAddress: string) {
    this.remoteAddress = remoteAddress;
  }
  once(_event: string, end: () => void): void {
    this.#ends.push(end);
  }
  destroy(): void {
    this.destroyed = true;
    for (const end of this.#ends) end();
  }
}

const bounded = (limits: { ofAddress: number; all: number }) => {
  const server = new EventEmitter();
  const waiting = boundWaiting(server, limits);
  const arrive = (address: string, count = 1): Connection[] =>
    Array.from({ length: count }, () => {
      const one = new Connection(address);
      server.emit('connection', one);
      return one;
    });
  return { waiting, arrive };
};
const openOf = (connections: readonly Connection[]): boolean[] =>
  connections.map(({ destroyed }) => !destroyed);

test('beyond the bound of an address its oldest goes; others keep theirs', () => {
  const { arrive } = bounded({ ofAddress: 2, all: 10 });
  const [other] = arrive('10.0.0.9');
  const held = arrive('10.0.0.1', 4);
  expect(openOf(held)).toEqual([false, false, true, true]);
  expect(other!.destroyed).toBe(false);
});

test('beyond the bound of all the oldest of the address with the most goes', () => {
  const { arrive } = bounded({ ofAddress: 10, all: 5 });
  const [other] = arrive('10.0.0.9');
  const held = arrive('10.0.0.1', 4);
  const [late] = arrive('10.0.0.2');
  expect(openOf(held)).toEqual([false, true, true, true]);
  expect(openOf([other!, late!])).toEqual([true, true]);
});

test('who has asked, or left, counts no more; who may ask again does', () => {
  const { arrive, waiting } = bounded({ ofAddress: 2, all: 10 });
  const [first, second] = arrive('10.0.0.1', 2);
  waiting.served(first! as never);
  second!.destroy();
  const [third, fourth] = arrive('10.0.0.1', 2);
  expect(openOf([first!, third!, fourth!])).toEqual([true, true, true]);
  waiting.waits(first! as never);
  expect(openOf([first!, third!, fourth!])).toEqual([true, false, true]);
});

test('an IPv4 address in IPv6 is itself, an IPv6 address its network', () => {
  expect(placeOf('::ffff:192.0.2.7')).toBe('192.0.2.7');
  expect(placeOf('2001:db8:0:7::1')).toBe(placeOf('2001:0db8:0000:0007:ffff::2'));
  expect(placeOf('2001:db8::1')).toBe('2001:db8:0:0');
  expect(placeOf('2001:db8:0:7::1')).not.toBe(placeOf('2001:db8:0:8::1'));
  expect(placeOf('fe80::1%eth0')).toBe('fe80:0:0:0');
  expect(placeOf('::1')).toBe('0:0:0:0');
  expect(placeOf(undefined)).toBe('');
});
