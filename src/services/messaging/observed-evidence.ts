/** Signed events that a runner embeds in what it observed: genuine, about that subject, and saying what it says. */

import { digestOf } from '../../core/encoding/canonical.ts';
import { isWord } from '../../core/encoding/grammar.ts';
import type { SignedEvent } from '../../core/nostr/event.ts';
import type { Verdict } from '../../core/protocol/authorize.ts';
import { verifyEvidence } from '../../core/protocol/evidence.ts';
import type { Message } from '../../core/protocol/message.ts';
import type { BodyOf } from '../../core/protocol/table.ts';
import { rowOf } from '../../core/protocol/table.ts';
import type { Decision } from '../../core/vocabulary.ts';
import { WORK_TYPES } from '../../core/vocabulary.ts';
import { awaitsSession } from './attribution.ts';
import type { Home } from './home.ts';
import { reject } from './verdict.ts';

/** What a request shows and a decision repeats is what its digest is of. */
export const isWhole = (
  home: Home,
  { subject, subjectDigest }: { subject?: unknown; subjectDigest?: unknown },
): boolean => subject !== undefined && digestOf(home.suite, subject) === subjectDigest;

const tagOf = (event: SignedEvent, name: string): string =>
  event.tags.find((tag) => tag[0] === name)?.[1] ?? '';
const typeOf = (event: SignedEvent): string => tagOf(event, 'type');

/** What a decision among the evidence, which was found genuine, says; undefined for other evidence. */
export const decisionOf = (event: SignedEvent): unknown => {
  const type = typeOf(event);
  if (type === 'grant') return 'approved' satisfies Decision;
  return type === 'approval.response' ? JSON.parse(event.content).decision : undefined;
};

/** A request is of who is said to have asked, a result of the state that is told. */
export const isOfSession = (
  told: BodyOf<'session.observed'>,
  body: Record<string, unknown>,
  type: string,
  { pubkey }: SignedEvent,
): boolean =>
  body.attempt === told.attempt &&
  (isWord(WORK_TYPES, type) ? pubkey === told.requester : body.state === told.state);

/**
 * Work that was asked of the node under a key that it had at this runner, or may have: of an offer that is open the key may come later,
 * and is none that is known here.
 */
const isAskedThere = ({ tables }: Home, event: SignedEvent, node: string, runner: string): boolean => {
  const asked = tagOf(event, 'p');
  const isNew = tables.get('keys', asked) === undefined;
  return (
    isWord(WORK_TYPES, typeOf(event)) &&
    tables
      .list('assignments', { node, runner })
      .some(({ pubkey, state }) => (pubkey === null ? state === 'offered' && isNew : pubkey === asked))
  );
};

/** By evidence that was found genuine: an attempt begins with the request for it, which may come after what was told later. */
export const ofBeginning = (home: Home, m: Message<BodyOf<'session.observed'>>): Verdict | null => {
  const { evidence, node, session, attempt, step } = m.body;
  if (evidence.some((event) => isAskedThere(home, event, node, m.from))) return null;
  return step === 1 ? reject('bad_evidence') : awaitsSession(`attempt ${session} ${attempt}`);
};

const EVIDENCE_TYPES = [...WORK_TYPES, 'task.result', 'approval.request', 'approval.response', 'grant'];

/** Genuine, of this graph, about that subject, by a key that is known here in a role that signs such a type. */
export const isEvidence = (
  home: Home,
  event: SignedEvent,
  about: (body: Record<string, unknown>, type: string) => boolean,
): boolean => {
  const type = typeOf(event);
  const role = home.tables.get('keys', event.pubkey)?.role;
  if (!EVIDENCE_TYPES.includes(type) || !role || role === 'operator' || !rowOf(type)!.signers.includes(role))
    return false;
  return !(
    'denial' in
    verifyEvidence(home.suite, event, {
      type,
      role,
      graph: home.graph,
      about: (body) => about(body as Record<string, unknown>, type),
    })
  );
};
