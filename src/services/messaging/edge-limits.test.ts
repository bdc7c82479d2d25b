import { describe, expect, test } from 'vitest';
import { createMemoryHome, seededRandom } from '../../../test/sim/memory-home.ts';
import { wholeRow } from '../../../test/support/rows.ts';
import type { PeerRelation } from '../../core/graph/routes.ts';
import { followExchanges, settleSession } from '../../core/projection/reducers/exchanges.ts';
import type { MessageType } from '../../core/protocol/table.ts';
import type { Direction } from '../../core/vocabulary.ts';
import { edgeDenial } from './authorization-context.ts';
import { opensExchange } from './edge-limits.ts';
import type { Home } from './home.ts';

const ME = 'aa';
const ALICE = 'bb';

/** A runner's home with one node, and alice who delegates to it; a clock that only counts. */
const createHome = (relations: PeerRelation[]) => {
  const state = { now: 1_000_000, line: 0, ids: 0 };
  const now = () => 1_795_000_000_000 + state.now;
  const clock = { now, monotonic: () => state.now, sleep: async () => {} };
  const home = createMemoryHome({ kind: 'runner', name: 'r', clock, random: seededRandom('limits') });
  const { tables } = home;
  home.identities.set(ME, { role: 'node', name: 'node', pubkey: ME, secretKey: new Uint8Array(32) });
  const peer = { owner: ME, name: 'alice', pubkey: ALICE, person: 'alice' };
  tables.put('peers', wholeRow('peers', { ...peer, relations }));
  type More = { out?: boolean; claims?: number; re?: string; session?: string };
  const keep = (type: MessageType, more: More = {}) => {
    const id = `m${++state.ids}`;
    const [sender, recipient] = more.out ? [ME, ALICE] : [ALICE, ME];
    const at = more.claims ?? Math.floor(home.clock.now() / 1000);
    const dir: Direction = more.out ? 'out' : 'in';
    const [re, session] = [more.re ?? null, more.session ?? null];
    const row = { id, type, dir, sender, recipient, dedup: id, content: null, re, session };
    const kept = home.clock.now();
    tables.put('messages', { ...row, stream: 's', seq: state.ids, at, line: ++state.line, kept });
    followExchanges(tables, { id, type, from: sender, to: recipient, dir, re, session, body: {} } as never);
    return id;
  };
  const session = (id: string, open: 0 | 1) => {
    tables.put('sessions', wholeRow('sessions', { id, node: ME, requester: ALICE, open }));
    settleSession(tables, id);
  };
  return {
    home,
    keep,
    session,
    wait: (ms: number) => {
      state.now += ms;
    },
    /** Judges, and keeps what passes, as the inbox does. */
    receive: (type: MessageType, claims?: number): string | null => {
      const denial = edgeDenial(home, ME, ALICE, type, false);
      if (denial === null) keep(type, claims === undefined ? {} : { claims });
      return denial;
    },
  };
};
const delegates = { relation: 'delegates_to', side: 'b' } as const;
const approves = { relation: 'approves', side: 'b' } as const;

describe('rate', () => {
  test('so many in the window, by the receiver’s clock; then again when the oldest leaves it', () => {
    const { receive, wait } = createHome([{ ...delegates, rate: '2/minute' }]);
    expect(receive('task.request')).toBeNull();
    wait(50_000);
    expect(receive('task.request')).toBeNull();
    expect(receive('task.request')).toBe('rate');
    wait(9_999);
    expect(receive('task.request')).toBe('rate');
    wait(1);
    expect(receive('task.request')).toBeNull();
    wait(49_999);
    expect(receive('task.request')).toBe('rate');
  });

  test('a backdated message takes its place all the same', () => {
    const { receive } = createHome([{ ...delegates, rate: '1/day' }]);
    expect(receive('task.request', 1)).toBeNull();
    expect(receive('task.request', 1)).toBe('rate');
  });

  test('after a restart too, whatever time a sender claims', () => {
    const { home, keep, wait } = createHome([{ ...delegates, rate: '1/minute' }]);
    keep('task.request', { claims: 1 });
    const restarted = { ...home } as Home;
    expect(edgeDenial(restarted, ME, ALICE, 'task.request', false)).toBe('rate');
    wait(60_000);
    expect(edgeDenial(restarted, ME, ALICE, 'task.request', false)).toBeNull();
  });

  test('a clock that is set back locks nothing for longer than the window', () => {
    const { home, keep, wait } = createHome([{ ...delegates, rate: '1/minute' }]);
    keep('task.request');
    wait(-3 * 86_400_000);
    expect(edgeDenial(home, ME, ALICE, 'task.request', false)).toBeNull();
  });

  test('what ends or answers is never held back', () => {
    const { receive } = createHome([{ ...delegates, rate: '1/minute' }]);
    expect(receive('task.request')).toBeNull();
    for (let i = 0; i < 3; i++) expect(receive('task.cancel')).toBeNull();
    expect(receive('task.request')).toBe('rate');
  });

  test('what the edge does not carry takes no place on it', () => {
    const { keep, receive } = createHome([{ ...delegates, rate: '1/minute' }]);
    keep('approval.request');
    expect(receive('task.request')).toBeNull();
    expect(receive('task.request')).toBe('rate');
  });

  test('a second edge that has room carries it', () => {
    const { receive } = createHome([
      { ...delegates, rate: '1/minute' },
      { relation: 'peers_with', side: 'b' },
    ]);
    for (let i = 0; i < 3; i++) expect(receive('task.request')).toBeNull();
  });

  test('my own messages count by my own time, across restarts', () => {
    const { home, keep, wait } = createHome([{ ...approves, rate: '1/minute' }]);
    const ask = () => edgeDenial(home, ME, ALICE, 'approval.request', true);
    expect(ask()).toBeNull();
    keep('approval.request', { out: true });
    expect(ask()).toBe('rate');
    wait(60_000);
    expect(ask()).toBeNull();
  });

  test('what was said before and is signed again takes no new place', () => {
    const { home, receive } = createHome([{ ...delegates, rate: '1/minute' }]);
    expect(receive('task.request')).toBeNull();
    expect(edgeDenial(home, ME, ALICE, 'task.request', false, true)).toBeNull();
  });
});

describe('max_concurrent', () => {
  test('as many tasks as are open', () => {
    const { keep, receive, session } = createHome([{ ...delegates, max_concurrent: 2 }]);
    keep('task.request', { session: 'one' });
    session('one', 1);
    expect(receive('task.request')).toBeNull();
    expect(receive('task.request')).toBe('max_concurrent');
    expect(receive('task.cancel')).toBeNull();
    session('one', 0);
    expect(receive('task.request')).toBeNull();
  });

  test('what a node of this home has said takes no place before it is heard by the other one', () => {
    const { home, keep, session } = createHome([{ ...delegates, side: 'a', max_concurrent: 1 }]);
    keep('task.request', { out: true, session: 'one' });
    session('one', 1);
    expect(edgeDenial(home, ME, ALICE, 'task.request', true)).toBe('max_concurrent');
    home.tables.put('peers', {
      ...home.tables.get('peers', ME, 'alice')!,
      owner: ALICE,
      name: 'me',
      pubkey: ME,
      kind: 'agent',
      relations: [{ ...delegates, max_concurrent: 1 }],
    });
    expect(edgeDenial(home, ALICE, ME, 'task.request', false)).toBeNull();
  });

  test('approvals until they are answered', () => {
    const { home, keep } = createHome([{ ...approves, max_concurrent: 1 }]);
    const ask = () => edgeDenial(home, ME, ALICE, 'approval.request', true);
    expect(ask()).toBeNull();
    const request = keep('approval.request', { out: true });
    expect(ask()).toBe('max_concurrent');
    keep('approval.response', { re: request });
    expect(ask()).toBeNull();
  });
});

test('what opens an exchange', () => {
  for (const type of ['task.request', 'approval.request']) expect(opensExchange(type)).toBe(true);
  for (const type of ['task.result', 'task.cancel', 'approval.response', 'blob.get', 'routes'])
    expect(opensExchange(type)).toBe(false);
});
