/** `Tables` over SQLite. Every name in a statement comes from the schema; data only ever arrives as a parameter. */
import type { Database, Statement } from 'sql.js';
import { cellFor, cellsFor, fromCell, keyCells, shapeOf, wantedCells } from '../../core/projection/dump.ts';
import type {
  AnyTables,
  Cell,
  ListOptions,
  Schema,
  SchemaRow,
  TableShape,
} from '../../core/projection/tables.ts';

/** One row: the version the tables are of, and the number of the last line folded into them. */
export const META = '_meta';
const TYPE = { text: 'TEXT', int: 'INTEGER', json: 'TEXT' } as const;

export function createTables(db: Database, schema: Schema, version: string): void {
  db.run(`CREATE TABLE ${META} (version TEXT NOT NULL, folded INTEGER NOT NULL) STRICT`);
  db.run(`INSERT INTO ${META} VALUES (?, 0)`, [version]);
  for (const [table, shape] of Object.entries(schema)) {
    const columns = Object.entries(shape.columns).map(
      ([column, { type, nullable }]) => `${quote(column)} ${TYPE[type]}${nullable ? '' : ' NOT NULL'}`,
    );
    const key = shape.key.map(quote).join(', ');
    db.run(
      `CREATE TABLE ${quote(table)} (${columns.join(', ')}, PRIMARY KEY (${key})) STRICT, WITHOUT ROWID`,
    );
    for (const [i, group] of (shape.index ?? []).entries())
      db.run(`CREATE INDEX ${quote(`${table}_${i}`)} ON ${quote(table)} (${group.map(quote).join(', ')})`);
  }
}

export class SqlTables implements AnyTables {
  readonly #db: Database;
  readonly #schema: Schema;
  readonly #beforeWrite: () => void;
  /** One statement for each form of query: there are as many as the code has, whatever the data is. */
  readonly #statements = new Map<string, Statement>();

  constructor(db: Database, schema: Schema, beforeWrite: () => void) {
    this.#db = db;
    this.#schema = schema;
    this.#beforeWrite = beforeWrite;
  }

  get(table: string, ...key: unknown[]): SchemaRow | undefined {
    const shape = shapeOf(this.#schema, table);
    const sql = `SELECT ${columnsOf(shape)} FROM ${quote(table)} WHERE ${matches(shape.key)}`;
    return this.#select(shape, sql, keyCells(shape, key))[0];
  }

  list(table: string, where: SchemaRow = {}, options: ListOptions = {}): SchemaRow[] {
    const shape = shapeOf(this.#schema, table);
    const order = options.order ?? shape.key[0]!;
    if (!Object.hasOwn(shape.columns, order)) throw new Error(`no column ${order}`);
    const down = options.descending === true;
    const wanted = wantedCells(shape, where);
    const conditions = wanted.map(([column]) => `${quote(column)} IS ?`);
    const cells = wanted.map(([, cell]) => cell);
    if (options.after !== undefined && options.after !== null) {
      conditions.push(`${quote(order)} ${down ? '<' : '>'} ?`);
      cells.push(cellFor(shape, order, options.after));
    }
    const by = [order, ...shape.key.filter((column) => column !== order)];
    const sql = [
      `SELECT ${columnsOf(shape)} FROM ${quote(table)}`,
      conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`,
      `ORDER BY ${by.map((column) => `${quote(column)} ${down ? 'DESC' : 'ASC'}`).join(', ')} LIMIT ?`,
    ].join(' ');
    return this.#select(shape, sql, [...cells, options.limit ?? -1]);
  }

  count(table: string, where: SchemaRow = {}): number {
    const shape = shapeOf(this.#schema, table);
    const wanted = wantedCells(shape, where);
    const condition = wanted.length === 0 ? '' : `WHERE ${matches(wanted.map(([column]) => column))}`;
    const sql = `SELECT count(*) FROM ${quote(table)} ${condition}`;
    const cells = wanted.map(([, cell]) => cell);
    return this.#with(sql, cells, (statement) => {
      statement.step();
      return Number(statement.get()[0]);
    });
  }

  put(table: string, row: SchemaRow): void {
    const shape = shapeOf(this.#schema, table);
    const cells = cellsFor(shape, row);
    const columns = Object.keys(shape.columns);
    this.#beforeWrite();
    this.run(
      `INSERT OR REPLACE INTO ${quote(table)} (${columnsOf(shape)}) VALUES (${columns.map(() => '?').join(', ')})`,
      columns.map((column) => cells[column]!),
    );
  }

  remove(table: string, ...key: unknown[]): void {
    const shape = shapeOf(this.#schema, table);
    const cells = keyCells(shape, key);
    this.#beforeWrite();
    this.run(`DELETE FROM ${quote(table)} WHERE ${matches(shape.key)}`, cells);
  }

  /** Runs a cached statement that gives no rows. */
  run(sql: string, cells: readonly Cell[] = []): void {
    this.#with(sql, cells, (statement) => statement.step());
  }

  /** Frees the statements. */
  forget(): void {
    for (const statement of this.#statements.values()) statement.free();
    this.#statements.clear();
  }

  #select(shape: TableShape, sql: string, cells: readonly Cell[]): SchemaRow[] {
    const columns = Object.entries(shape.columns);
    return this.#with(sql, cells, (statement) => {
      const rows: SchemaRow[] = [];
      while (statement.step()) {
        const values = statement.get() as Cell[];
        const row: SchemaRow = {};
        for (const [i, [name, column]] of columns.entries()) row[name] = fromCell(column, values[i]!);
        rows.push(row);
      }
      return rows;
    });
  }

  #with<T>(sql: string, cells: readonly Cell[], use: (statement: Statement) => T): T {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#db.prepare(sql);
      this.#statements.set(sql, statement);
    }
    try {
      statement.bind([...cells]);
      return use(statement);
    } finally {
      // A statement left half-read keeps its table locked; bound texts would stay in the engine's memory.
      statement.reset();
      statement.freemem();
    }
  }
}

const quote = (name: string): string => `"${name}"`;
const columnsOf = (shape: TableShape): string => Object.keys(shape.columns).map(quote).join(', ');
const matches = (columns: readonly string[]): string =>
  columns.map((column) => `${quote(column)} IS ?`).join(' AND ');
