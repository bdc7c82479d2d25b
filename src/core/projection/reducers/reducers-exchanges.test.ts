/** What is on its way and what is open between two: until when, and what it takes to end it. */
import { describe, expect, test } from 'vitest';
import type { Chronicle } from '../../../../test/support/chronicle.ts';
import {
  after,
  approvalRequest,
  bothWays,
  hex,
  key,
  move,
  request,
  routesTo,
  session,
} from '../../../../test/support/fold-kit.ts';
import type { Name, Said } from '../../../../test/support/world.ts';
import { STREAM, uuidOf } from '../../../../test/support/world.ts';
import type { Tables } from '../rows.ts';

describe('delivery', () => {
  const acked = (high: number, top: number, missing: [number, number][]) => {
    const tables = after('user', ({ say, record }) => {
      for (let i = 1; i <= 8; i++) say({ ...request('node'), dedup: `d${i}` });
      say({ ...request('peer'), dedup: 'other' });
      record('user', 'delivery.acked', { peer: key('node'), stream: STREAM, high, top, missing });
    });
    const left = tables.list('outbox', { recipient: key('node') }).map((row) => Number(row.seq));
    expect(tables.list('outbox', { recipient: key('peer') })).toHaveLength(1);
    return left.sort();
  };

  test('what was acknowledged is sent no more: all up to the top but the gaps, ends included', () => {
    expect(acked(3, 3, [])).toEqual([4, 5, 6, 7, 8]);
    expect(acked(2, 6, [[3, 4]])).toEqual([3, 4, 7, 8]);
    expect(
      acked(0, 7, [
        [1, 1],
        [3, 3],
        [6, 6],
      ]),
    ).toEqual([1, 3, 6, 8]);
  });

  test('an acknowledgement of another stream frees nothing', () => {
    const tables = after('user', ({ say, record }) => {
      say(request('node'));
      const body = { peer: key('node'), stream: hex('11', 16), high: 9, top: 9, missing: [] };
      record('user', 'delivery.acked', body);
    });
    expect(tables.list('outbox')).toHaveLength(1);
  });
});

describe('exchanges', () => {
  const open = (tables: Tables): number[] => tables.list('exchanges').map((row) => row.open);
  const told = (...said: Said[]) =>
    bothWays('user', ({ say }) => {
      for (const one of said) say(one);
    }).map(open);

  test('a task is open until its session is over, through all its states', () => {
    expect(told(request('node'))).toEqual([[1], [1]]);
    expect(told(request('node'), move('task.accept', 1, 'accepted'))).toEqual([[1], [1]]);
    const ended = [move('task.accept', 1, 'accepted'), move('task.result', 2, 'failed')];
    expect(told(request('node'), ...ended)).toEqual([[0], [0]]);
  });

  test('an answer to a task does not end it before its session does', () => {
    const [one, other] = bothWays('user', ({ say }) => {
      const re = say(request('node'));
      say({ ...move('task.accept', 1, 'accepted'), re });
    });
    expect([open(one), open(other)]).toEqual([[1], [1]]);
  });

  test('a task of two attempts is open until the last of them is over', () => {
    const again = bothWays('user', ({ say }) => {
      const re = say(request('node'));
      say({ ...move('task.result', 1, 'failed'), re });
      say(request('peer', 2));
    });
    expect(again.map(open)).toEqual([
      [1, 1],
      [1, 1],
    ]);
  });

  test('what is no opening opens nothing', () => {
    expect(told(move('task.accept', 1, 'accepted'))).toEqual([[], []]);
  });

  test.each(['approval.response', 'approval.closed'] as const)(
    'a question about an approval is open until an %s names it',
    (type) => {
      const asked = (closes: boolean, names: boolean) =>
        bothWays('user', ({ say }) => {
          const asking = say(approvalRequest());
          if (!closes) return;
          const closed = { approval: uuidOf(3), subjectDigest: hex('5d') };
          const re = names ? asking : hex('1e');
          if (type === 'approval.closed')
            say({ type, from: 'node', to: 'user', re, body: { ...closed, session, state: 'approved' } });
          else {
            const { subject } = approvalRequest().body;
            say({ type, from: 'user', to: 'node', re, body: { ...closed, subject, decision: 'approved' } });
          }
        }).map((tables) => tables.list('exchanges', { type: 'approval.request' }).map((row) => row.open));
      expect(asked(false, false)).toEqual([[1], [1]]);
      expect(asked(true, true)).toEqual([[0], [0]]);
      expect(asked(true, false)).toEqual([[1], [1]]);
    },
  );
});

describe('blobs', () => {
  const sha256 = hex('df');
  test('the last part that goes out ends its question, an earlier one does not', () => {
    const served = (...parts: number[]) =>
      bothWays('runner', ({ say }) => {
        const re = say({ type: 'blob.get', from: 'user', to: 'node', body: { sha256 } });
        for (const n of parts)
          say({ type: 'blob.part', from: 'node', to: 'user', re, body: { sha256, n, of: 3, data: 'AA' } });
      }).map((tables) => tables.list('blob_requests').map((row) => row.served));
    expect(served()).toEqual([[0], [0]]);
    expect(served(0, 1)).toEqual([[0], [0]]);
    expect(served(0, 1, 2)).toEqual([[1], [1]]);
  });

  test('parts that come in are kept by their number, parts that go out are not', () => {
    const tell = ({ say }: Chronicle) => {
      for (const n of [0, 1])
        say({ type: 'blob.part', from: 'node', to: 'user', body: { sha256, n, of: 2, data: 'AA' } });
    };
    expect(
      after('user', tell)
        .list('blob_parts')
        .map((row) => row.n),
    ).toEqual([0, 1]);
    expect(after('runner', tell).list('blob_parts')).toEqual([]);
    expect(after('user', tell).list('blob_requests')).toEqual([]);
  });
});

describe('what is no longer worth delivering', () => {
  test('older routes to the same owner, when newer ones are sent', () => {
    const tables = after('host', ({ say }) => {
      say(routesTo(1, 'node'));
      say(routesTo(1, 'node', 'builder', 'bob'));
      say(routesTo(2, 'node'));
    });
    const left = tables.list('outbox').map((row) => String(row.dedup));
    expect(left.sort()).toEqual(
      [routesTo(1, 'node', 'builder', 'bob'), routesTo(2, 'node')].map(({ dedup }) => dedup).sort(),
    );
  });

  test('what waits for a node’s key that was replaced; what waits for the one that took its place stays', () => {
    const waits = (...who: (Name | null)[]) =>
      after('user', ({ say }) => {
        who.forEach((one, i) => {
          say(routesTo(i + 1, one));
          if (i === 0) say(request('node'));
        });
      })
        .list('outbox')
        .map((row) => row.recipient);
    expect(waits('node')).toEqual([key('node')]);
    expect(waits('node', 'node')).toEqual([key('node')]);
    expect(waits('node', null)).toEqual([key('node')]);
    expect(waits('node', 'peer')).toEqual([]);
  });

  test('what waits for a person stays, whoever takes the name', () => {
    const tables = after('user', ({ say }) => {
      say({ ...request('node'), to: 'bob' });
      for (const [n, who] of [
        [1, 'bob'],
        [2, 'peer'],
      ] as const) {
        const routes = routesTo(n, who, 'bob');
        routes.body.peers[0]!.kind = 'user';
        say(routes);
      }
    });
    expect(tables.list('outbox').map((row) => row.recipient)).toEqual([key('bob')]);
  });
});
