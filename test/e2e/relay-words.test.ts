/** T121: a relay's words reach who joins, who looks at the status, and the log. Real processes, a scripted relay. */
import { afterAll, expect, test } from 'vitest';
import type { SignedEvent } from '../../src/core/nostr/event.ts';
import { writeInvite } from '../../src/core/protocol/invite.ts';
import { json, run, tempHomes } from '../support/cli.ts';
import { makeKeys, nowSeconds } from '../support/relay-kit.ts';
import { type Script, type ScriptedRelay, scriptedRelay } from '../support/scripted-relay.ts';

const here = tempHomes();
const relays: ScriptedRelay[] = [];
afterAll(async () => {
  await here.clean();
  for (const relay of relays) await relay.close();
});

/** Joins as a runner, with an invite of a Host that is never there, by a relay with these habits. */
const join = async (name: string, habits: Partial<Script>) => {
  const relay = await scriptedRelay(habits);
  relays.push(relay);
  const { pubkey: host } = makeKeys();
  const invite = writeInvite({
    host,
    recovery: 'cd'.repeat(32),
    relays: [relay.url],
    graph: `${host}/acme`,
    role: 'runner',
    name,
    id: '01890000-0000-7000-8000-000000000001',
    secret: '5e'.repeat(16),
    expiresAt: nowSeconds() + 600,
  });
  const home = here.home(name);
  await json(home, ['runner', 'init', '--keys', 'file', '--sandbox', 'none']);
  const answer = await run(home, ['runner', 'join', here.file(`${name}.txt`, invite), '--wait', '3s']);
  return { home, relay, answer };
};
const refuses = (words: (event: SignedEvent) => string): Partial<Script> => ({
  onFrame: ([name, event], socket) => {
    const said = name === 'EVENT' ? words(event as SignedEvent) : '';
    if (said !== '') socket.send(JSON.stringify(['OK', (event as SignedEvent).id, false, said]));
    return said !== '';
  },
});

test.each([
  ['white-list', refuses(() => 'blocked: pubkey is not on the white-list')],
  ['database', refuses(() => 'error: could not connect to the database')],
  [
    'sign up at https://relay.example/join',
    refuses(() => 'restricted: sign up at https://relay.example/join'),
  ],
])('a relay that does not serve: %s', async (words, habits) => {
  const { home, relay, answer } = await join(`r${relays.length + 1}`, habits);
  expect(answer.code).toBe(124);
  expect(answer.stderr).toMatch(new RegExp(`warning relay ${relay.url}.*${words}`));
  expect(answer.stderr).toMatch(new RegExp(`the Host has not confirmed yet; relay ${relay.url}.*${words}`));
  const status = await json<{ relays: { url: string; detail: string }[] }>(home, ['runner', 'status']);
  expect(status.relays).toEqual([expect.objectContaining({ url: relay.url })]);
  expect(status.relays[0]!.detail).toContain(words);
  expect((await run(home, ['runner', 'status'])).stdout).toContain(words);
});
