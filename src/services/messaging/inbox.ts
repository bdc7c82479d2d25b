/** What a wrap from a relay becomes: accepted into the ledger, held, kept as late, refused and counted, for good or for now. */

import { conversationKey } from '../../core/crypto/nip44.ts';
import { fromHex } from '../../core/encoding/bytes.ts';
import { type InTurn, inTurn } from '../../core/in-slices.ts';
import type { Entry } from '../../core/ledger/line.ts';
import { authorize, type Verdict } from '../../core/protocol/authorize.ts';
import type { Message } from '../../core/protocol/message.ts';
import { type GenuineWrap, open, openSeal, Rejected } from '../../core/protocol/open.ts';
import type { OpenContext } from '../../core/protocol/open-checks.ts';
import { addressee, isAuthority, isRetired, secretOf } from './authority.ts';
import { authorizationContextOf, roleOfKey } from './authorization-context.ts';
import { type HeldMessage, HeldMessages } from './held-messages.ts';
import type { Home } from './home.ts';
import { nowSeconds } from './home.ts';
import { conflictEntries } from './host-conflict.ts';
import { isFenced, judgeMessage, knownSigner, type Outcome } from './judge.ts';
import { readLine } from './read-event.ts';
import { createRefusedWraps } from './refused-wraps.ts';
import type { Rejections } from './rejections.ts';
import { rememberWrap } from './remembered-wraps.ts';
import { createTickets } from './tickets.ts';

const STRANGERS_PER_SECOND = 5;
const WRAP_ID = /"id"\s*:\s*"([0-9a-f]{64})"/;
const WRAP_RECIPIENT = /\[\s*"p"\s*,\s*"([0-9a-f]{64})"/;

export type InboxEvents = {
  /** A durable message was accepted (or seen again): its stream wants an acknowledgement. */
  settled(m: Message): void;
  /** It was kept moments ago, here or by another process of this home: its stream wants one where nobody gives it. */
  repeated(m: Message): void;
  /** This wrap is not needed any more: what it holds is in the ledger, durable or soon to be, or refused for good. */
  read(me: string, wrapId: string): void;
  /** Something new is in the read models. */
  changed(): void;
  /** An authorized ephemeral message. */
  ephemeral(m: Message): void;
  /** Another boot of this Host was heard under this epoch, and is written down. */
  fenced(epoch: number): void;
};
export type Inbox = {
  receive(text: string): Promise<void>;
  /** Judges again what was held, and what came from strangers who are known by now. */
  rejudge(): Promise<void>;
};

export const createInbox = (
  home: Home,
  rejects: Rejections,
  on: InboxEvents,
  take: InTurn = inTurn(home.clock),
): Inbox => {
  const door = openContextOf(home);
  const held = new HeldMessages(home);
  const isKnown = (signer: string, me: string) => roleOfKey(home, signer, me) !== undefined;
  const refused = createRefusedWraps(home, isKnown, on.read);
  const judgeAndKeep = async (m: Message, seal: Entry['event']): Promise<Outcome> => {
    let outcome: Outcome = { settled: false };
    await home.ledger.append(() => {
      outcome = judgeMessage(home, m, seal, rejects);
      return outcome.entries ?? [];
    });
    if (outcome.settled) {
      on.settled(m);
      held.noteArrival(m);
    }
    if (outcome.repeated) on.repeated(m);
    if (outcome.entries?.length) on.changed();
    return outcome;
  };
  const keepConflict = async (m: Message, verdict: Verdict): Promise<void> => {
    if (conflictEntries(home, m, verdict).length === 0) return;
    // Again: another process of this home may have written it down meanwhile
    await home.ledger.append(() => conflictEntries(home, m, verdict));
    on.changed();
  };
  const openNew = (text: string): Message | undefined => {
    const wrapId = WRAP_ID.exec(text)?.[1] ?? '';
    if (home.tables.get('seen', wrapId) ?? home.tables.get('refused', wrapId)) {
      const [, me] = WRAP_RECIPIENT.exec(text) ?? [];
      if (me !== undefined) on.read(me, wrapId);
      return undefined;
    }
    return tryOpen(
      () => open(text, door()),
      rejects,
      (reason, wrap) => refused.note(reason, wrap, text),
    );
  };
  const receive = async (text: string): Promise<void> => {
    const opened = await take(() => openNew(text));
    if (!opened) return;
    if (opened.ephemeral) {
      const verdict = authorize(opened, authorizationContextOf(home, opened));
      if (verdict.is === 'accept') on.ephemeral(opened);
      else {
        rejects.count(verdict.reason, knownSigner(home, opened));
        await keepConflict(opened, verdict);
        if (isFenced(home, verdict)) on.fenced(opened.epoch.n);
      }
      return;
    }
    const { refused: reason, held: awaited } = await judgeAndKeep(opened, opened.seal);
    // The id that was verified: the one found by looking may stand in something a relay added.
    const { id } = JSON.parse(text);
    if (reason !== undefined)
      return refused.note(reason, { id, me: addressee(opened), signer: opened.event.pubkey }, text);
    refused.forget(id);
    // Another home of a person may follow the Host where this one does not. What is judged later is read when it comes again
    if (home.kind === 'user' && awaited === 'epoch_ahead') return;
    // What was verified to the bottom only: a forged copy cannot keep the genuine one out
    rememberWrap(home, 'seen', id);
    on.read(addressee(opened), id);
  };
  const judgeAgain = async (row: HeldMessage): Promise<Outcome | undefined> => {
    const { event } = await readLine(home, row.line);
    const { seal } = JSON.parse(event.content);
    const m = tryOpen(() => openSeal(JSON.stringify(seal), row.me, false, door()), rejects);
    return m && judgeAndKeep(m, seal);
  };
  return {
    receive,
    async rejudge() {
      for (const text of refused.takeKnown()) await receive(text);
      await held.judgeDue(judgeAgain);
      await held.dropOld();
    },
  };
};

const tryOpen = (
  opening: () => Message,
  rejects: Rejections,
  refused?: (reason: string, wrap: GenuineWrap) => void,
): Message | undefined => {
  try {
    return opening();
  } catch (error) {
    if (!(error instanceof Rejected)) throw error;
    rejects.count(error.reason, error.signer);
    if (error.wrap) refused?.(error.reason, error.wrap);
    return undefined;
  }
};

const openContextOf = (home: Home): (() => OpenContext) => {
  const tickets = createTickets(home);
  let windowStart = 0;
  let strangers = 0;
  return () => ({
    suite: home.suite,
    secretKeyOf: (me) => secretOf(home, me),
    conversationKey: (me, peer) =>
      home.pairs.get(me, peer, () =>
        conversationKey(home.suite, secretOf(home, me)!, fromHex(peer), home.random.bytes(32)),
      ),
    roleOf: (signer, me) => roleOfKey(home, signer, me),
    isRetired: (signer) => isRetired(home, signer),
    named: (me) => (isAuthority(home, me) ? home.host : me),
    admitStranger: (author) => {
      // Who holds an invite does not stand in line with those who hold none.
      if (author !== undefined && tickets.passes(author)) return true;
      const now = home.clock.monotonic();
      if (now - windowStart >= 1000) {
        windowStart = now;
        strangers = 0;
      }
      return strangers++ < STRANGERS_PER_SECOND;
    },
    graph: home.graph,
    now: nowSeconds(home),
    random: home.random.bytes,
  });
};
