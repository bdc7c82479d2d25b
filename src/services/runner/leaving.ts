/** A runner leaves its federation: it begins nothing more, gives back each node when what it began there is done, and says goodbye. */
import { isWord } from '../../core/encoding/grammar.ts';
import { runningAssignments } from '../../core/projection/queries.ts';
import type { RowOf, Tables } from '../../core/projection/rows.ts';
import { BEGUN_SESSION_STATES } from '../../core/vocabulary.ts';
import { isTrustedHere } from './assignments.ts';
import { presentRunner } from './hello.ts';
import type { Runner } from './runner.ts';

/** A turn of it began: it is finished here, with all that it waits for. */
export const hasBegun = ({ state }: Pick<RowOf<'sessions'>, 'state'>): boolean =>
  isWord(BEGUN_SESSION_STATES, state);

/** It said goodbye, and the Host has heard that. */
export const isOut = (tables: Tables, self: string): boolean =>
  tables.get('trust', self)?.state === 'left' && !isUnheard(tables, 'runner.goodbye');
const isUnheard = (tables: Tables, type: 'runner.goodbye'): boolean =>
  tables.list('outbox', {}).some((row) => row.type === type);
/** What its recipient holds in vain it drops after a day. */
const PASSED_OVER_MS = 2 * 86_400_000;
const NEWEST = 20;
/** Its recipient has acknowledged a later one, and never this one: it refuses it, and will not hear it. */
const isPassedOver = (tables: Tables, row: RowOf<'outbox'>, now: number): boolean => {
  const { id, sender, recipient, stream } = row;
  const kept = tables.get('messages', id, 'out')?.kept ?? now;
  const newest = { order: 'seq', descending: true, limit: NEWEST } as const;
  return (
    now - kept >= PASSED_OVER_MS &&
    tables
      .list('messages', { sender, recipient, stream }, newest)
      .some((later) => (later.seq ?? 0) > row.seq && tables.get('outbox', later.id) === undefined)
  );
};

/** Nothing of its key counts once that is out: what it has to say is heard before, as far as it ever will be. `now` in Unix milliseconds. */
export const isHeardOut = (tables: Tables, key: string, now: number): boolean =>
  tables.list('outbox', { sender: key }).every((row) => isPassedOver(tables, row, now));

/** One step on, whatever was done before: after a crash it goes on. True when it is out. */
export const leaveFederation = async (runner: Runner): Promise<boolean> => {
  const { home, exchange } = runner;
  if (isOut(home.tables, home.self.pubkey)) return true;
  runner.leaving = await runner.wantsToLeave();
  if (runner.leaving === null) return false;
  // Whom the Host threw out it does not hear
  if (!isTrustedHere(runner)) return home.tables.get('goodbyes', home.self.pubkey) === undefined;
  // Before it gives anything back: the Host would offer it that again
  await presentRunner(runner);
  for (const row of runningAssignments(home.tables)) await giveBack(runner, row);
  const isHolding = runningAssignments(home.tables).length > 0 || runner.attaching.size > 0;
  const isAsked = home.tables.count('assignments', { state: 'offered' }) > 0;
  if (isHolding || isAsked || !isHeardOut(home.tables, home.self.pubkey, home.clock.now())) return false;
  await exchange.send([
    { type: 'runner.goodbye', from: home.self.pubkey, to: home.host, body: {}, dedup: 'goodbye' },
  ]);
  return false;
};

/** Its node falls silent first, and its turns end; only then the Host is told that it may run elsewhere. */
const giveBack = async (runner: Runner, row: RowOf<'assignments'> & { pubkey: string }): Promise<void> => {
  const { home, exchange, turns } = runner;
  const sessions = home.tables.list('sessions', { open: 1, node: row.pubkey });
  if (!runner.letGo.has(row.id)) {
    const isDone = !sessions.some(hasBegun) && isHeardOut(home.tables, row.pubkey, home.clock.now());
    if (runner.leaving === 'drain' && !isDone) return;
    runner.letGo.add(row.id);
    runner.poke();
    return;
  }
  if (home.identities.has(row.pubkey) || sessions.some(({ id }) => turns.isRunning(id))) return;
  const body = { assignment: row.id, fence: row.fence, state: 'stopped' as const };
  await exchange.send([
    { type: 'assignment.receipt', from: home.self.pubkey, to: home.host, body, dedup: `stopped:${row.id}` },
  ]);
};
