/** What is kept of open assignments is what the read models have, whatever was said of them and whenever it is looked at. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { memoryTables } from '../../../test/support/memory-tables.ts';
import { openAssignments, runningAssignments } from '../../core/projection/queries.ts';
import { change } from '../../core/projection/reducers/assignment.ts';
import { ROWS, type RowOf, type Tables } from '../../core/projection/rows.ts';
import { ASSIGNMENT_INPUTS } from '../../core/vocabulary.ts';
import { OpenAssignments } from './open-assignments.ts';

const byId = (rows: readonly RowOf<'assignments'>[]) => rows.toSorted((a, b) => (a.id < b.id ? -1 : 1));
const offered = (id: string) => ({ node: `node of ${id}`, runner: 'r1', fence: 1 });

/** What a line says of an assignment. */
const changeAt = (tables: Tables, line: number, id: string, ...what: What) => {
  tables.put('head', { id: 'ledger', n: line, chain: '' });
  change(tables, id, line, ...what);
};
type What = [Parameters<typeof change>[3], Parameters<typeof change>[4]?];

const said = fc.record({
  id: fc.constantFrom('a', 'b', 'c'),
  input: fc.option(fc.constantFrom(...ASSIGNMENT_INPUTS), { nil: undefined }),
  pubkey: fc.option(fc.constantFrom('k1', 'k2')),
  isLooked: fc.boolean(),
});

describe('open assignments', () => {
  test('are those of the read models', () => {
    fc.assert(
      fc.property(fc.array(said, { maxLength: 20 }), (all) => {
        const tables = memoryTables(ROWS);
        const kept = new OpenAssignments(tables);
        const look = () => {
          expect(byId(kept.open())).toEqual(byId(openAssignments(tables)));
          expect(byId(kept.running())).toEqual(byId(runningAssignments(tables)));
        };
        all.forEach(({ id, input, pubkey, isLooked }, line) => {
          changeAt(tables, line + 1, id, { ...offered(id), ...(pubkey && { pubkey }) }, input);
          if (isLooked) look();
        });
        look();
      }),
    );
  });

  test('are others with each change, and run elsewhere only with another key or fence, or an end', () => {
    const tables = memoryTables(ROWS);
    const kept = new OpenAssignments(tables);
    const numbers = (line: number, ...what: What) => {
      changeAt(tables, line, 'a', ...what);
      return [kept.changes, kept.moves];
    };
    expect(numbers(1, offered('a'))).toEqual([1, 0]);
    expect(numbers(2, { pubkey: 'k1' }, 'accept')).toEqual([2, 1]);
    expect(numbers(3, {}, 'started')).toEqual([3, 1]);
    expect(numbers(4, { pubkey: 'k2' })).toEqual([4, 2]);
    expect(numbers(5, { fence: 2 })).toEqual([5, 3]);
    expect(numbers(6, {}, 'revoke')).toEqual([6, 4]);
    expect([kept.changes, kept.open()]).toEqual([6, []]);
  });
});
