/** Who can be invited again, and whom such an invite lets in. */
import { describe, expect, test } from 'vitest';
import { startSingleHost } from '../../../test/sim/single-host.ts';
import { npub } from '../../core/encoding/id.ts';
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
