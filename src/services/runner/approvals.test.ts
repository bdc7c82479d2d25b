import { expect, test } from 'vitest';
import { memoryTables } from '../../../test/support/memory-tables.ts';
import { ROWS } from '../../core/projection/rows.ts';
import { approversOf } from './approvals.ts';
import type { Runner } from './runner.ts';

const NODE = '0a';

/** A runner whose node may be approved for by alice (two keys) and bob; the task came along `path`. */
const createRunner = (path: string[]) => {
  const tables = memoryTables(ROWS);
  const people = { alice: 'alice', phone: 'alice', bob: 'bob' };
  for (const [name, person] of Object.entries(people))
    tables.put('peers', { owner: NODE, name, pubkey: name, kind: 'user', person, relations: '[]' });
  const row = {
    id: 'm1',
    type: 'task.request',
    dir: 'in',
    sender: 'x',
    recipient: NODE,
    dedup: '',
    re: null,
  };
  tables.put('messages', { ...row, session: 's', stream: null, seq: null, at: 0, line: 1 });
  const content = JSON.stringify({ budget: { hops: 1, turns: 1, path } });
  const ledger = {
    async *read() {
      yield { event: { content } };
    },
  };
  return { home: { tables, ledger } } as unknown as Runner;
};
const names = async (requester: string, path: string[], four_eyes: boolean) => {
  const session = { id: 's', node: NODE, requester, request: 'm1' };
  const rule = { by: ['alice', 'phone', 'bob'], quorum: 1, four_eyes };
  return (await approversOf(createRunner(path), session, rule)).map((peer) => peer.name).sort();
};

test('four_eyes leaves out the person who launched, with whichever key and however far away', async () => {
  expect(await names('alice', ['alice'], false)).toEqual(['alice', 'bob', 'phone']);
  expect(await names('alice', ['alice'], true)).toEqual(['bob']);
  expect(await names('phone', ['phone'], true)).toEqual(['bob']);
  expect(await names('node-a', ['phone', 'planner'], true)).toEqual(['bob']);
});
