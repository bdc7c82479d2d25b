/** `Tables` over SQLite. Every name in a statement comes from the schema; data only ever arrives as a parameter. */
import type { Database, Statement } from 'sql.js';
import {
  cellFor,
  cellsFor,
  compareCells,
  fromCell,
  keyCells,
  shapeOf,
  wantedCells,
} from '../../core/projection/dump.ts';
import type {
  AnyTables,
  Cell,
  Column,
  ListOptions,
  Schema,
  SchemaRow,
  TableShape,
} from '../../core/projection/tables.ts';
import { createShared, SHARED, SharedTexts } from './shared-texts.ts';

/** One row: the version the tables are of, and the number of the last line folded into them. */
export const META = '_meta';
const TYPE = {
  ...{ text: 'TEXT', int: 'INTEGER', json: 'TEXT', hex: 'ANY', shared: 'INTEGER', bytes: 'BLOB' },
} as const;
/** With more indexes a row is found by its number: each entry of an index has that instead of the whole key. */
const FEW_INDEXES = 1;

/** In a database that has none. In one transaction: by themselves a hundred statements take twice as long. */
export function createTables(db: Database, schema: Schema, version: string): void {
  db.run('BEGIN');
  db.run(`CREATE TABLE ${META} (version TEXT NOT NULL, folded INTEGER NOT NULL) STRICT`);
  db.run(`INSERT INTO ${META} VALUES (?, 0)`, [version]);
  createShared(db);
  for (const [table, shape] of Object.entries(schema)) {
    const columns = Object.entries(shape.columns).map(
      ([column, { type, nullable }]) => `${quote(column)} ${TYPE[type]}${nullable ? '' : ' NOT NULL'}`,
    );
    const key = shape.key.map(quote).join(', ');
    const indexes = shape.index ?? [];
    const kind = indexes.length > FEW_INDEXES ? 'STRICT' : 'STRICT, WITHOUT ROWID';
    db.run(`CREATE TABLE ${quote(table)} (${columns.join(', ')}, PRIMARY KEY (${key})) ${kind}`);
    for (const [i, group] of indexes.entries())
      db.run(`CREATE INDEX ${quote(`${table}_${i}`)} ON ${quote(table)} (${group.map(quote).join(', ')})`);
  }
  db.run('COMMIT');
}

/** What does not change from call to call, made once for each table. */
type Plan = {
  shape: TableShape;
  columns: [name: string, column: Column][];
  select: string;
  get: string;
  put: string;
  remove: string;
};

function planOf(table: string, shape: TableShape): Plan {
  const columns = Object.entries(shape.columns);
  const names = columns.map(([name]) => quote(name)).join(', ');
  const [into, ofKey] = [quote(table), matches(shape.key)];
  return {
    ...{ shape, columns, select: `SELECT ${names} FROM ${into}` },
    get: `SELECT ${names} FROM ${into} WHERE ${ofKey}`,
    put: `INSERT OR REPLACE INTO ${into} (${names}) VALUES (${columns.map(() => '?').join(', ')})`,
    remove: `DELETE FROM ${into} WHERE ${ofKey}`,
  };
}

export class SqlTables implements AnyTables {
  readonly #db: Database;
  readonly #schema: Schema;
  readonly #beforeWrite: () => void;
  readonly #requireSound: () => void;
  readonly #plans = new Map<string, Plan>();
  /** One statement for each form of query: there are as many as the code has, whatever the data is. */
  readonly #statements = new Map<string, Statement>();
  readonly #shared = new SharedTexts((sql, cell) =>
    this.#with(sql, [cell], (statement) => (statement.step() ? statement.get()[0] : undefined)),
  );

  /** `requireSound` throws where what SQLite read is not what was written. */
  constructor(db: Database, schema: Schema, beforeWrite: () => void, requireSound: () => void = () => {}) {
    this.#db = db;
    this.#schema = schema;
    this.#beforeWrite = beforeWrite;
    this.#requireSound = requireSound;
  }

  get(table: string, ...key: unknown[]): SchemaRow | undefined {
    const plan = this.#planOf(table);
    const cells = this.#wanted(plan, plan.shape.key, keyCells(plan.shape, key));
    return cells && this.#select(plan, plan.get, cells)[0];
  }

  list(table: string, where: SchemaRow = {}, options: ListOptions = {}): SchemaRow[] {
    const plan = this.#planOf(table);
    const { shape } = plan;
    const order = options.order ?? shape.key[0]!;
    if (!Object.hasOwn(shape.columns, order)) throw new Error(`no column ${order}`);
    const down = options.descending === true;
    const wanted = wantedCells(shape, where);
    const names = wanted.map(([column]) => column);
    const cells = this.#wanted(
      plan,
      names,
      wanted.map(([, cell]) => cell),
    );
    if (cells === undefined) return [];
    const conditions = names.map((column) => `${quote(column)} IS ?`);
    if (options.after !== undefined && options.after !== null) {
      conditions.push(`${ordered(shape, order)} ${down ? '<' : '>'} ?`);
      cells.push(cellFor(shape, order, options.after));
    }
    // What is the same in all rows orders none of them
    const by = [...new Set([order, ...shape.key])].filter((column) => !names.includes(column));
    const chosen = conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`;
    // All of them are put in order here: mostly they are few, and setting up a sorter costs more than reading them
    if (options.limit === undefined || options.limit < 0)
      return inOrder(this.#select(plan, plan.select + chosen, cells), by, down);
    const sorting = by.map((column) => `${ordered(shape, column)} ${down ? 'DESC' : 'ASC'}`).join(', ');
    const sorted = by.length === 0 ? '' : ` ORDER BY ${sorting}`;
    return this.#select(plan, `${plan.select}${chosen}${sorted} LIMIT ?`, [...cells, options.limit]);
  }

  count(table: string, where: SchemaRow = {}): number {
    const plan = this.#planOf(table);
    const wanted = wantedCells(plan.shape, where);
    const names = wanted.map(([column]) => column);
    const cells = this.#wanted(
      plan,
      names,
      wanted.map(([, cell]) => cell),
    );
    if (cells === undefined) return 0;
    const condition = names.length === 0 ? '' : `WHERE ${matches(names)}`;
    return this.#with(`SELECT count(*) FROM ${quote(table)} ${condition}`, cells, (statement) => {
      statement.step();
      return Number(statement.get()[0]);
    });
  }

  put(table: string, row: SchemaRow): void {
    const plan = this.#planOf(table);
    const cells = cellsFor(plan.shape, row);
    this.#beforeWrite();
    this.run(
      plan.put,
      plan.columns.map(([name, column]) => this.#stored(column, cells[name]!)),
    );
  }

  remove(table: string, ...key: unknown[]): void {
    const plan = this.#planOf(table);
    const cells = this.#wanted(plan, plan.shape.key, keyCells(plan.shape, key));
    this.#beforeWrite();
    if (cells !== undefined) this.run(plan.remove, cells);
  }

  /** Runs a cached statement that gives no rows. */
  run(sql: string, cells: readonly Cell[] = []): void {
    this.#with(sql, cells, (statement) => statement.step());
  }

  /** What was written since is not there any more. */
  rolledBack(): void {
    this.#shared.forget();
  }

  /** Frees the statements. */
  forget(): void {
    for (const statement of this.#statements.values()) statement.free();
    this.#statements.clear();
  }

  #planOf(table: string): Plan {
    let plan = this.#plans.get(table);
    if (plan === undefined) {
      plan = planOf(table, shapeOf(this.#schema, table));
      this.#plans.set(table, plan);
    }
    return plan;
  }

  #stored({ type }: Column, cell: Cell): Cell {
    if (cell === null) return null;
    if (type === 'hex') return shortened(cell);
    return type === 'shared' ? this.#shared.numberFor(String(cell)) : cell;
  }

  /** Cells to look up by; undefined where no row can have them. */
  #wanted({ shape }: Plan, names: readonly string[], cells: readonly Cell[]): Cell[] | undefined {
    const wanted: Cell[] = [];
    for (const [i, name] of names.entries()) {
      const { type } = shape.columns[name]!;
      const cell = cells[i]!;
      if (cell === null || (type !== 'hex' && type !== 'shared')) wanted.push(cell);
      else if (type === 'hex') wanted.push(shortened(cell));
      else {
        const n = this.#shared.numberOf(String(cell));
        if (n === undefined) return undefined;
        wanted.push(n);
      }
    }
    return wanted;
  }

  #read(column: Column, stored: Cell): unknown {
    if (column.type === 'shared' && typeof stored === 'number') return this.#shared.textOf(stored);
    if (stored instanceof Uint8Array && column.type !== 'bytes')
      return Buffer.from(stored.buffer, stored.byteOffset, stored.length).toString('hex');
    return fromCell(column, stored);
  }

  #select({ columns }: Plan, sql: string, cells: readonly Cell[]): SchemaRow[] {
    const found = this.#with(sql, cells, (statement) => {
      const rows: Cell[][] = [];
      while (statement.step()) rows.push(statement.get() as Cell[]);
      return rows;
    });
    return found.map((values) => {
      const row: SchemaRow = {};
      for (const [i, [name, column]] of columns.entries()) row[name] = this.#read(column, values[i]!);
      return row;
    });
  }

  #with<T>(sql: string, cells: readonly Cell[], use: (statement: Statement) => T): T {
    try {
      return this.#used(this.#prepared(sql), cells, use);
    } finally {
      this.#requireSound();
    }
  }

  #prepared(sql: string): Statement {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    const statement = this.#db.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }

  #used<T>(statement: Statement, cells: readonly Cell[], use: (statement: Statement) => T): T {
    try {
      if (cells.length > 0) statement.bind(cells as Cell[]);
      return use(statement);
    } finally {
      // A statement left half-read keeps its table locked; bound texts would stay in the engine's memory.
      statement.reset();
      if (cells.length > 0) statement.freemem();
    }
  }
}

const quote = (name: string): string => `"${name}"`;
const matches = (columns: readonly string[]): string =>
  columns.map((column) => `${quote(column)} IS ?`).join(' AND ');
function inOrder(rows: SchemaRow[], by: readonly string[], down: boolean): SchemaRow[] {
  const sign = down ? -1 : 1;
  return rows.sort((a, b) => {
    for (const column of by) {
      const order = compareCells(a[column] as Cell, b[column] as Cell);
      if (order !== 0) return sign * order;
    }
    return 0;
  });
}

const HEX = /^(?:[0-9a-f]{2})+$/;
/** Hex as half as many bytes, anything else as it is. */
const shortened = (cell: Cell): Cell =>
  typeof cell === 'string' && HEX.test(cell) ? Buffer.from(cell, 'hex') : cell;

/** What rows are ordered by is the text: neither the number of a shared one nor bytes among texts tell its place. */
function ordered(shape: TableShape, name: string): string {
  const column = quote(name);
  const { type } = shape.columns[name]!;
  if (type === 'shared') return `(SELECT body FROM ${SHARED} WHERE n = ${column})`;
  return type === 'hex' ? `iif(typeof(${column}) = 'blob', lower(hex(${column})), ${column})` : column;
}
