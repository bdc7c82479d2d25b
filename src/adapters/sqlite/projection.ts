/** The projection as an in-memory SQLite (sql.js) that is written to one file, whole and atomically. */
import { rmSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import type { Database, SqlJsStatic } from 'sql.js';
import { toHex, utf8 } from '../../core/encoding/bytes.ts';
import { EntangleError } from '../../core/errors.ts';
import type { Hash } from '../../core/ledger/line.ts';
import { checkSchema, dumpDigest } from '../../core/projection/dump.ts';
import { type ChunkRow, KeptIndex } from '../../core/projection/history/kept-index.ts';
import { summaryOf } from '../../core/projection/history/summary.ts';
import { TieredTables } from '../../core/projection/history/tiers.ts';
import { MapTables } from '../../core/projection/map-tables.ts';
import type { AnyTables, Schema, TablesOf } from '../../core/projection/tables.ts';
import type { Projection } from '../../ports/index.ts';
import { writeAtomic } from '../system/files.ts';
import { monotonicMs } from '../system/monotonic.ts';
import { ChunkFiles, type HistoryOptions } from './chunks.ts';
import { CurrentTables } from './current-tables.ts';
import { loadEngine } from './engine.ts';
import { FileParts, inParts } from './file-parts.ts';
import { createTables, META, SqlTables } from './tables.ts';

/** Name of the read models' file in a home. */
export const PROJECTION_FILE = 'projection.sqlite';

const MAX_FILE_BYTES = 2 ** 30;
/** Folds in one transaction: a commit for each would cost more than the fold. */
const COMMIT_EVERY = 1_024;
/** Of writing rows, before the event loop has its turn. */
const SLICE_MS = 10;
/** KiB of pages that SQLite keeps beside the parts of the file, which are all in memory: more is twice the same. */
const CACHE_KIB = 8_192;

export type OpenProjectionOptions<S extends Schema> = {
  file: string;
  schema: S;
  /** Changed whenever the same lines would give other rows: a file of another version is discarded. */
  schemaVersion: number;
  sha256: Hash;
  /** Bytes of sql-wasm.wasm where it does not lie in node_modules. */
  wasm?: () => Promise<Uint8Array | ArrayBuffer>;
  /** Bytes of the largest file that is read; a larger one throws. */
  most?: number;
  /** For who asks little: of the file only what is asked for is read, and compared. Damage elsewhere is found by who asks there. */
  isInParts?: boolean;
  /** Begins anew in spite of a good file, for this reason. */
  discard?: string;
  /** Where what is over goes; without it all stays in one file. */
  history?: HistoryOptions;
};
/** `discarded` tells why an existing file was not used; the ledger is then folded from its first line. */
export type OpenedProjection<S extends Schema> = Projection<S> & { readonly discarded: string | null };

/** Loads the projection file; one that is damaged or of another schema counts for nothing. */
export async function openProjection<S extends Schema>(
  options: OpenProjectionOptions<S>,
): Promise<OpenedProjection<S>> {
  checkSchema(options.schema);
  const sql = await loadEngine(options.wasm);
  const version = `${options.schemaVersion} ${toHex(options.sha256(utf8(JSON.stringify(options.schema))))}`;
  const parts = FileParts.open(options.file, options.most ?? MAX_FILE_BYTES);
  const files =
    options.history &&
    new ChunkFiles(sql, options.schema, options.sha256, historyOf(options, options.history));
  let loaded = parts === undefined ? null : load(sql, parts, version, options);
  if (loaded !== null && typeof loaded !== 'string') {
    const missing = options.isInParts ? null : missingIn(loaded.db, options.schema, files);
    if (missing === null) return new SqlProjection(options, loaded, null, files);
    shut(loaded);
    loaded = `its part ${missing} is missing or damaged`;
  }
  if (options.history?.isAlone) await files?.forgetAll();
  return new SqlProjection(options, blank(sql, options.schema, version), loaded, files);
}

/** Who asks little does not look at its start whether each chunk is there: without its file the next start folds anew. */
const historyOf = <S extends Schema>(
  { file, isInParts }: OpenProjectionOptions<S>,
  history: HistoryOptions,
): HistoryOptions => ({
  ...history,
  onDamage: (error) => {
    if (isInParts) rmSync(file, { force: true });
    history.onDamage?.(error);
  },
});

/** The table of the chunks of history, in a schema that has some. */
const CHUNKS = 'chunks';

const missingIn = (db: Database, schema: Schema, files: ChunkFiles | undefined): string | null => {
  if (files === undefined) return null;
  const tables = new SqlTables(db, schema, () => {});
  const missing = files.missing(tables.list(CHUNKS) as ChunkRow[]);
  tables.forget();
  return missing;
};

type Loaded = { db: Database; folded: number; parts: FileParts };

const blank = (sql: SqlJsStatic, schema: Schema, version: string): Loaded => {
  const made = new sql.Database();
  createTables(made, schema, version);
  const parts = FileParts.of(made.export());
  made.close();
  return { db: new sql.Database(parts), folded: 0, parts };
};

/** The database in the file, or why it cannot be trusted. */
function load(
  sql: SqlJsStatic,
  parts: FileParts | string,
  version: string,
  { discard, isInParts }: OpenProjectionOptions<Schema>,
): Loaded | string {
  if (typeof parts === 'string') return discard ?? parts;
  const found = discard ?? databaseIn(sql, parts, version, isInParts === true);
  if (typeof found === 'string') parts.close();
  return found;
}

/** A flipped bit in a row is valid SQLite, and the row may say whom to trust: nothing is asked of what is not as it was written. */
function databaseIn(
  sql: SqlJsStatic,
  parts: FileParts,
  version: string,
  isInParts: boolean,
): Loaded | string {
  if (!isInParts) parts.checkAll();
  if (parts.isDamaged) return DAMAGED;
  let db: Database | undefined;
  let why = 'the file is not a projection';
  try {
    db = new sql.Database(parts);
    const meta = db.exec(`SELECT version, folded FROM ${META}`)[0]?.values[0];
    if (meta?.[0] === version && !parts.isDamaged) return { db, folded: Number(meta[1]), parts };
    why = 'the file is of another version';
  } catch {
    // What SQLite cannot read
  }
  db?.close();
  return parts.isDamaged ? DAMAGED : why;
}
const DAMAGED = 'the file is damaged';

const shut = ({ db, parts }: Pick<Loaded, 'db' | 'parts'>): void => {
  db.close();
  parts.close();
};

class SqlProjection<S extends Schema> implements OpenedProjection<S> {
  readonly tables: TablesOf<S>;
  readonly discarded: string | null;
  readonly #options: OpenProjectionOptions<S>;
  readonly #store: SqlTables;
  /** Rows of the working set; `#store` has them too, but for while `#bulk` is there. */
  readonly #near: CurrentTables;
  #bulk: MapTables | undefined;
  readonly #files: ChunkFiles | undefined;
  readonly #tiers: TieredTables | undefined;
  readonly #kept: KeptIndex;
  readonly #db: Database;
  readonly #parts: FileParts;
  #folded: number;
  #savedAt: number;
  #folding = false;
  #inTransaction = 0;
  #changed = false;
  #saving: Promise<void> = Promise.resolve();

  constructor(
    options: OpenProjectionOptions<S>,
    loaded: Loaded,
    discarded: string | null,
    files: ChunkFiles | undefined,
  ) {
    this.#options = options;
    this.#db = loaded.db;
    this.#parts = loaded.parts;
    this.#folded = loaded.folded;
    this.#savedAt = loaded.folded;
    this.discarded = discarded;
    this.#configure();
    this.#store = new SqlTables(
      loaded.db,
      options.schema,
      () => this.#begin(),
      () => this.#requireSound(),
    );
    this.#near = new CurrentTables(this.#store);
    this.#files = files;
    this.#kept = new KeptIndex(this.#near);
    this.#tiers =
      files &&
      new TieredTables(options.schema, this.#near, {
        open: (number) => files.open((this.#near.get(CHUNKS, number) as ChunkRow).digest),
        moving: options.history!.moving,
        kept: this.#kept,
      });
    this.tables = (this.#tiers ?? this.#near) as TablesOf<S>;
  }

  get folded(): number {
    return this.#folded;
  }

  get saved(): number {
    return this.#savedAt;
  }

  fold(n: number, change: () => void): void {
    if (this.#folding) throw new Error('a fold inside a fold');
    if (!(n > this.#folded)) throw new Error(`line ${n} was folded already, ${this.#folded} was the last`);
    if (this.#bulk !== undefined) {
      change();
      this.#folded = n;
      this.#leave(n);
      return;
    }
    this.#begin();
    this.#folding = true;
    this.#store.run('SAVEPOINT fold');
    try {
      change();
    } catch (error) {
      this.#store.run('ROLLBACK TO fold');
      this.#store.rolledBack();
      this.#keepPages();
      throw error;
    } finally {
      this.#store.run('RELEASE fold');
      this.#folding = false;
    }
    this.#folded = n;
    this.#leave(n);
    if (++this.#inTransaction > COMMIT_EVERY) this.#commit();
  }

  async inBulk<T>(run: () => Promise<T>): Promise<T> {
    if (this.#folded > 0) return run();
    const bulk = new MapTables(this.#options.schema);
    this.#bulk = bulk;
    this.#near.now = bulk;
    const done = await run();
    await this.#settle(bulk);
    this.#near.now = this.#store;
    this.#bulk = undefined;
    return done;
  }

  /** One save after the other; each takes what was folded when its turn comes. */
  save(): Promise<void> {
    const next = this.#saving.then(() => this.#save());
    this.#saving = next.catch(() => {});
    return next;
  }

  digest(): string {
    return dumpDigest(this.tables as AnyTables, this.#options.schema, this.#options.sha256);
  }

  close(): void {
    this.#files?.close();
    this.#store.forget();
    shut({ db: this.#db, parts: this.#parts });
  }

  /** What is over with this line leaves the working set. */
  #leave(n: number): void {
    if (!this.#files || !this.#tiers) return;
    const rows = this.#options.history!.over(this.#near as never, n);
    if (rows === null) return;
    const { schema, history } = this.#options;
    const summary = summaryOf(schema, rows, history!.moving);
    this.#kept.add({ line: n, ...this.#files.make(rows) }, summary, Object.keys(history!.moving));
    this.#tiers.add(summary, rows);
    // Of a long ledger there are many: they need not all be in memory until the end. What fails is tried again then
    if (this.#bulk !== undefined && history!.isAlone) void this.#files.save().catch(() => {});
  }

  /** A piece at a time, with the event loop free in between. */
  async #settle(bulk: MapTables): Promise<void> {
    let at = monotonicMs();
    for (const table of Object.keys(this.#options.schema))
      for (const row of bulk.rows(table)) {
        this.#store.put(table, row);
        if (monotonicMs() - at < SLICE_MS) continue;
        await setImmediate();
        at = monotonicMs();
      }
    this.#commit();
  }

  async #save(): Promise<void> {
    if (!this.#changed && this.#savedAt === this.#folded) return;
    const folded = this.#folded;
    await this.#write(this.#copy()).catch((error: unknown) => {
      this.#changed = true;
      throw error;
    });
    this.#savedAt = folded;
  }

  async #write(copy: readonly Uint8Array[]): Promise<void> {
    try {
      // What the file names is there before it
      await this.#files?.save();
      await writeAtomic(this.#options.file, inParts(copy));
    } finally {
      this.#parts.giveBack();
    }
  }

  /** Between two transactions all that SQLite has is in the parts of its file. */
  #copy(): readonly Uint8Array[] {
    if (this.#folding || this.#bulk !== undefined) throw new Error('a save inside a fold');
    const { writes } = this.#parts;
    this.#begin();
    this.#store.run(`UPDATE ${META} SET folded = ?`, [this.#folded]);
    // Something is written in any case
    this.#db.run(`PRAGMA user_version = ${(this.#pragma('user_version') + 1) % 2 ** 31}`);
    this.#commit();
    if (this.#parts.writes === writes) throw new Error('what SQLite wrote is not in the parts of its file');
    const copy = this.#parts.copy(this.#pragma('page_count') * this.#pragma('page_size'));
    this.#requireSound();
    this.#changed = false;
    return copy;
  }

  /**
   * Pages of a fold that failed may be in the file: SQLite would cut them off with the next commit, and for that sql.js moves
   * the file elsewhere. They stay, as free ones.
   */
  #keepPages(): void {
    const size = this.#pragma('page_size');
    const more = Math.ceil(this.#parts.end / size) - this.#pragma('page_count');
    if (more <= 0) return;
    const bytes = (more + this.#pragma('freelist_count')) * size;
    this.#db.run(
      `CREATE TABLE _free (b BLOB); INSERT INTO _free VALUES (zeroblob(${bytes})); DROP TABLE _free`,
    );
  }

  #pragma(name: string): number {
    return Number(this.#db.exec(`PRAGMA ${name}`)[0]!.values[0]![0]);
  }

  /** Without its file the next start folds anew. */
  #requireSound(): void {
    if (!this.#parts.isDamaged) return;
    const { file, history } = this.#options;
    rmSync(file, { force: true });
    const error = notAsWritten(file);
    history?.onDamage?.(error);
    throw error;
  }

  #begin(): void {
    this.#changed = true;
    if (this.#inTransaction > 0) return;
    this.#inTransaction = 1;
    this.#db.run('BEGIN');
  }

  #commit(): void {
    if (this.#inTransaction === 0) return;
    this.#db.run('COMMIT');
    this.#inTransaction = 0;
  }

  /** Nothing in memory needs a disk's care: the file is made by `save`. */
  #configure(): void {
    this.#db.run(
      `PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -${CACHE_KIB}`,
    );
  }
}

const notAsWritten = (file: string): EntangleError =>
  new EntangleError('unavailable', `the read models cannot be read: ${file} is not as it was written`, {
    hint: 'start again: the read models are then made anew from the ledger',
  });
