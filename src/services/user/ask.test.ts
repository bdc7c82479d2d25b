import { expect, test } from 'vitest';
import { memoryTables } from '../../../test/support/memory-tables.ts';
import { ROWS } from '../../core/projection/rows.ts';
import { cancel } from './ask.ts';
import { isComing, peerNamed, type User } from './user.ts';

const me = 'a'.repeat(64);
const here = () => {
  const tables = memoryTables(ROWS);
  const home = { tables, self: { pubkey: me, name: 'me' }, host: '' } as unknown as User['home'];
  return { tables, home };
};

test('routes that name nobody: denied at once; no routes yet: they may still come', () => {
  const { home, tables } = here();
  expect(isComing(home, 'builder')).toBe(true);
  expect(() => peerNamed(home, 'builder')).toThrow('not sent you any routes yet');
  tables.put('routes', { owner: me, name: 'me', peers: 0 });
  expect(isComing(home, 'builder')).toBe(false);
  expect(() => peerNamed(home, 'builder')).toThrow(expect.objectContaining({ code: 'denied' }));
  tables.put('routes', { owner: me, name: 'me', peers: 1 });
  expect(isComing(home, 'builder')).toBe(true);
});

test('a session that ended cannot be cancelled', async () => {
  const { home, tables } = here();
  const nulls = { reason: null, detail: null, request: null };
  const row = { id: 's1', node: me, requester: me, title: 't', attempt: 1, step: 5, at: 1, ...nulls };
  tables.put('sessions', { ...row, state: 'completed', open: 0 });
  const sent: unknown[] = [];
  const exchange = { send: async (drafts: unknown[]) => void sent.push(...drafts) };
  const user = { home, exchange } as unknown as User;
  const stop = () => cancel(user, tables.get('sessions', 's1')!, 'why');
  await expect(stop()).rejects.toMatchObject({ code: 'conflict' });
  tables.put('sessions', { ...row, state: 'working', open: 1 });
  await stop();
  expect(sent).toHaveLength(1);
});
