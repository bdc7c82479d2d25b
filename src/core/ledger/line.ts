/** One line of a ledger, and the chain over lines (DESIGN §7). */
import type { SignedEvent } from '../event.ts';

/** in: accepted from the wire; out: composed here, to be delivered; local: a record that never travels. */
export type Direction = 'in' | 'out' | 'local';
/** What is appended: the ledger adds n, at and chain. `seal` stands on outgoing lines only. */
export type Entry = { dir: Direction; event: SignedEvent; seal?: SignedEvent };
/** n counts from 1 without gaps; `at` is ISO 8601 UTC with milliseconds; `chain` is 64 hex characters. */
export type Line = Entry & { n: number; at: string; chain: string };
