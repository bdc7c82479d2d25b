/** What a home, the program and this machine have to offer for a value. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { HomeValue } from '../../core/command-words.ts';
import { fits } from '../../core/encoding/grammar.ts';
import { shortId } from '../../core/encoding/id.ts';
import { NAME } from '../../core/grammars.ts';
import { questionState } from '../../core/projection/queries.ts';
import type { RowOf, Tables } from '../../core/projection/rows.ts';
import type { HomeKind } from '../../core/vocabulary.ts';
import type { Offer } from './line.ts';

/** More is not read through in a shell; older ones are typed. */
const MOST = 200;
const newest = { order: 'line', descending: true, limit: MOST } as const;

/** Short ids where they are enough; the whole ones where that is what is being typed, or where two end alike. */
const ids = (rows: readonly { id: string; about: string }[], typed: string): Offer[] => {
  const short = rows.map(({ id, about }) => ({ word: shortId(id), about }));
  const times = new Map<string, number>();
  for (const { word } of short) times.set(word, (times.get(word) ?? 0) + 1);
  const isShort = short.some(({ word }) => word.startsWith(typed));
  return rows.map(({ id, about }, i) => {
    const { word } = short[i]!;
    return { word: isShort && times.get(word) === 1 ? word : id, about };
  });
};

const isUndecided = (tables: Tables, { id, node }: RowOf<'approvals'>): boolean =>
  tables
    .list('approval_requests', { approval: id })
    .some(({ approver }) => tables.get('decisions', id, approver) === undefined) &&
  tables.list('peers', { pubkey: node }).length > 0;

type Reader = (tables: Tables, typed: string) => Offer[];
const OF_HOME: { readonly [V in HomeValue]: Reader } = {
  artifact: (tables, typed) =>
    ids(
      [
        ...tables
          .list('artifacts', {}, { order: 'id', descending: true, limit: MOST })
          .map(({ id, state, branch }) => ({ id, about: `${state}: ${branch}` })),
        ...tables.list('files', {}, newest).map(({ id, file }) => ({ id, about: `file: ${file.name}` })),
      ],
      typed,
    ),
  approval: (tables, typed) =>
    ids(
      tables
        .list('approvals', { open: 1 }, newest)
        .filter((row) => isUndecided(tables, row))
        .map(({ id, title }) => ({ id, about: `approval: ${title}` })),
      typed,
    ),
  grant: (tables, typed) =>
    ids(
      tables
        .list('grants', {}, newest)
        .filter(({ id, approver }) => !tables.get('grant_revocations', id, approver))
        .map(({ id, title }) => ({ id, about: `grant: ${title}` })),
      typed,
    ),
  question: (tables, typed) =>
    ids(
      tables
        .list('questions', {}, newest)
        .filter((row) => questionState(tables, row) === 'open')
        .map(({ id, words }) => ({ id, about: `question: ${words}` })),
      typed,
    ),
  review: (tables, typed) =>
    ids(
      tables.list('reviews', { open: 1 }, newest).map(({ id, title }) => ({ id, about: `review: ${title}` })),
      typed,
    ),
  session: (tables, typed) =>
    ids(
      tables
        .list('sessions', {}, newest)
        .map(({ id, state, title }) => ({ id, about: `${state}: ${title}` })),
      typed,
    ),
  // A person's node knows those beside it
  node: (tables) => named(tables.list('peers').map(({ name, kind }) => ({ word: name, about: kind }))),
  operator: (tables) =>
    tables
      .list('operators')
      .filter(({ name }) => tables.get('operator_revocations', name) === undefined)
      .map(({ name, role }) => ({ word: name, about: role })),
  revision: (tables) =>
    tables
      .list('revisions', {}, { order: 'n', descending: true, limit: MOST })
      .map(({ n, by }) => ({ word: `${n}`, about: `by ${by}` })),
  secret: (tables) =>
    tables
      .list('secrets')
      .flatMap(({ name, by, blob }) => (blob === null ? [] : [{ word: name, about: `by ${by}` }])),
  principal: (tables) =>
    tables
      .list('principals')
      .flatMap(({ name, facts }) => (facts === null ? [] : [{ word: name, about: facts.author }])),
  runner: (tables) =>
    named(
      tables.list('hellos', { role: 'runner' }).map(({ name, pubkey }) => ({
        word: name,
        about: tables.get('trust', pubkey)?.state ?? 'pending',
      })),
    ),
};

/** Each name once. */
const named = (offers: readonly Offer[]): Offer[] => [
  ...new Map(offers.map((one) => [one.word, one])).values(),
];

export const offersOfHome = (values: readonly HomeValue[], tables: Tables, typed: string): Offer[] =>
  values.flatMap((value) => OF_HOME[value](tables, typed));

/** Homes of a role on this machine. */
export const ownHomes = (root: string, role: HomeKind): Offer[] => {
  try {
    const found = readdirSync(join(root, role), { withFileTypes: true });
    return found
      .filter((one) => one.isDirectory() && fits(NAME, one.name))
      .map(({ name }) => ({ word: name }));
  } catch {
    return [];
  }
};
