/** Texts that many rows have: each is kept once, under a number that stands in the rows. */
import type { Database } from 'sql.js';

export const SHARED = '_shared';
/** Texts that are known without asking; then all are forgotten, since the ones in use come back at once. */
const MOST = 50_000;

export const createShared = (db: Database): void => {
  db.run(`CREATE TABLE ${SHARED} (n INTEGER PRIMARY KEY, body TEXT NOT NULL UNIQUE) STRICT`);
};

/** Runs a statement that gives at most one number or text. */
type One = (sql: string, cell: string | number) => unknown;

export class SharedTexts {
  readonly #one: One;
  #numbers = new Map<string, number>();
  #texts = new Map<number, string>();
  /** Asked for, and not there. */
  #missing = new Set<string>();

  constructor(one: One) {
    this.#one = one;
  }

  /** Undefined for a text that no row has ever had. */
  numberOf(body: string): number | undefined {
    const known = this.#numbers.get(body);
    if (known !== undefined || this.#missing.has(body)) return known;
    const found = this.#one(`SELECT n FROM ${SHARED} WHERE body = ?`, body);
    if (typeof found === 'number') return this.#know(found, body);
    if (this.#missing.size >= MOST) this.#missing.clear();
    this.#missing.add(body);
    return undefined;
  }

  numberFor(body: string): number {
    const known = this.numberOf(body);
    if (known !== undefined) return known;
    return this.#know(Number(this.#one(`INSERT INTO ${SHARED} (body) VALUES (?) RETURNING n`, body)), body);
  }

  textOf(n: number): string {
    const known = this.#texts.get(n);
    if (known !== undefined) return known;
    const body = String(this.#one(`SELECT body FROM ${SHARED} WHERE n = ?`, n));
    this.#know(n, body);
    return body;
  }

  /** After a rollback: what was written in it has no number any more. */
  forget(): void {
    this.#numbers = new Map();
    this.#texts = new Map();
  }

  #know(n: number, body: string): number {
    if (this.#texts.size >= MOST) this.forget();
    this.#missing.delete(body);
    this.#numbers.set(body, n);
    this.#texts.set(n, body);
    return n;
  }
}
