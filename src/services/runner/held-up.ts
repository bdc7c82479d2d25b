/** What holds up a runner that leaves, by its read models alone: who looks may not be the process that serves it. */
import { UNREACHED_MS } from '../../core/bounds.ts';
import type { LeaveWait } from '../../core/command-words.ts';
import { shortId } from '../../core/encoding/id.ts';
import { questionState, reviewState, runningAssignments } from '../../core/projection/queries.ts';
import type { RowOf, Tables } from '../../core/projection/rows.ts';
import type { LeaveMode } from '../../core/vocabulary.ts';
import { hasBegun } from './leaving.ts';
import { childrenOf, isReviewGiven } from './waiting.ts';

/** `of`: names of those who are waited for, where it is somebody; `session` is null where it is about none in particular. */
export type HoldUp = { waits: LeaveWait; node: string; session: string | null; of: string[] };
type Of = { tables: Tables; self: string; now: number };

/** `now` in Unix milliseconds. Who leaves at once waits until the Host has heard it, and for nothing else. */
export const holdUps = (of: Of, mode: LeaveMode): HoldUp[] => {
  const { tables, self } = of;
  const told: HoldUp[] =
    unheardBy(of, self).length > 0 ? [{ waits: 'receipt', node: '', session: null, of: ['the Host'] }] : [];
  if (mode === 'now') return told;
  return [...runningAssignments(tables).flatMap((row) => ofNode(of, row)), ...told];
};

const ofNode = (of: Of, { node, pubkey }: { node: string; pubkey: string }): HoldUp[] => {
  const { tables } = of;
  const begun = tables.list('sessions', { open: 1, node: pubkey }, { order: 'line' }).filter(hasBegun);
  const unheard = unheardBy(of, pubkey);
  const words: HoldUp[] =
    unheard.length > 0
      ? [{ waits: 'receipt', node, session: null, of: namesOf(tables, pubkey, unheard) }]
      : [];
  return [...begun.flatMap((session) => ofSession(of, node, session)), ...words];
};

/** Who has not acknowledged for longer than who is there takes. */
const unheardBy = ({ tables, now }: Of, sender: string): string[] =>
  tables.list('outbox', { sender }).flatMap(({ id, recipient }) => {
    const { kept } = tables.get('messages', id, 'out') ?? { kept: now };
    return now - kept >= UNREACHED_MS ? [recipient] : [];
  });

/** Where it asks nobody its engine works, or is about to. */
const ofSession = ({ tables, now }: Of, name: string, { id, node }: RowOf<'sessions'>): HoldUp[] => {
  const asked = (waits: LeaveWait, keys: readonly string[]): HoldUp[] =>
    keys.length === 0 ? [] : [{ waits, node: name, session: id, of: namesOf(tables, node, keys) }];
  const approvals = tables.list('approvals', { session: id }).filter(({ open }) => open === 1);
  const all = [
    ...asked(
      'approval',
      approvals.flatMap(({ id: approval }) =>
        tables
          .list('approval_requests', { approval })
          .map(({ approver }) => approver)
          .filter((approver) => !tables.get('decisions', approval, approver)),
      ),
    ),
    ...asked(
      'question',
      tables
        .list('questions', { session: id })
        .flatMap((row) => (questionState(tables, row) === 'open' ? [row.asked] : [])),
    ),
    ...asked(
      'review',
      tables
        .list('reviews', { session: id })
        .flatMap((row) =>
          reviewState(tables, row, Math.floor(now / 1000)) === 'open' ? [row.reviewer] : [],
        ),
    ),
  ];
  const given = childrenOf({ tables }, { id, node }).filter((child) => !isReviewGiven({ tables }, child));
  all.push(
    ...asked(
      'task',
      given.map((child) => child.node),
    ),
  );
  return all.length > 0 ? all : [{ waits: 'turn', node: name, session: id, of: [] }];
};

const namesOf = (tables: Tables, owner: string, keys: readonly string[]): string[] => [
  ...new Set(keys.map((pubkey) => tables.list('peers', { owner, pubkey })[0]?.name ?? 'the Host')),
];

/** How many sessions are open; what a node that went elsewhere has open is its next runner's. */
export const openHere = (tables: Tables): number =>
  runningAssignments(tables).reduce(
    (sum, { pubkey: node }) => sum + tables.count('sessions', { open: 1, node }),
    0,
  );

const WAITS: Readonly<Record<LeaveWait, string>> = {
  approval: 'an approval of',
  review: 'a verdict of',
  question: 'an answer of',
  task: 'the end of what it gave to',
  turn: 'a turn that goes on',
  receipt: 'the word that its last words were heard, by',
};

/** In a sentence: for whom which node waits. Not sanitized. */
export const holdUpWords = ({ waits, node, session, of }: HoldUp): string => {
  // One that it refuses is never heard: the Host counts it, and nobody else can know
  if (node === '')
    return 'it waits for the Host to hear its last words; where that is up, `entangle host rejects` has what it refuses';
  const whom = of.length === 0 ? '' : ` ${of.join(', ')}`;
  const which = session === null ? '' : ` (session ${shortId(session)})`;
  return `${node} waits for ${WAITS[waits]}${whom}${which}`;
};
