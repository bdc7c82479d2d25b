/** Who signs for the Host, and who did. */
import type { Succession } from '../authority/chain.ts';
import { int, json, text } from './tables.ts';

export const AUTHORITY_ROWS = {
  /** The chain that stands, by number. */
  successions: { columns: { n: int, statement: json<Succession>() }, key: ['n'] },
  /** Every key but the first that was ever followed: in the read models the Host has one name, its first key. */
  authority_keys: { columns: { key: text }, key: ['key'] },
} as const;
