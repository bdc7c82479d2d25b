/** Assignments that are open, as the read models have them: those that changed are read again, and no others. */

import { isWord } from '../../core/encoding/grammar.ts';
import { isRunning, type RunningAssignment } from '../../core/projection/queries.ts';
import type { RowOf, Tables } from '../../core/projection/rows.ts';
import { OPEN_ASSIGNMENT_STATES } from '../../core/vocabulary.ts';

type Row = RowOf<'assignments'>;

export class OpenAssignments {
  readonly #tables: Tables;
  readonly #rows = new Map<string, Row>();
  #open: readonly Row[] = [];
  #running: readonly RunningAssignment[] = [];
  /** The last line of which the changes are here. */
  #line = 0;
  /** The last line that was there when they were looked for: rows change by lines alone. */
  #looked = 0;
  #changes = 0;
  #moves = 0;

  constructor(tables: Tables) {
    this.#tables = tables;
  }

  /** Offered or running. */
  open(): readonly Row[] {
    this.#look();
    return this.#open;
  }

  /** Accepted and not ended. */
  running(): readonly RunningAssignment[] {
    this.#look();
    return this.#running;
  }

  /** Another number whenever any assignment, ended ones too, is another than before. */
  get changes(): number {
    this.#look();
    return this.#changes;
  }

  /** Another number whenever another one runs, or under another key or fence. */
  get moves(): number {
    this.#look();
    return this.#moves;
  }

  #look(): void {
    const last = this.#tables.get('head', 'ledger')?.n ?? 0;
    if (last === this.#looked) return;
    this.#looked = last;
    const changed = this.#tables.list('assignments', {}, { order: 'line', after: this.#line });
    if (changed.length === 0) return;
    let isMove = false;
    for (const row of changed) {
      isMove ||= placeOf(row) !== placeOf(this.#rows.get(row.id));
      this.#line = row.line;
      if (isWord(OPEN_ASSIGNMENT_STATES, row.state)) this.#rows.set(row.id, row);
      else this.#rows.delete(row.id);
    }
    this.#open = [...this.#rows.values()];
    this.#running = this.#open.filter(isRunning);
    this.#changes += 1;
    if (isMove) this.#moves += 1;
  }
}

const placeOf = (row: Row | undefined): string | null =>
  row && isRunning(row) ? `${row.node} ${row.runner} ${row.fence} ${row.pubkey}` : null;
