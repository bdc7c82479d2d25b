/** What a line leaves whatever its type: its place in the index, its number in a stream, and nothing where it is not known here. */
import { describe, expect, test } from 'vitest';
import { after, fold, hex, lineOf, linesOf, request, session } from '../../../test/support/fold-kit.ts';
import type { Name, Said } from '../../../test/support/world.ts';
import { STREAM } from '../../../test/support/world.ts';
import type { Line } from '../ledger/line.ts';
import { ROWS, type TableName, type Tables } from './rows.ts';

/** The tables that have rows, apart from where the fold stands. */
const filled = (tables: Tables): TableName[] =>
  (Object.keys(ROWS) as TableName[]).filter((table) => table !== 'head' && tables.count(table) > 0);
const beat = (): Said<'host.beat'> => ({
  type: 'host.beat',
  from: 'host',
  to: 'user',
  body: { revision: 1, digest: null },
});
/** The same line, of a type that a later version may have. */
const unknown = (line: Line): Line => ({
  ...line,
  event: {
    ...line.event,
    tags: line.event.tags.map(([name, ...values]) =>
      name === 'type' ? [name, 'weather.seen'] : [name!, ...values],
    ),
  },
});

describe('the index', () => {
  test('says where a message stands in its stream and when this home wrote it', () => {
    const line = lineOf('in', { ...request('node'), n: 7 });
    const [row] = fold([line]).list('messages');
    expect(row).toMatchObject({ stream: STREAM, seq: 7, session, kept: Date.parse(line.at) });
    expect(fold([{ ...line, at: 'some day' }]).list('messages')).toMatchObject([{ kept: 0 }]);
  });

  test.each(['in', 'out'] as const)(
    'of a message without a number (%s) has none, and no stream knows it',
    (dir) => {
      const tables = fold([lineOf(dir, beat())]);
      expect(tables.list('messages')).toMatchObject([{ type: 'host.beat', stream: null, seq: null }]);
      for (const table of ['streams', 'outbox', 'counters'] as const) expect(tables.list(table)).toEqual([]);
    },
  );

  test('is all that a line of an unknown type leaves', () => {
    const said = lineOf('in', beat());
    const [record] = linesOf('host', (chronicle) =>
      chronicle.record('host', 'operator.revoked', { name: 'ci', by: 'bootstrap' }),
    );
    for (const line of [said, record!]) {
      const tables = fold([unknown(line)]);
      expect(tables.list('messages')).toMatchObject([{ id: line.event.id, type: 'weather.seen' }]);
      expect(filled(tables)).toEqual(['messages']);
    }
  });
});

test('what goes out is no effect of anybody else and fills no stream here', () => {
  const tables = after('user', ({ say }) => void say(request('node')));
  expect(tables.list('outbox')).toHaveLength(1);
  for (const table of ['streams', 'epoch'] as const) expect(tables.list(table)).toEqual([]);
});

describe('the epoch of the Host', () => {
  const part = (from: Name): Said<'blob.part'> => ({
    type: 'blob.part',
    from,
    to: 'user',
    epoch: { n: 9, boot: hex('b9', 16) },
    body: { sha256: hex('df'), n: 0, of: 1, data: 'AA' },
  });

  test('is not learnt from a type that others sign too', () => {
    expect(fold([lineOf('in', part('node'))]).list('epoch')).toEqual([]);
  });

  test('keeps the boot that was heard of first', () => {
    const [first, other] = ['b1', 'b2'].map((boot) =>
      lineOf('in', { ...beat(), epoch: { n: 5, boot: hex(boot, 16) } }),
    );
    expect(fold([first!, other!]).list('epoch')).toMatchObject([{ id: 'host', n: 5, boot: hex('b1', 16) }]);
  });
});
