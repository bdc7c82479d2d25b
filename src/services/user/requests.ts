/** Task requests of a person, and asking again where a node got a new key while its task was open. */
import type { Draft } from '../../core/protocol/compose.ts';
import type { AttachedFile } from '../../core/protocol/messages/task-body.ts';
import type { BodyOf } from '../../core/protocol/table.ts';
import { attachedOf } from '../messaging/attached.ts';
import { edgeDenial } from '../messaging/authorization-context.ts';
import type { Exchange } from '../messaging/exchange.ts';
import type { Home } from '../messaging/home.ts';
import { type CarriedText, wholeOf } from '../messaging/long-text.ts';
import { readBody } from '../messaging/read-event.ts';
import { peerOfSession } from './peers.ts';

const HOPS = 8;
const TURNS = 50;

/** What is asked, and the files that go with it. */
export type AskedText = { text: CarriedText; attached?: AttachedFile[] | undefined };

/** My name in the graph, which need not be the one of this home. */
const graphName = (home: Home): string => home.tables.get('routes', home.self.pubkey)?.name ?? home.self.name;

export const requestDraft = (
  home: Home,
  to: string,
  session: string,
  attempt: number,
  { text, attached }: AskedText,
): Draft<'task.request'> => ({
  type: 'task.request',
  from: home.self.pubkey,
  to,
  body: {
    session,
    attempt,
    task: text.head,
    ...wholeOf(text),
    ...attachedOf(attached),
    budget: { hops: HOPS, turns: TURNS, path: [graphName(home)] },
  },
  dedup: `task:${session}:${attempt}`,
});

export const cancelDraft = (
  home: Home,
  to: string,
  session: string,
  text: CarriedText,
): Draft<'task.cancel'> => ({
  type: 'task.cancel',
  from: home.self.pubkey,
  to,
  body: { session, reason: text.head, ...wholeOf(text) },
  dedup: `cancel:${session}`,
});

/**
 * The same task under the next attempt number, to the node's present key; with it, and before it, that it was
 * cancelled: the key before may never have heard of that, and nobody does it again meanwhile.
 */
export const reissue = async (home: Home, exchange: Exchange): Promise<void> => {
  for (const session of home.tables.list('sessions', { open: 1 })) {
    if (session.requester !== home.self.pubkey) continue;
    const current = peerOfSession(home, session)?.pubkey ?? null;
    if (current === null || current === session.node) continue;
    if (edgeDenial(home, home.self.pubkey, current, 'task.request', true)) continue;
    const request = await readBody<BodyOf<'task.request'>>(home, session.request);
    if (!request) continue;
    const text = { head: request.task, whole: request.whole };
    const again = requestDraft(home, current, session.id, session.attempt + 1, {
      text,
      attached: request.attached,
    });
    const reason = await cancelledFor(home, session.id);
    if (reason !== null && edgeDenial(home, home.self.pubkey, current, 'task.cancel', true)) continue;
    // Another process of this person may have ended or cancelled it meanwhile.
    const isSame = () =>
      home.tables.get('sessions', session.id)?.open === 1 &&
      (reason === null) === (cancelsOf(home, session.id).length === 0);
    const said = reason === null ? [again] : [cancelDraft(home, current, session.id, reason), again];
    await exchange.send(() => (isSame() ? said : []));
  }
};

const cancelsOf = (home: Home, session: string) =>
  home.tables.list('messages', { session, type: 'task.cancel', dir: 'out' });

const cancelledFor = async (home: Home, session: string): Promise<CarriedText | null> => {
  const [said] = cancelsOf(home, session);
  const body = said && (await readBody<BodyOf<'task.cancel'>>(home, said.id));
  return body ? { head: body.reason, whole: body.whole } : null;
};
