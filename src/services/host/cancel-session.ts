/** An operator ends a session: the word of the operator is on record first, and the loop tells it to whoever runs the session. */
import { EntangleError } from '../../core/errors.ts';
import { endRefusal } from '../../core/host-api/session-end.ts';
import type { RowOf } from '../../core/projection/rows.ts';
import type { Home } from '../messaging/home.ts';
import { record } from '../messaging/rejections.ts';
import { type Attempt, goesOn, openAttempts } from './held-sessions.ts';
import type { Host } from './host.ts';

type Wanted = { session: string; reason?: string | undefined };

/** Durable before anything comes of it: it holds for every attempt, whoever runs that. */
export const cancelSession = (host: Host, { session, reason }: Wanted, by: string): Promise<void> =>
  host.mutex(async () => {
    const { tables } = host.home;
    const row = tables.get('sessions', session);
    if (!row)
      throw new EntangleError('not_found', `this Host was told of no session "${session}"`, {
        hint: 'see `entangle host session list`',
      });
    const { id, state } = row;
    const cancel = tables.get('wanted_cancels', id) ?? null;
    const refusal = endRefusal({ id, state, held: goesOn(host.home, row), cancel });
    if (refusal) throw refusal;
    await record(host.home, 'cancel.wanted', { session, by, ...(reason ? { reason } : {}) });
    host.poke();
  });

/** Each attempt is told of it once, however often this is asked. */
const tell = ({ home, exchange }: Host, session: string): Promise<void> => {
  const { reason } = home.tables.get('wanted_cancels', session) ?? {};
  return exchange.send(
    openAttempts(home, session).map(({ runner, attempt }) => ({
      ...{ type: 'session.cancel', from: home.self.pubkey, to: runner },
      body: { session, ...(reason ? { reason } : {}) },
      dedup: cancelDedup(session, attempt),
    })),
  );
};
const cancelDedup = (session: string, attempt: number): string => `cancel:${session}:${attempt}`;

/** What the runner of an attempt was told; undefined for nothing. */
export const toldCancel = (
  { tables, self }: Home,
  session: string,
  { runner: recipient, attempt }: Attempt,
): RowOf<'messages'> | undefined => {
  const dedup = cancelDedup(session, attempt);
  return tables.list('messages', { sender: self.pubkey, recipient, type: 'session.cancel', dedup }).at(-1);
};

/** What is over for good may lie in chunks, which nobody opens for this. */
const mayGoOn = ({ tables }: Home, session: string): boolean => {
  const row = tables.get('sessions', session);
  return row !== undefined && (row.open === 1 || row.asked_again !== null);
};

/** Looks once at each session that is wanted ended, and again where something was told of it. */
export const createCancels = (host: Host): (() => Promise<void>) => {
  const { tables, ledger } = host.home;
  const begun = new Set<string>();
  let looked = 0;
  return async () => {
    const { n } = ledger.head;
    const wanted = tables.count('wanted_cancels');
    if (wanted === 0) return;
    const anew =
      wanted === begun.size
        ? []
        : tables.list('wanted_cancels').flatMap(({ session }) => (begun.has(session) ? [] : [session]));
    const told = tables
      .list('messages', { type: 'session.observed', dir: 'in' }, { order: 'line', after: looked })
      .flatMap(({ session }) => (session !== null && begun.has(session) ? [session] : []));
    for (const session of new Set([...anew, ...told])) {
      if (mayGoOn(host.home, session)) await tell(host, session);
      begun.add(session);
    }
    looked = n;
  };
};
