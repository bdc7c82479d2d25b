/** Table of the git principals that a Host keeps. No value of their secrets is in it. */
import type { PrincipalFacts } from '../source/principal.ts';
import { int, json, nullable, text } from './tables.ts';

export const PRINCIPALS_ROWS = {
  /** The last word about each name; no `facts` where it was removed. */
  principals: {
    columns: {
      name: text,
      n: int,
      version: text,
      facts: nullable(json<PrincipalFacts>()),
      by: text,
      at: int,
    },
    key: ['name'],
  },
} as const;
