/** Signed events that a runner embeds in what it observed: genuine, about that subject, and saying what it says. */

import { digestOf } from '../../core/encoding/canonical.ts';
import { isWord } from '../../core/encoding/grammar.ts';
import type { SignedEvent } from '../../core/nostr/event.ts';
import { verifyEvidence } from '../../core/protocol/evidence.ts';
import type { BodyOf } from '../../core/protocol/table.ts';
import { rowOf } from '../../core/protocol/table.ts';
import type { Decision } from '../../core/vocabulary.ts';
import { WORK_TYPES } from '../../core/vocabulary.ts';
import type { Home } from './home.ts';

/** What a request shows and a decision repeats is what its digest is of. */
export const isWhole = (
  home: Home,
  { subject, subjectDigest }: { subject?: unknown; subjectDigest?: unknown },
): boolean => subject !== undefined && digestOf(home.suite, subject) === subjectDigest;

const typeOf = (event: SignedEvent): string => event.tags.find((tag) => tag[0] === 'type')?.[1] ?? '';

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
