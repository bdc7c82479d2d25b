import { expect, test } from 'vitest';
import { APPROVAL, SESSION, startSingleUser } from '../../../test/sim/single-user.ts';
import { memoryTables } from '../../../test/support/memory-tables.ts';
import { uuidOf } from '../../../test/support/world.ts';
import type { HomeValue } from '../../core/command-words.ts';
import { shortId } from '../../core/encoding/id.ts';
import { ROWS, type Tables } from '../../core/projection/rows.ts';
import { offersOfHome, ownHomes } from './values.ts';

const words = (tables: Tables, value: HomeValue, typed = '') =>
  offersOfHome([value], tables, typed).map(({ word }) => word);

const asking = async () => {
  const { home, launch, askApproval } = await startSingleUser();
  await launch();
  await askApproval();
  const { tables } = home;
  return { home, tables, row: tables.get('approvals', APPROVAL)! };
};

test('an approval is offered while it can be decided', async () => {
  const { home, tables, row } = await asking();
  expect(words(tables, 'approval')).toEqual([shortId(APPROVAL)]);
  tables.put('approvals', { ...row, open: 0 });
  expect(words(tables, 'approval')).toEqual([]);
  tables.put('approvals', row);
  const mine = { approval: APPROVAL, approver: home.self.pubkey, subject: row.subject };
  tables.put('decisions', { ...mine, decision: 'approved', reason: null, message: 'x', seq: 1 });
  expect(words(tables, 'approval')).toEqual([]);
});

test('an approval of a node that is a peer no more is not', async () => {
  const { tables } = await asking();
  for (const { owner, name } of tables.list('peers')) tables.remove('peers', owner, name);
  expect(words(tables, 'approval')).toEqual([]);
});

test('a short id is offered where it is enough, and the whole one where that is typed', async () => {
  const { tables } = await asking();
  expect(words(tables, 'session')).toEqual([shortId(SESSION)]);
  expect(words(tables, 'session', SESSION.slice(0, 9))).toEqual([SESSION]);
  const other = `ffff0000-0000-7000-8000-${SESSION.slice(-12)}`;
  tables.put('sessions', { ...tables.get('sessions', SESSION)!, id: other });
  expect(words(tables, 'session').sort()).toEqual([SESSION, other].sort());
});

test('a published change is offered by its own id, the newest first', async () => {
  const { tables } = await asking();
  const at = { session: SESSION, repository: 'r', branch: 'b', commit_id: 'c', approval: null, by: 'x' };
  const two = [uuidOf(0xd1), uuidOf(0xd2)];
  for (const id of two) tables.put('artifacts', { id, ...at, state: 'published' });
  expect(words(tables, 'artifact')).toEqual(two.toReversed().map(shortId));
});

test('a question is offered while it is open', async () => {
  const { tables } = await asking();
  const { attempt, step } = tables.get('sessions', SESSION)!;
  const at = {
    session: SESSION,
    attempt,
    step,
    node: 'x',
    kind: 'question' as const,
    asked: 'me',
    open: 0 as const,
    words: 'which?',
    rest: 0 as const,
    path: [],
    message: 'm',
    at: 1,
    line: 90,
  };
  tables.put('questions', { id: uuidOf(0xc1), ...at });
  expect(words(tables, 'question')).toEqual([shortId(uuidOf(0xc1))]);
  tables.put('replies', { question: uuidOf(0xc1), message: 'r', by: 'x' });
  expect(words(tables, 'question')).toEqual([]);
});

test('an operator who was revoked is not offered, and a runner once, with its trust', () => {
  const tables: Tables = memoryTables(ROWS);
  for (const name of ['ci', 'old'])
    tables.put('operators', { name, role: 'editor', sha256: name, expires: null, line: 1 });
  tables.put('operator_revocations', { name: 'old', at: 1 });
  expect(words(tables, 'operator')).toEqual(['ci']);
  const detail = { version: '1', engines: [] } as never;
  for (const pubkey of ['a', 'b'])
    tables.put('hellos', { pubkey, role: 'runner', name: 'build-1', detail, at: 1 });
  tables.put('hellos', { pubkey: 'c', role: 'user', name: 'bob', detail, at: 1 });
  tables.put('trust', { pubkey: 'b', name: 'build-1', state: 'trusted', epoch: 1, seq: 1 });
  expect(offersOfHome(['runner'], tables, '')).toEqual([{ word: 'build-1', about: 'trusted' }]);
});

test('homes that are not there are none', () => {
  expect(ownHomes('/nowhere', 'user')).toEqual([]);
});
