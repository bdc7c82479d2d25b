/** The list of operators: used names and tokens stay used, and somebody can always govern. */
import { describe, expect, test } from 'vitest';
import { hostKit, START, typeOf } from '../../../test/support/host-kit.ts';
import { memoryTables } from '../../../test/support/memory-tables.ts';
import { isoTime } from '../../core/encoding/time.ts';
import { EntangleError } from '../../core/errors.ts';
import { tokenDigest } from '../../core/host-api/token.ts';
import { foldLine } from '../../core/projection/fold.ts';
import { ROWS } from '../../core/projection/rows.ts';
import {
  addOperator,
  enrolBootstrap,
  enrolEnvironment,
  listOperators,
  MAX_OPERATORS,
  operatorsOf,
  revokeOperator,
} from './operators.ts';

type Kit = ReturnType<typeof hostKit>;
const digest = (n: number): string => n.toString(16).padStart(64, '0');
const wanted = (name: string, n: number, role: 'viewer' | 'editor' | 'admin' = 'viewer') => ({
  name,
  role,
  sha256: digest(n),
  expiresAt: null,
});
const add = (kit: Kit, one: Parameters<typeof addOperator>[1]) => addOperator(kit.host, one, 'bootstrap');
const revoke = (kit: Kit, name: string) => revokeOperator(kit.host, name, 'bootstrap');
const names = (kit: Kit) => listOperators(kit.host).items.map(({ name, state }) => `${name} ${state}`);
const facts = (kit: Kit) =>
  kit.lines
    .filter(({ event }) => typeOf(event).startsWith('operator.'))
    .map(({ event }) => {
      const { name, by } = JSON.parse(event.content);
      return `${typeOf(event)} ${name} by ${by}`;
    });

test('operators are facts of the ledger: a projection folded anew has the same ones', async () => {
  const kit = hostKit();
  await add(kit, { ...wanted('one', 1, 'editor'), expiresAt: START + 100 });
  await add(kit, wanted('another', 2));
  kit.time.now += 7_000;
  await revoke(kit, 'another');
  expect(facts(kit)).toEqual([
    'operator.added bootstrap by null',
    'operator.added one by bootstrap',
    'operator.added another by bootstrap',
    'operator.revoked another by bootstrap',
  ]);
  const tables = memoryTables(ROWS);
  for (const line of kit.lines) foldLine(tables, line, kit.home.suite.sha256);
  const again = operatorsOf({ ...kit.home, tables });
  expect(again).toEqual(operatorsOf(kit.home));
  expect(again.map(({ name, role, expires, revoked }) => [name, role, expires, revoked])).toEqual([
    ['bootstrap', 'admin', null, null],
    ['one', 'editor', START + 100, null],
    ['another', 'viewer', null, START + 7],
  ]);
});

describe('the bootstrap token of the config', () => {
  const sha256 = (kit: Kit) => tokenDigest(kit.home.suite, kit.token);

  test('becomes an operator once: a start after its revocation does not bring it back', async () => {
    const kit = hostKit();
    await add(kit, wanted('second', 1, 'admin'));
    await revoke(kit, 'bootstrap');
    await enrolBootstrap(kit.home, sha256(kit));
    expect(names(kit)).toEqual(['bootstrap revoked', 'second active']);
    expect(facts(kit)).toHaveLength(3);
  });
  test('is none where the config has none', async () => {
    const kit = hostKit();
    await enrolBootstrap(kit.home, null);
    expect(facts(kit)).toEqual(['operator.added bootstrap by null']);
  });
  test('becomes one beside others that were there before', async () => {
    const kit = hostKit();
    const { tables } = kit.home;
    tables.remove('operators', 'bootstrap');
    tables.put('operators', { name: 'other', role: 'admin', sha256: digest(1), expires: null, line: 1 });
    await enrolBootstrap(kit.home, digest(2));
    expect(operatorsOf(kit.home).map(({ name, sha256 }) => [name, sha256])).toEqual([
      ['other', digest(1)],
      ['bootstrap', digest(2)],
    ]);
  });
  test('is refused when somebody put another into the config', async () => {
    const kit = hostKit();
    await expect(enrolBootstrap(kit.home, digest(9))).rejects.toMatchObject({
      code: 'conflict',
      hint: expect.stringContaining('bootstrap: null'),
    });
    expect(operatorsOf(kit.home).map((one) => one.sha256)).toEqual([sha256(kit)]);
  });
});

describe('the token of the environment', () => {
  test('T156 becomes an admin beside the bootstrap, once, and stays revoked', async () => {
    const kit = hostKit();
    await enrolEnvironment(kit.home, null);
    await enrolEnvironment(kit.home, digest(5));
    await enrolEnvironment(kit.home, digest(5));
    expect(names(kit)).toEqual(['bootstrap active', 'environment active']);
    expect(operatorsOf(kit.home).at(-1)).toMatchObject({ role: 'admin', sha256: digest(5), expires: null });
    await revoke(kit, 'environment');
    await enrolEnvironment(kit.home, digest(5));
    expect(names(kit)).toEqual(['bootstrap active', 'environment revoked']);
  });
  test('gives nobody more who is an operator already, and is not changed under its name', async () => {
    const kit = hostKit();
    await add(kit, wanted('one', 1, 'viewer'));
    await enrolEnvironment(kit.home, digest(1));
    expect(names(kit)).toEqual(['bootstrap active', 'one active']);
    await enrolEnvironment(kit.home, digest(5));
    await expect(enrolEnvironment(kit.home, digest(6))).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('ENTANGLE_HOST_OPERATOR_TOKEN'),
    });
    expect(names(kit)).toEqual(['bootstrap active', 'one active', 'environment active']);
  });
});

describe('a new operator', () => {
  test('is nobody when its line could not be written', async () => {
    const kit = hostKit();
    kit.home.ledger.append = async () => {
      throw new EntangleError('unavailable', 'the disk is full');
    };
    await expect(add(kit, wanted('one', 1))).rejects.toThrow('the disk is full');
    expect(names(kit)).toEqual(['bootstrap active']);
  });
  test('has a name and a token that nobody has or had', async () => {
    const kit = hostKit();
    await add(kit, wanted('one', 1));
    await revoke(kit, 'one');
    const taken = [wanted('one', 2), wanted('two', 1), wanted('bootstrap', 3)];
    const conflict = { code: 'conflict', hint: expect.stringMatching(/./) };
    for (const again of taken) await expect(add(kit, again)).rejects.toMatchObject(conflict);
    expect(facts(kit)).toHaveLength(3);
  });
  test('is one, when two ask for the same name at once', async () => {
    const kit = hostKit();
    const both = await Promise.allSettled([add(kit, wanted('one', 1)), add(kit, wanted('one', 2))]);
    expect(both.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    expect(names(kit)).toEqual(['bootstrap active', 'one active']);
  });
  test('has not expired when it is made', async () => {
    const kit = hostKit();
    const expired = { ...wanted('one', 1), expiresAt: START };
    await expect(add(kit, expired)).rejects.toMatchObject({ code: 'invalid' });
    const made = await add(kit, { ...expired, expiresAt: START + 1 });
    expect(made).toEqual({
      name: 'one',
      role: 'viewer',
      state: 'active',
      expires: isoTime((START + 1) * 1000),
      revoked: null,
      ...{ method: 'bearer', identity: null, key: null },
    });
  });
  test('is one of at most a thousand, revoked ones included', async () => {
    const kit = hostKit();
    const row = { role: 'viewer', expires: null } as const;
    for (let n = 2; n < MAX_OPERATORS; n++)
      kit.home.tables.put('operators', { ...row, name: `o${n}`, sha256: digest(n), line: n });
    await add(kit, wanted('last', 5_000));
    await expect(add(kit, wanted('more', 5_001))).rejects.toMatchObject({ code: 'conflict' });
  });
});

describe('revoking', () => {
  test('says so, twice if need be, and of somebody unknown that there is none', async () => {
    const kit = hostKit();
    await add(kit, wanted('one', 1));
    const gone = await revoke(kit, 'one');
    expect(gone).toMatchObject({ state: 'revoked', revoked: isoTime(START * 1000) });
    kit.time.now += 5_000;
    expect(await revoke(kit, 'one')).toEqual(gone);
    expect(facts(kit)).toHaveLength(3);
    const nobody = { code: 'not_found', hint: expect.stringContaining('operator list') };
    await expect(revoke(kit, 'nobody')).rejects.toMatchObject(nobody);
  });
  test('leaves an admin whose token does not expire', async () => {
    const kit = hostKit();
    const words = { message: expect.stringContaining('last admin'), hint: expect.stringContaining('add') };
    const last = { code: 'conflict', ...words };
    await add(kit, { ...wanted('brief', 1, 'admin'), expiresAt: START + 100 });
    await add(kit, wanted('editor', 2, 'editor'));
    await expect(revoke(kit, 'bootstrap')).rejects.toMatchObject(last);
    await revoke(kit, 'brief');
    await add(kit, wanted('second', 3, 'admin'));
    await revoke(kit, 'bootstrap');
    await expect(revoke(kit, 'second')).rejects.toMatchObject(last);
    expect(names(kit)).toEqual(['bootstrap revoked', 'brief revoked', 'editor active', 'second active']);
  });
  test('of each other by two admins at once leaves one of them', async () => {
    const kit = hostKit();
    await add(kit, wanted('second', 1, 'admin'));
    const both = await Promise.allSettled(['bootstrap', 'second'].map((name) => revoke(kit, name)));
    expect(both.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    expect(names(kit)).toEqual(['bootstrap revoked', 'second active']);
  });
});

test('the list has no digest', async () => {
  const kit = hostKit();
  const made = await add(kit, wanted('one', 1));
  const shown = JSON.stringify([listOperators(kit.host), made, await revoke(kit, 'one')]);
  expect(shown).not.toMatch(/[0-9a-f]{64}/);
});
