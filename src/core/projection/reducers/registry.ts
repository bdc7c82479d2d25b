/** Who is who: hellos, trust, keys. */
import { MOST_LIVENESS } from '../../bounds.ts';
import type { Line } from '../../ledger/line.ts';
import type { RecordBody } from '../../protocol/messages/records.ts';
import type { BodyOf } from '../../protocol/table.ts';
import type { KeyRole, RunnerTrust } from '../../vocabulary.ts';
import { storable } from '../dump.ts';
import type { LedgerMessage } from '../ledger-message.ts';
import type { HelloDetail, Tables } from '../rows.ts';

/** The first role a key is met in is its role for good; its name is the one said last, in its sayer's own order. */
export const meetKey = (tables: Tables, pubkey: string, role: KeyRole, name: string, said = ''): void => {
  const before = tables.get('keys', pubkey);
  const newer = [said, storable(name)].join(' ') > [before?.said, before?.name].join(' ');
  if (!before || (before.role === role && newer)) tables.put('keys', { pubkey, role, name, said });
};

/** Numbers as text that sorts like them. */
export const sortable = (...numbers: readonly number[]): string =>
  numbers.map((n) => String(n).padStart(16, '0')).join(':');

/** Of what one signer said twice the first that was signed stands, however they came. */
export const wasSignedBefore = (
  kept: { seq: number; message: string },
  { seq, id }: Pick<LedgerMessage, 'seq' | 'id'>,
): boolean => sortable(kept.seq) + kept.message < sortable(seq?.n ?? 0) + id;

/** A word that it leaves is never taken back, and stands above one of the same second. */
const newnessOf = (at: number, detail: HelloDetail): string =>
  sortable('leaving' in detail ? 1 : 0, at) + JSON.stringify(detail);

export const reduceHello = (
  tables: Tables,
  told: LedgerMessage<BodyOf<'runner.hello'> | BodyOf<'user.hello'>>,
): void => {
  const role = told.type === 'runner.hello' ? 'runner' : 'user';
  const { invite, ...rest } = told.body;
  const detail = { ...rest, nonce: undefined };
  const before = tables.get('hellos', told.from);
  const { name } = rest;
  meetKey(tables, told.from, role, name);
  if (invite) useInvite(tables, invite.id, told);
  if (!before || newnessOf(told.at, detail) > newnessOf(before.at, before.detail))
    tables.put('hellos', { pubkey: told.from, role, name, detail, at: told.at });
};

const useInvite = (tables: Tables, id: string, { from, id: message }: LedgerMessage): void => {
  const before = tables.get('used_invites', id, from)?.message ?? message;
  tables.put('used_invites', { id, pubkey: from, message: before < message ? before : message });
};

export const reduceTrust = (tables: Tables, told: LedgerMessage<BodyOf<'runner.trust'>>): void => {
  const runner = told.to;
  const before = tables.get('trust', runner);
  const seq = told.seq?.n ?? 0;
  const newer = !before || told.epoch.n > before.epoch || (told.epoch.n === before.epoch && seq > before.seq);
  if (newer)
    tables.put('trust', {
      pubkey: runner,
      name: told.body.runner,
      state: trustAfter(told.body.state, tables.get('goodbyes', runner) !== undefined),
      epoch: told.epoch.n,
      seq,
    });
};

/** Whichever came first: who left is not trusted again, and may be revoked. */
const trustAfter = (said: RunnerTrust, hasLeft: boolean): RunnerTrust =>
  said === 'trusted' && hasLeft ? 'left' : said;

export const reduceGoodbye = (tables: Tables, { from }: LedgerMessage<BodyOf<'runner.goodbye'>>): void => {
  tables.put('goodbyes', { pubkey: from });
  const before = tables.get('trust', from);
  if (before) tables.put('trust', { ...before, state: trustAfter(before.state, true) });
};

export const reduceLiveness = (
  tables: Tables,
  { runner, n, state }: RecordBody<'runner.liveness'>,
  { event }: Line,
): void => {
  const before = tables.get('runner_liveness', runner);
  const others = (before?.recorded ?? []).filter(([one]) => one !== n);
  const recorded = [...others, [n, event.created_at] as [number, number]]
    .sort(([a], [b]) => b - a)
    .slice(0, MOST_LIVENESS);
  const newest = before && before.n > n ? before : { n, state };
  tables.put('runner_liveness', { runner, n: newest.n, state: newest.state, recorded });
};
