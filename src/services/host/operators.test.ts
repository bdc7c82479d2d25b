/** The list of operators: used names and tokens stay used, and somebody can always govern. */
import { describe, expect, test } from 'vitest';
import { hostKit, START } from '../../../test/support/host-kit.ts';
import { EntangleError } from '../../core/errors.ts';
import { isoTime } from '../../core/time.ts';
import { addOperator, listOperators, MAX_OPERATORS, revokeOperator } from './operators.ts';

const digest = (n: number): string => n.toString(16).padStart(64, '0');
const wanted = (name: string, n: number, role: 'viewer' | 'editor' | 'admin' = 'viewer') => ({
  name,
  role,
  sha256: digest(n),
  expiresAt: null,
});
const names = (kit: ReturnType<typeof hostKit>) =>
  listOperators(kit.host).items.map(({ name, state }) => `${name} ${state}`);

describe('a new operator', () => {
  test('is in the config before it is in force', async () => {
    const kit = hostKit();
    const { host } = kit;
    host.saveOperators = async (next, before) => {
      expect(before).toBe(host.operators);
      expect(next.map(({ name }) => name)).toEqual(['bootstrap', 'one']);
      throw new EntangleError('unavailable', 'the disk is full');
    };
    await expect(addOperator(host, wanted('one', 1))).rejects.toThrow('the disk is full');
    expect(names(kit)).toEqual(['bootstrap active']);
  });
  test('has a name and a token that nobody has or had', async () => {
    const { host } = hostKit();
    await addOperator(host, wanted('one', 1));
    await revokeOperator(host, 'one');
    const taken = [wanted('one', 2), wanted('two', 1), wanted('bootstrap', 3)];
    for (const again of taken)
      await expect(addOperator(host, again)).rejects.toMatchObject({ code: 'conflict' });
  });
  test('has not expired when it is made', async () => {
    const { host } = hostKit();
    const expired = { ...wanted('one', 1), expiresAt: START };
    await expect(addOperator(host, expired)).rejects.toMatchObject({ code: 'invalid' });
    const made = await addOperator(host, { ...expired, expiresAt: START + 1 });
    expect(made).toEqual({
      name: 'one',
      role: 'viewer',
      state: 'active',
      expires: isoTime((START + 1) * 1000),
      revoked: null,
    });
  });
  test('is one of at most a thousand', async () => {
    const { host } = hostKit();
    const [bootstrap] = host.operators;
    const many = Array.from({ length: MAX_OPERATORS - 1 }, (_, n) => wanted(`o${n}`, n));
    host.operators = [bootstrap!, ...many.map(({ expiresAt: _, ...one }) => one)];
    await expect(addOperator(host, wanted('more', 5_000))).rejects.toMatchObject({ code: 'conflict' });
  });
});

describe('revoking', () => {
  test('says so, twice if need be, and of somebody unknown that there is none', async () => {
    const kit = hostKit();
    await addOperator(kit.host, wanted('one', 1));
    const gone = await revokeOperator(kit.host, 'one');
    expect(gone).toMatchObject({ state: 'revoked', revoked: isoTime(START * 1000) });
    kit.time.now += 5_000;
    expect(await revokeOperator(kit.host, 'one')).toEqual(gone);
    expect(kit.saved).toHaveLength(2);
    await expect(revokeOperator(kit.host, 'nobody')).rejects.toMatchObject({ code: 'not_found' });
  });
  test('leaves an admin whose token does not expire', async () => {
    const kit = hostKit();
    const last = { code: 'conflict', message: expect.stringContaining('last admin') };
    await addOperator(kit.host, { ...wanted('brief', 1, 'admin'), expiresAt: START + 100 });
    await addOperator(kit.host, wanted('editor', 2, 'editor'));
    await expect(revokeOperator(kit.host, 'bootstrap')).rejects.toMatchObject(last);
    await revokeOperator(kit.host, 'brief');
    await addOperator(kit.host, wanted('second', 3, 'admin'));
    await revokeOperator(kit.host, 'bootstrap');
    await expect(revokeOperator(kit.host, 'second')).rejects.toMatchObject(last);
    expect(names(kit)).toEqual(['bootstrap revoked', 'brief revoked', 'editor active', 'second active']);
  });
  test('of each other by two admins at once leaves one of them', async () => {
    const kit = hostKit();
    await addOperator(kit.host, wanted('second', 1, 'admin'));
    const both = await Promise.allSettled(
      ['bootstrap', 'second'].map((name) => revokeOperator(kit.host, name)),
    );
    expect(both.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    expect(names(kit)).toEqual(['bootstrap revoked', 'second active']);
  });
});

test('the list has no digest', async () => {
  const kit = hostKit();
  const made = await addOperator(kit.host, wanted('one', 1));
  const shown = JSON.stringify([listOperators(kit.host), made, await revokeOperator(kit.host, 'one')]);
  expect(shown).not.toMatch(/[0-9a-f]{64}/);
});
