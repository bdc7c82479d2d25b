/** What a read model is made of: rows in named tables, reached by key or by equality on declared columns. */

/** A value as a store keeps it. */
export type Cell = string | number | Uint8Array | null;

/** How a column is stored; what its values are stands in the type alone. */
export type Column<V = unknown> = {
  readonly type: 'text' | 'int' | 'json' | 'hex' | 'shared' | 'bytes';
  readonly nullable?: true;
  readonly holds?: V;
};

export const text: Column<string> = { type: 'text' };
export const int: Column<number> = { type: 'int' };
/** 1 or 0. */
export const flag: Column<0 | 1> = { type: 'int' };
/** One word of a closed set. */
export const word = <W extends string>(): Column<W> => ({ type: 'text' });
/** Mostly bytes as lower-case hex, which a store may keep as bytes. */
export const hexText: Column<string> = { type: 'hex' };
/** A text that many rows have, which a store may keep once. */
export const shared = <W extends string>(): Column<W> => ({ type: 'shared' });
/** A value that the store keeps as JSON text; rows have it parsed. It is never looked up by. */
export const json = <V>(): JsonColumn<V> => ({ type: 'json' });
/** Never looked up by, and of no digest: they tell how lines arrived. */
export const bytes: BytesColumn = { type: 'bytes' };
export const nullable = <C extends Column>(column: C): Nullable<C> =>
  ({ ...column, nullable: true }) as Nullable<C>;

type JsonColumn<V> = Column<V> & { readonly type: 'json' };
type BytesColumn = Column<Uint8Array> & { readonly type: 'bytes' };
type Nullable<C extends Column> = Omit<C, 'nullable' | 'holds'> & {
  readonly nullable: true;
  readonly holds?: ValueOf<C> | null;
};

/** Shape of one table. `index` lists column groups that are looked up by equality. */
export type TableShape = {
  readonly columns: Readonly<Record<string, Column>>;
  readonly key: readonly string[];
  readonly index?: readonly (readonly string[])[];
  /** Columns (or the whole table, with '*') that tell how lines arrived; left out of the digest. */
  readonly arrival?: readonly string[];
};
export type Schema = Readonly<Record<string, TableShape>>;

type ValueOf<C> = C extends { readonly holds?: infer V } ? V : never;
type Values<Columns> = { -readonly [C in keyof Columns]: ValueOf<Columns[C]> };
type NameOf<S extends Schema> = keyof S & string;
/** A row of a table: every column is there, null only where the schema says so. */
export type RowIn<S extends Schema, T extends keyof S> = Values<S[T]['columns']>;
type Keys<Columns, K> = {
  -readonly [I in keyof K]: K[I] extends keyof Columns ? ValueOf<Columns[K[I]]> : never;
};
type KeyOf<S extends Schema, T extends keyof S> = Keys<S[T]['columns'], S[T]['key']> & unknown[];
type Scalars<Columns> = {
  [C in keyof Columns as Columns[C] extends { readonly type: 'json' | 'bytes' } ? never : C]: ValueOf<
    Columns[C]
  >;
};
type Kept<Columns> = {
  [C in keyof Columns as Columns[C] extends { readonly nullable: true } ? never : C]: Columns[C];
};
/** What a key, an index and `arrival` may name: columns of their own table, those of a key never null, none looked up by JSON. */
type Fitting<S extends Schema> = {
  readonly [T in keyof S]: {
    readonly key: readonly (keyof Scalars<Kept<S[T]['columns']>>)[];
    readonly index?: readonly (readonly (keyof Scalars<S[T]['columns']>)[])[];
    readonly arrival?: readonly ('*' | keyof S[T]['columns'])[];
  };
};
/** The tables as they are given; the compiler names a column that is not there. */
export const defineTables = <const S extends Schema>(tables: S & Fitting<S>): S => tables;

/** Columns that must equal these values, null included. */
export type Where<S extends Schema, T extends keyof S> = Readonly<Partial<Scalars<S[T]['columns']>>>;

export type ListOptions<C = string> = {
  order?: C;
  descending?: boolean;
  limit?: number;
  /** Whichever they are: what is at hand is looked at first, and is enough where there are as many. */
  any?: boolean;
  /** Rows whose `order` column is strictly beyond this value. */
  after?: Cell;
};

/**
 * The store a fold writes to and a service reads from, over the tables of a schema. Implemented by sql.js in production
 * and by an in-memory oracle in tests. `put` replaces the row with the same key. `list` gives rows in the order of the
 * column that is asked for, then of their key.
 */
export interface TablesOf<S extends Schema> {
  get<T extends NameOf<S>>(table: T, ...key: KeyOf<S, T>): RowIn<S, T> | undefined;
  list<T extends NameOf<S>>(
    table: T,
    where?: Where<S, T>,
    options?: ListOptions<keyof Where<S, T>>,
  ): RowIn<S, T>[];
  count<T extends NameOf<S>>(table: T, where?: Where<S, T>): number;
  put<T extends NameOf<S>>(table: T, row: Readonly<RowIn<S, T>>): void;
  remove<T extends NameOf<S>>(table: T, ...key: KeyOf<S, T>): void;
}

/** What a store implements: names and values are checked against the schema when it runs. */
export type SchemaRow = Record<string, unknown>;
export interface AnyTables {
  get(table: string, ...key: unknown[]): SchemaRow | undefined;
  list(table: string, where?: SchemaRow, options?: ListOptions): SchemaRow[];
  count(table: string, where?: SchemaRow): number;
  put(table: string, row: SchemaRow): void;
  remove(table: string, ...key: unknown[]): void;
}
