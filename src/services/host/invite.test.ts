/** Who can be invited again, and whom such an invite lets in. */
import { describe, expect, test } from 'vitest';
import { startSingleHost, WITHOUT_BOB } from '../../../test/sim/single-host.ts';
import { npub } from '../../core/encoding/id.ts';
import { readInvite } from '../../core/protocol/invite.ts';
import { invite } from './invite.ts';

const WANTED = { role: 'user', name: 'alice', expiresMs: 60_000 } as const;

describe('an invite to join again', () => {
  test('is for the key that has the name, and for no other', async () => {
    const one = await startSingleHost();
    await one.join('user', 'alice');
    await expect(invite(one.host, WANTED)).rejects.toMatchObject({
      code: 'conflict',
      hint: expect.stringContaining('--rejoin'),
    });
    const made = await invite(one.host, { ...WANTED, rejoin: true });
    expect(made.key).toBe(npub(one.actors.user.pubkey));
    expect(one.home.tables.get('invites', made.id)).toMatchObject({ key: one.actors.user.pubkey });
    expect(readInvite(made.invite).key).toBe(one.actors.user.pubkey);
  });

  test('is of nobody where nobody has joined, and of no runner', async () => {
    const one = await startSingleHost();
    expect(await invite(one.host, WANTED)).toMatchObject({ key: null });
    await expect(invite(one.host, { ...WANTED, rejoin: true })).rejects.toMatchObject({
      code: 'not_found',
      message: 'no user "alice" has joined yet',
    });
    await one.join('runner', 'r1');
    const again = { role: 'runner', name: 'r1', expiresMs: 60_000, rejoin: true } as const;
    await expect(invite(one.host, again)).rejects.toMatchObject({ code: 'usage' });
  });
});

describe('a name that the active graph gives to another key', () => {
  const REPLACED = WITHOUT_BOB.replace('$user', '$bob');
  const replaced = async () => {
    const one = await startSingleHost();
    await one.apply();
    await one.join('user', 'alice');
    const before = await one.invited('user', 'alice', true);
    await one.apply(REPLACED);
    return { ...one, before };
  };

  test('is for the new key to join with, and no invite brings the old one back', async () => {
    const { before, ...one } = await replaced();
    await expect(invite(one.host, { ...WANTED, rejoin: true })).rejects.toMatchObject({
      code: 'not_found',
      message: 'the active graph gives "alice" a key that has not joined yet',
      hint: 'leave out --rejoin',
    });
    expect(await invite(one.host, WANTED)).toMatchObject({ key: null, warning: null });
    await one.hear({ type: 'user.hello', from: 'user', to: 'host', body: { name: 'alice', invite: before } });
    expect(one.home.tables.get('used_invites', before.id, one.actors.user.pubkey)).toBeUndefined();
    await one.join('bob', 'alice');
    expect(await invite(one.host, { ...WANTED, rejoin: true })).toMatchObject({
      key: npub(one.actors.bob.pubkey),
    });
    await expect(invite(one.host, WANTED)).rejects.toMatchObject({ code: 'conflict' });
  });

  test('is of neither where the graph names it no more', async () => {
    const { before: _, ...one } = await replaced();
    await one.join('bob', 'alice');
    await one.apply(REPLACED.replace('alice: {', 'carol: {').replace('[alice', '[carol'));
    await expect(invite(one.host, { ...WANTED, rejoin: true })).rejects.toMatchObject({
      code: 'conflict',
      message: 'several keys have joined as "alice", and the active graph names none',
    });
  });
});
