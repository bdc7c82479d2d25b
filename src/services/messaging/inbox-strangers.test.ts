/** Strangers at the inbox: how many are opened, who passes before them, and who is heard when somebody names them. */
import { describe, expect, test } from 'vitest';
import { cancel } from '../../../test/sim/forged.ts';
import { INVITE, introduced, inviteFor, issueInvite, tellRoutes } from '../../../test/sim/introductions.ts';
import { FORGED_STREAM, type Forged } from '../../../test/sim/message-kit.ts';
import { uuidOf } from '../../../test/support/world.ts';
import { inviteSecret } from './admission.ts';
import { ticketKeyOf } from './tickets.ts';

describe('strangers', () => {
  const hello = (): Forged => ({
    type: 'user.hello',
    from: 'mallory',
    to: 'host',
    body: { name: 'mallory' },
  });
  test('are opened five times a second by the Host, all together', async () => {
    const kit = await introduced();
    const all = async () => {
      const made: string[] = [];
      for (let i = 0; i < 7; i++) made.push(await kit.tell(hello()));
      return made;
    };
    const spent = [...Array(5).fill('no_invite'), 'unknown_signer', 'unknown_signer'];
    expect(await all()).toEqual(spent);
    await kit.time.pass(999);
    expect(await kit.tell(hello())).toBe('unknown_signer');
    await kit.time.pass(1);
    expect(await all()).toEqual(spent);
  });
  test('T118: who was invited does not stand in line with them, twice a second and while the invite is open', async () => {
    const kit = await introduced();
    await issueInvite(kit, INVITE.mallory, 'user', 'mallory');
    const { mallory, host } = kit.homes;
    const flood = async () => {
      for (let i = 0; i < 7; i++) await kit.tell(hello());
    };
    const ticket = ticketKeyOf(host.suite, inviteSecret(host, INVITE.mallory));
    const invited = async () => {
      mallory.ticket = ticket;
      const made = await kit.tell(hello());
      mallory.ticket = null;
      return made;
    };
    await flood();
    expect(await kit.tell(hello())).toBe('unknown_signer');
    expect([await invited(), await invited(), await invited()]).toEqual([
      'no_invite',
      'no_invite',
      'unknown_signer',
    ]);
    await kit.time.pass(999);
    await flood();
    expect(await invited()).toBe('unknown_signer');
    await kit.time.pass(1);
    await flood();
    expect([await invited(), await invited(), await invited()]).toEqual([
      'no_invite',
      'no_invite',
      'unknown_signer',
    ]);
    await kit.time.pass(3_599_000);
    await flood();
    expect(await invited()).toBe('unknown_signer');
  });
  test.each(['node', 'alice'] as const)(
    'T184: are opened as rarely by the home of %s: one of them may come to sign for the Host',
    async (to) => {
      const kit = await introduced();
      const body = { stream: FORGED_STREAM, high: 0, top: 0, missing: [] };
      for (let i = 0; i < 5; i++)
        expect(await kit.tell({ type: 'ack', from: 'mallory', to, body })).toBe('unknown_signer');
      const rotates: Forged = { type: 'authority.rotate', from: 'mallory', to, body: { chain: [] } };
      expect(await kit.tell(rotates)).toBe('unknown_signer');
      await kit.time.pass(1000);
      expect(await kit.tell(rotates)).toBe('kind_of_role');
    },
  );
  test('may say nothing but hello', async () => {
    const kit = await introduced();
    const beat = { beat: '0b'.repeat(16), running: 0, leases: [] };
    const said = {
      type: 'runner.heartbeat',
      from: 'mallory',
      to: 'host',
      role: 'runner',
      body: beat,
    } as const;
    expect(await kit.tell(said)).toBe('unknown_signer');
    expect(kit.homes.host.pairs.size).toBe(1);
  });
  test('are counted together until they are known', async () => {
    const kit = await introduced();
    await kit.tell(hello());
    expect(kit.posts.host.counted).toEqual([['no_invite', null]]);
  });
  test('who were refused for what they said are not heard again when they are known', async () => {
    const kit = await introduced();
    const bad: Forged = { ...hello(), content: '{}' };
    expect(await kit.tell(bad)).toBe('body_schema');
    await issueInvite(kit, uuidOf(301), 'user', 'mallory');
    const invite = inviteFor(kit, uuidOf(301), 'mallory', 'user', 'mallory');
    await kit.send({ type: 'user.hello', from: 'mallory', to: 'host', body: { name: 'mallory', invite } });
    await kit.posts.host.rejudge();
    expect(kit.posts.host.counted).toEqual([['body_schema', null]]);
  });
  test('whose first message overtook the routes that name them are heard when those are here', async () => {
    const kit = await introduced();
    const { event, text } = kit.write({ ...cancel(1), to: 'sibling' } as Forged);
    expect(await kit.deliver(text, 'sibling', event.id)).toBe('unknown_signer');
    await kit.posts.runner.rejudge();
    expect(kit.has('sibling', event.id)).toBe(false);
    await tellRoutes(kit, 'sibling', ['alice']);
    await kit.posts.runner.rejudge();
    expect(kit.has('sibling', event.id)).toBe(true);
  });
});
