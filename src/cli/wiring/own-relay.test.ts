/** A relay of this machine is named with what starts it; one elsewhere is not. */
import { expect, test } from 'vitest';
import { ownRelayStart, ownRelaysDown } from './own-relay.ts';

test.each(['ws://127.0.0.1:7777', 'ws://localhost:7777/', 'ws://[::1]:7777'])(
  '%s is of this machine',
  (url) => expect(ownRelayStart(url)).toBe('start it with `entangle relay serve --port 7777`'),
);
test.each(['wss://relay.example.org', 'ws://10.0.0.1:7777', 'wss://127.0.0.1:7777'])('%s is not', (url) =>
  expect(ownRelayStart(url)).toBeNull(),
);
test('it is why none was reached where nobody listens at any of them', () => {
  const [own, other] = ['ws://127.0.0.1:7777', 'wss://relay.example.org'];
  const refused = 'connect ECONNREFUSED 127.0.0.1:7777';
  expect(ownRelaysDown([{ url: own, detail: refused }])).toBe(
    `the relay ${own} of this machine does not run; start it with \`entangle relay serve --port 7777\``,
  );
  expect(ownRelaysDown([{ url: own, detail: 'auth-required: no' }])).toBeNull();
  expect(
    ownRelaysDown([
      { url: own, detail: refused },
      { url: other, detail: 'ECONNREFUSED' },
    ]),
  ).toBeNull();
  expect(ownRelaysDown([])).toBeNull();
});
