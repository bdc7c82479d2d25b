/** Genuine messages that cannot be judged yet: kept with what they await, and found again when that is here. */
import { isWord } from '../../core/encoding/grammar.ts';
import type { Entry } from '../../core/ledger/line.ts';
import type { RowOf } from '../../core/projection/rows.ts';
import type { Verdict } from '../../core/protocol/authorize.ts';
import type { Message } from '../../core/protocol/message.ts';
import type { BodyOf } from '../../core/protocol/table.ts';
import { OPEN_ASSIGNMENT_STATES } from '../../core/vocabulary.ts';
import { addressee } from './authority.ts';
import type { Home } from './home.ts';
import { epochOf, nowSeconds, revisionOf } from './home.ts';
import { recordOf } from './rejections.ts';

const HELD_PER_SIGNER = 1000;
/** Of these, messages that follow one which is not here: each names another, so they are the cheapest to make. */
const AWAITING_PER_SIGNER = 50;
/** Held messages that are looked at for their age in one round. */
const AGED_AT_ONCE = 50;
const HELD_SECONDS = 24 * 3600;

export type HeldMessage = RowOf<'held_messages'>;

/** Everything but messages that a held one may wait for, as one value to compare. */
const knownFacts = (home: Home): string => {
  const revisions = [...home.identities.keys()].map((me) => revisionOf(home, me));
  return [epochOf(home).n, ...revisions, home.leases.basis].join();
};

/** It runs here no more, so that no lease of it comes. */
const isOver = ({ tables }: Home, me: string): boolean => {
  const all = tables.list('assignments', { pubkey: me });
  return all.length > 0 && !all.some(({ state }) => isWord(OPEN_ASSIGNMENT_STATES, state));
};

/** Whether the awaited fact of a held message is here, or never will be. */
const isHere = (home: Home, { awaits, me, signer }: HeldMessage): boolean => {
  const [what, value, n] = awaits.split(' ');
  if (what === 'epoch') return epochOf(home).n >= Number(value);
  if (what === 'revision') return revisionOf(home, me) >= Number(value);
  if (what === 'message') return home.tables.get('messages', value!, 'in') !== undefined;
  const told = { kind: 'session', id: value!, by: signer } as const;
  if (what === 'session') return home.tables.count('transitions', told) > 0;
  if (what === 'attempt') return home.tables.count('transitions', { ...told, attempt: Number(n) }) > 0;
  return home.leases.isLive(me) || isOver(home, me);
};

/** Nobody opens a held message before the fact that it awaits is here, however many there are and in every process. */
export class HeldMessages {
  readonly #home: Home;
  /** What epochs, revisions and leases were when held messages were last looked at. */
  #looked = '';
  /** Facts that came since, as held messages name them. */
  readonly #arrived: string[] = [];

  constructor(home: Home) {
    this.#home = home;
  }

  /** A message was accepted. */
  noteArrival({ id, session, type, body }: Message): void {
    this.#arrived.push(`message ${id}`, ...(session === null ? [] : [`session ${session}`]));
    if (type !== 'session.observed') return;
    const began = body as BodyOf<'session.observed'>;
    this.#arrived.push(`attempt ${began.session} ${began.attempt}`);
  }

  /** Hands over each one whose fact is here; what `judge` does not hold again waits for nothing any more. */
  async judgeDue(judge: (row: HeldMessage) => Promise<{ held?: string } | undefined>): Promise<void> {
    const { tables } = this.#home;
    const [count, known] = [this.#arrived.length, knownFacts(this.#home)];
    const came = this.#arrived.flatMap((awaits) => tables.list('held_messages', { awaits }));
    const isNews = known !== this.#looked;
    const others = isNews ? tables.list('held_messages').filter((row) => isHere(this.#home, row)) : [];
    const rows = new Map([...came, ...others].map((row) => [row.id, row]));
    for (const row of rows.values()) if (!(await judge(row))?.held) await this.#drop(row);
    // Only now: what an error broke off is looked at in the next round.
    this.#arrived.splice(0, count);
    this.#looked = known;
  }

  /** A day is enough for what comes out of order. */
  async dropOld(): Promise<void> {
    const oldest = this.#home.tables.list('held_messages', {}, { order: 'at', limit: AGED_AT_ONCE });
    for (const row of oldest) if (nowSeconds(this.#home) - row.at > HELD_SECONDS) await this.#drop(row);
  }

  async #drop({ id }: HeldMessage): Promise<void> {
    if (!this.#home.tables.get('held_messages', id)) return;
    const event = recordOf(this.#home, 'message.dropped', { id, reason: 'not_held' });
    await this.#home.ledger.append(() => [{ dir: 'local', event }]);
  }
}

/** What writes it down as held, nothing where it is held for this already; null where its signer has no room. */
export const holdEntries = (
  home: Home,
  m: Message,
  seal: Entry['event'],
  { reason, awaits }: Extract<Verdict, { is: 'hold' }>,
): Entry[] | null => {
  const before = home.tables.get('held_messages', m.id);
  if (before?.awaits === awaits) return [];
  if (!before && isFull(home, m.from, reason)) return null;
  const body = { id: m.id, signer: m.from, me: addressee(m), reason, awaits, seal: seal as never };
  return [{ dir: 'local', event: recordOf(home, 'message.held', body) }];
};

const isFull = ({ tables }: Home, signer: string, reason: string): boolean =>
  tables.count('held_messages', { signer }) >= HELD_PER_SIGNER ||
  (reason.startsWith('awaits_') && tables.count('held_messages', { signer, reason }) >= AWAITING_PER_SIGNER);
