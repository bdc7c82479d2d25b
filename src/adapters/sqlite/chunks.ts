/** Chunks of history as files: each a small database that is written once, under the digest of its bytes. */
import { closeSync, constants, fstatSync, openSync, readFileSync, rmSync, statSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Database, SqlJsStatic } from 'sql.js';
import { toHex } from '../../core/encoding/bytes.ts';
import { EntangleError } from '../../core/errors.ts';
import type { Hash } from '../../core/ledger/line.ts';
import type { ChunkRow } from '../../core/projection/history/kept-index.ts';
import type { MovingTables } from '../../core/projection/history/summary.ts';
import type { Schema, SchemaRow } from '../../core/projection/tables.ts';
import { writeAtomic } from '../system/files.ts';
import { createTables, SqlTables } from './tables.ts';

/** Name of the directory of chunks in a home. */
export const HISTORY_DIRECTORY = 'history';

/** Databases that are kept open: whoever pages through the past asks for the same ones again. */
const OPEN_AT_ONCE = 8;
const READ_ONLY = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

export type Rows = Readonly<Record<string, readonly SchemaRow[]>>;
export type HistoryOptions = {
  directory: string;
  moving: MovingTables;
  /** What leaves the working set with this line, by a rule that is a function of lines alone. */
  over: (tables: never, n: number) => Rows | null;
  /** No other process has this home: chunks that nothing names may go. */
  isAlone?: boolean;
  /** A chunk turned out to be none while somebody asked for it; its file is gone, so the next start folds anew. */
  onDamage?: (error: EntangleError) => void;
};
type Opened = { db: Database; tables: SqlTables };

export class ChunkFiles {
  readonly #sql: SqlJsStatic;
  readonly #schema: Schema;
  readonly #sha256: Hash;
  readonly #options: HistoryOptions;
  /** Not on disk yet. */
  readonly #unsaved = new Map<string, Uint8Array>();
  readonly #opened = new Map<string, Opened>();
  #saving: Promise<void> = Promise.resolve();
  /** A chunk without rows, from which each begins: some fifteen tables are made once. */
  #blank: Uint8Array | undefined;

  constructor(sql: SqlJsStatic, schema: Schema, sha256: Hash, options: HistoryOptions) {
    this.#sql = sql;
    this.#sha256 = sha256;
    this.#options = options;
    // A chunk is small: what is no key of a row is found by looking at all of them
    this.#schema = Object.fromEntries(
      Object.keys(options.moving).map((table) => {
        const { columns, key } = schema[table]!;
        return [table, { columns, key }];
      }),
    );
    // Who has the home alone will make some; then it takes long enough as it is
    if (options.isAlone) this.#blank = blankOf(sql, this.#schema);
  }

  /** A chunk of these rows, which is on disk when it is saved. */
  make(rows: Rows): Pick<ChunkRow, 'digest' | 'size'> {
    this.#blank ??= blankOf(this.#sql, this.#schema);
    const db = new this.#sql.Database(this.#blank);
    try {
      const tables = new SqlTables(db, this.#schema, () => {});
      db.run('BEGIN');
      for (const [table, all] of Object.entries(rows)) for (const row of all) tables.put(table, row);
      db.run('COMMIT');
      tables.forget();
      const bytes = db.export();
      const digest = toHex(this.#sha256(bytes));
      this.#unsaved.set(digest, bytes);
      return { digest, size: bytes.length };
    } finally {
      db.close();
    }
  }

  /** Writes those that are not on disk yet: a file that names them comes after them. One save after the other. */
  save(): Promise<void> {
    const next = this.#saving.then(() => this.#save());
    this.#saving = next.catch(() => {});
    return next;
  }

  async #save(): Promise<void> {
    if (this.#unsaved.size === 0) return;
    await mkdir(this.#options.directory, { recursive: true, mode: 0o700 });
    for (const [digest, bytes] of [...this.#unsaved]) {
      await writeAtomic(this.#pathOf(digest), bytes);
      this.#unsaved.delete(digest);
    }
  }

  /** Which of them is not on disk, or is shorter or longer there. One after the other: each takes some microseconds so. */
  missing(rows: readonly Pick<ChunkRow, 'digest' | 'size'>[]): string | null {
    for (const { digest, size } of rows) {
      const path = this.#pathOf(digest);
      if (statSync(path, { throwIfNoEntry: false })?.size !== size) return path;
    }
    return null;
  }

  /** None of them is of these lines. */
  forgetAll(): Promise<void> {
    return rm(this.#options.directory, { recursive: true, force: true });
  }

  close(): void {
    for (const opened of this.#opened.values()) shut(opened);
    this.#opened.clear();
  }

  #pathOf(digest: string): string {
    return join(this.#options.directory, `${digest}.sqlite`);
  }

  open(digest: string): SqlTables {
    const known = this.#opened.get(digest);
    // The one that was asked for last is let go last
    this.#opened.delete(digest);
    const opened = known ?? this.#load(digest);
    this.#opened.set(digest, opened);
    if (this.#opened.size > OPEN_AT_ONCE) {
      const [oldest] = this.#opened;
      shut(oldest![1]);
      this.#opened.delete(oldest![0]);
    }
    return opened.tables;
  }

  #load(digest: string): Opened {
    const bytes = this.#unsaved.get(digest) ?? this.#read(digest);
    const db = new this.#sql.Database(bytes);
    return { db, tables: new SqlTables(db, this.#schema, () => {}) };
  }

  #read(digest: string): Uint8Array {
    const path = this.#pathOf(digest);
    let why = 'it is damaged';
    try {
      const bytes = readRegular(path);
      if (toHex(this.#sha256(bytes)) === digest) return bytes;
    } catch (error) {
      why = (error as Error).message;
    }
    rmSync(path, { force: true });
    const error = new EntangleError(
      'unavailable',
      `a part of the read models cannot be read: ${path}: ${why}`,
      {
        hint: 'start again: the read models are then made anew from the ledger',
      },
    );
    this.#options.onDamage?.(error);
    throw error;
  }
}

const blankOf = (sql: SqlJsStatic, schema: Schema): Uint8Array => {
  const db = new sql.Database();
  try {
    createTables(db, schema, 'chunk');
    return db.export();
  } finally {
    db.close();
  }
};

const shut = ({ db, tables }: Opened): void => {
  tables.forget();
  db.close();
};

function readRegular(path: string): Uint8Array {
  const file = openSync(path, READ_ONLY);
  try {
    if (!fstatSync(file).isFile()) throw new Error('it is not a regular file');
    return readFileSync(file);
  } finally {
    closeSync(file);
  }
}
