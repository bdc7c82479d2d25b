import { describe, expect, test } from 'vitest';
import { type Chronicle, createChronicle, type HomeName } from '../../../test/support/chronicle.ts';
import { createHistory } from '../../../test/support/history.ts';
import { memoryTables } from '../../../test/support/memory-tables.ts';
import type { Name, Said } from '../../../test/support/world.ts';
import { createWorld, STREAM, uuidOf } from '../../../test/support/world.ts';
import type { Line } from '../ledger/line.ts';
import { dump } from './dump.ts';
import { foldLine } from './fold.ts';
import { sortable } from './reducers/registry.ts';
import { ROWS, type RowOf, type TableName, type Tables } from './rows.ts';

const world = createWorld();
const { actors } = world;
const key = (name: Name): string => actors[name].pubkey;
const TABLES = Object.keys(ROWS) as TableName[];

const fold = (lines: readonly Line[]): Tables => {
  const tables = memoryTables(ROWS);
  for (const line of lines) foldLine(tables, line, world.suite.sha256);
  return tables;
};
/** The tables of one home after what `tell` says there. */
const after = (home: HomeName, tell: (chronicle: Chronicle) => void): Tables => {
  const chronicle = createChronicle(world);
  tell(chronicle);
  return fold(chronicle.lines[home]);
};
/** Every row, of arrival tables too; where the fold stands is left out. */
const whole = (tables: Tables): RowOf<TableName>[][] =>
  TABLES.filter((table) => table !== 'head').map((table) => tables.list(table));

const cancel = (from: Name, to: Name, dedup: string): Said<'task.cancel'> => ({
  type: 'task.cancel',
  from,
  to,
  dedup,
  body: { session: uuidOf(1), reason: dedup },
});

describe('a line whose event is folded already', () => {
  test.each<HomeName>(['host', 'runner', 'user'])('changes no table of the %s', (home) => {
    const lines = createHistory(world)[home];
    const again = lines.map((line) => ({ ...line, n: line.n + lines.length }));
    expect(whole(fold([...lines, ...again]))).toEqual(whole(fold(lines)));
  });

  test('is another where it came in and went out: two nodes of one home', () => {
    const event = world.compose(cancel('node', 'peer', 'a'));
    const at = { at: '2026-11-23T10:00:00.000Z', chain: '0'.repeat(64), event };
    const tables = fold([
      { ...at, n: 1, dir: 'out' },
      { ...at, n: 2, dir: 'in' },
    ]);
    expect(tables.list('messages').map((row) => row.dir)).toEqual(['in', 'out']);
    expect(tables.list('streams')).toHaveLength(1);
  });
});

describe('the outbox', () => {
  test('holds one message under one dedup key: the one signed last', () => {
    const ids: string[] = [];
    const tables = after('user', ({ say }) => {
      ids.push(say(cancel('user', 'node', 'same')), say(cancel('user', 'node', 'same')));
    });
    expect(tables.list('outbox').map((row) => row.id)).toEqual([ids[1]]);
  });

  test.each<[string, HomeName, Said, Said]>([
    ['another key', 'user', cancel('user', 'node', 'a'), cancel('user', 'node', 'b')],
    ['another recipient', 'user', cancel('user', 'node', 'a'), cancel('user', 'peer', 'a')],
    ['another sender', 'runner', cancel('node', 'user', 'a'), { ...cancel('runner', 'user', 'a') }],
    [
      'another type',
      'user',
      cancel('user', 'node', 'a'),
      { type: 'blob.get', from: 'user', to: 'node', dedup: 'a', body: { sha256: 'ab'.repeat(32) } },
    ],
  ])('holds both under %s', (_what, home, one, other) => {
    const tables = after(home, ({ say }) => {
      say(one);
      say(other);
    });
    expect(tables.list('outbox')).toHaveLength(2);
  });

  test('numbers given out never fall, in whatever order the lines come', () => {
    const { lines, say } = createChronicle(world);
    for (const dedup of ['a', 'b', 'c']) say(cancel('user', 'node', dedup));
    for (const all of [lines.user, [...lines.user].reverse()])
      expect(fold(all).get('counters', STREAM, key('node'))).toMatchObject({ n: 3 });
  });
});

describe('what arrives', () => {
  test('pins the highest epoch of the Host, whatever comes after it; nobody else’s word does', () => {
    const beat = (n: number): Said<'runner.trust'> => ({
      type: 'runner.trust',
      from: 'host',
      to: 'runner',
      epoch: { n, boot: `b${n}`.repeat(16) },
      body: { runner: 'r1', state: 'trusted' },
    });
    const tables = after('runner', ({ say }) => {
      for (const n of [2, 3, 1]) say(beat(n));
      say({ ...cancel('user', 'node', 'a'), epoch: { n: 9, boot: 'b9'.repeat(16) } });
    });
    expect(tables.list('epoch')).toMatchObject([{ id: 'host', n: 3, boot: 'b3'.repeat(16) }]);
  });

  test('is held no longer, and a record that it was held, written after, holds nothing', () => {
    const seal = world.compose(cancel('user', 'node', 'seal'));
    const held = (id: string) => ({
      id,
      signer: key('user'),
      me: key('node'),
      reason: 'no_lease',
      awaits: 'lease',
      seal: { ...seal, tags: seal.tags.map((tag) => [...tag]) },
    });
    const said = cancel('user', 'node', 'a');
    const { lines, say, record } = createChronicle(world);
    const id = say(said);
    record('runner', 'message.held', held(id));
    const [arrival, hold] = lines.runner as [Line, Line];
    const rows = (...all: Line[]) => fold(all).list('held_messages');
    expect(rows(hold)).toMatchObject([{ id, signer: key('user'), reason: 'no_lease' }]);
    expect(rows(hold, arrival)).toEqual([]);
    expect(rows(arrival, hold)).toEqual([]);
  });
});

describe('keys', () => {
  const joins: [string, (chronicle: Chronicle) => void][] = [
    [
      'user',
      ({ record }) =>
        record('host', 'graph.revision', {
          n: 1,
          digest: 'd1'.repeat(32),
          parent: null,
          by: 'op',
          users: [{ name: 'ann', pubkey: key('runner') }],
        }),
    ],
    [
      'runner',
      ({ say }) => {
        say({
          type: 'runner.hello',
          from: 'runner',
          to: 'host',
          body: { name: 'r1', version: '1', platform: '', labels: {}, engines: [], sandbox: [], capacity: 1 },
        });
      },
    ],
  ];
  const met = (...order: number[]): RowOf<'keys'> | undefined =>
    after('host', (chronicle) => {
      for (const i of order) joins[i]![1](chronicle);
    }).get('keys', key('runner'));

  test('a key keeps the role and the name that it was first met in', () => {
    expect(met(0, 1)).toMatchObject({ role: 'user', name: 'ann' });
    expect(met(1, 0)).toMatchObject({ role: 'runner', name: 'r1' });
  });

  test('numbers as text sort like the numbers', () => {
    const numbers = [0, 1, 9, 10, 99, 100, 1_795_000_000, 2 ** 48];
    expect(numbers.map((n) => sortable(n)).sort()).toEqual(numbers.map((n) => sortable(n)));
    expect(sortable(1, 10) > sortable(1, 9)).toBe(true);
  });
});

describe('the dump', () => {
  /** One row in every table, every column filled. */
  const filled = (): Tables => {
    const tables = memoryTables(ROWS);
    for (const table of TABLES) {
      const columns = Object.entries(ROWS[table].columns);
      const given = { int: 7, bytes: Uint8Array.of(7) } as Record<string, unknown>;
      const row = columns.map(([name, { type }]) => [name, given[type] ?? `${table}.${name}`]);
      tables.put(table, Object.fromEntries(row));
    }
    return tables;
  };

  test('has every table and column that does not tell how lines arrived, and no other', () => {
    const names = dump(filled(), ROWS).map((line) => {
      const [table, ...cells] = JSON.parse(line) as [TableName, ...[string, unknown][]];
      return [table, cells.map(([name]) => name)];
    });
    const wanted = TABLES.flatMap((table) => {
      const { columns, arrival = [] } = ROWS[table] as { columns: object; arrival?: readonly string[] };
      if (arrival.includes('*')) return [];
      return [[table, Object.keys(columns).filter((name) => !arrival.includes(name))]];
    });
    const sorted = (all: unknown[]) =>
      (all as [string, string[]][]).map(([table, names]) => `${table}: ${[...names].sort()}`).sort();
    expect(sorted(names)).toEqual(sorted(wanted));
  });

  test('the tables and columns of arrival are these', () => {
    const arrival = TABLES.flatMap((table) => {
      const { arrival: left } = ROWS[table] as { arrival?: readonly string[] };
      return left ? [`${table}: ${left}`] : [];
    });
    expect(arrival.sort()).toMatchInlineSnapshot(`
      [
        "approvals: line",
        "assignments: line",
        "blob_parts: *",
        "chunk_filters: *",
        "chunk_spans: *",
        "chunks: *",
        "counters: *",
        "evidence_requests: line",
        "files: line",
        "grants: line",
        "head: *",
        "held_messages: *",
        "messages: line,kept",
        "operator_bindings: line",
        "operator_keys: line",
        "operators: line",
        "outbox: *",
        "questions: line",
        "recent_sessions: *",
        "refused: *",
        "relays: *",
        "reviews: line",
        "seen: *",
        "sessions: line,kept",
        "syncs: *",
      ]
    `);
  });
});
