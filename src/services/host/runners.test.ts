/** Who is invited and who is trusted: nobody under a name that is taken, nobody whose words were not compared. */
import { describe, expect, test } from 'vitest';
import { HOST_GRAPH, type SingleHost, startSingleHost } from '../../../test/sim/single-host.ts';
import { fingerprint } from '../../core/crypto/fingerprint.ts';
import { claimEpoch } from './host.ts';
import { invite } from './invite.ts';
import { decideTrust, findRunner, showRunner } from './runners.ts';

const asked = (role: 'runner' | 'user', name: string) => ({ role, name, expiresMs: 60_000 });
const wordsOf = (one: SingleHost, key: 'runner' | 'runner2'): string =>
  fingerprint(one.suite, 'runner', one.home.host, one.actors[key].pubkey);
const states = ({ said }: SingleHost) => said('runner.trust').map(({ body }) => body.state);

describe('an invite', () => {
  test.each([
    ['pending', async (one: SingleHost) => one.join('runner', 'r1')],
    ['trusted', async (one: SingleHost) => one.addRunner('runner', 'r1')],
  ])('is not made for the name of a runner that is %s', async (_state, act) => {
    const one = await startSingleHost();
    await act(one);
    const lines = one.home.disk.lines.length;
    await expect(invite(one.host, asked('runner', 'r1'))).rejects.toMatchObject({
      code: 'conflict',
      hint: expect.stringContaining('another name'),
    });
    expect(one.home.disk.lines).toHaveLength(lines);
  });

  test.each(['rejected', 'revoked'] as const)(
    'is made for the name of a runner that was %s',
    async (state) => {
      const one = await startSingleHost();
      await one.join('runner', 'r1');
      if (state === 'revoked') await one.trust('runner', 'r1');
      await one.trust('runner', 'r1', state);
      expect(await invite(one.host, asked('runner', 'r1'))).toMatchObject({ name: 'r1' });
    },
  );

  test('is not made for the name of a person who is here; a runner may have the same', async () => {
    const one = await startSingleHost();
    await one.join('user', 'alice');
    await expect(invite(one.host, asked('user', 'alice'))).rejects.toMatchObject({ code: 'conflict' });
    expect(await invite(one.host, asked('runner', 'alice'))).toMatchObject({ role: 'runner' });
  });

  const PINNED = HOST_GRAPH.replace('policy:', 'placement: { runner: build-1 }\n    policy:');
  test.each([
    ['user', 'alcie', 'the active graph names no user "alcie"; did you mean alice?'],
    [
      'user',
      'zoe',
      'the active graph names no user "zoe"; add one with the key that `entangle user join` prints',
    ],
    ['user', 'alice', null],
    // An agent is nobody who joins, and nobody who joins is meant by its name.
    ['user', 'builder', expect.stringContaining('no user "builder"; add one')],
    ['runner', 'biuld-1', 'the active graph names no runner "biuld-1"; did you mean build-1?'],
    ['runner', 'build-1', null],
    ['runner', 'laptop', null],
    ['runner', 'alice', null],
  ] as const)('for a %s "%s" says of the name: %s', async (role, name, warning) => {
    const one = await startSingleHost();
    expect(await invite(one.host, asked(role, name))).toMatchObject({ warning: null });
    await one.apply(PINNED);
    expect(await invite(one.host, asked(role, name))).toMatchObject({ warning });
  });
  test('is not taken for another whose name is taken', async () => {
    const one = await startSingleHost();
    await one.apply(PINNED);
    await one.join('runner', 'build-1');
    expect(await invite(one.host, asked('runner', 'build-2'))).toMatchObject({ warning: null });
  });

  test('is over when it says', async () => {
    const one = await startSingleHost();
    const { id } = await invite(one.host, { ...asked('runner', 'r1'), expiresMs: 1500 });
    const now = Math.floor(one.time.clock.now() / 1000);
    expect(one.home.tables.get('invites', id)).toMatchObject({
      role: 'runner',
      name: 'r1',
      expires: now + 2,
    });
  });
});

describe('trust', () => {
  test('is given to the key whose words were compared, once', async () => {
    const one = await startSingleHost();
    await one.join('runner', 'r1');
    for (const _time of ['first', 'again'])
      expect(await one.trust('runner', 'r1')).toMatchObject({ name: 'r1', trust: 'trusted' });
    expect(one.said('runner.trust')).toMatchObject([
      { to: one.actors.runner.pubkey, body: { runner: 'r1', state: 'trusted' } },
    ]);
  });

  test('that was given is not said again, also not after another start', async () => {
    const one = await startSingleHost();
    await one.join('runner', 'r1');
    await one.trust('runner', 'r1');
    await claimEpoch(one.home);
    await one.trust('runner', 'r1');
    expect(states(one)).toEqual(['trusted']);
  });

  test('is not given by other words', async () => {
    const one = await startSingleHost();
    await one.join('runner', 'r1');
    const other = wordsOf(one, 'runner2');
    await expect(decideTrust(one.host, 'r1', 'trusted', other)).rejects.toMatchObject({
      code: 'conflict',
      hint: expect.stringContaining('compare'),
    });
    expect(states(one)).toEqual([]);
  });

  test.each([
    ['revoked', ['revoked']],
    ['trusted', ['rejected', 'trusted']],
    ['rejected', ['trusted', 'rejected']],
    ['trusted', ['trusted', 'revoked', 'trusted']],
  ] as const)('does not become %s after what was decided before (%s)', async (_to, path) => {
    const one = await startSingleHost();
    await one.join('runner', 'r1');
    for (const state of path.slice(0, -1)) await one.trust('runner', 'r1', state);
    await expect(one.trust('runner', 'r1', path.at(-1)!)).rejects.toMatchObject({ code: 'conflict' });
    expect(states(one)).toEqual(path.slice(0, -1));
  });

  test('is asked for by name of the one that bears it now, not of one that was thrown out', async () => {
    const one = await startSingleHost();
    await one.join('runner', 'r1');
    await one.trust('runner', 'r1', 'rejected');
    expect(showRunner(one.host, 'r1')).toMatchObject({ trust: 'rejected' });
    await one.join('runner2', 'r1');
    expect(findRunner(one.host, 'r1').pubkey).toBe(one.actors.runner2.pubkey);
    expect(showRunner(one.host, 'r1')).toMatchObject({ trust: 'pending', words: wordsOf(one, 'runner2') });
    expect(() => findRunner(one.host, 'r2')).toThrow(
      expect.objectContaining({ code: 'not_found', hint: expect.stringContaining('runner list') }),
    );
  });
});
