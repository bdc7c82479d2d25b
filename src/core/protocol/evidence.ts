/** Signed events embedded in a message: the same checks as the door's innermost layer, and no effects. */
import type { Suite } from '../crypto/suite.ts';
import { readShape } from '../encoding/read-shape.ts';
import { parseStrict } from '../encoding/strict-json.ts';
import type { SignedEvent } from '../nostr/event.ts';
import { eventId, isSignedEventShape, verifySignature } from '../nostr/event.ts';
import type { Role } from '../vocabulary.ts';
import { KIND, WIRE_VERSION } from './message.ts';
import { altOf, kindOf, sessionOf } from './messages/row.ts';
import { rowOf } from './table.ts';
import type { Tags } from './tags.ts';
import { parseTags } from './tags.ts';

export type Evidence = { event: SignedEvent; tags: Tags; body: unknown };
/** What the evidence must be, besides genuine. `about` looks at the body. */
export type EvidenceWanted = {
  type: string;
  role: Role;
  graph: string;
  signer?: string;
  about?: (body: never, tags: Tags) => boolean;
};
type State = {
  event: SignedEvent;
  wanted: EvidenceWanted;
  suite: Suite;
  tags: Tags | null;
  exact: boolean;
  body: unknown;
};
type EvidenceCheck = { name: string; test(s: State): boolean };

const bodyOf = (event: SignedEvent): unknown => {
  try {
    return parseStrict(event.content);
  } catch {
    return undefined;
  }
};
const tagsOf = (event: SignedEvent): { tags: Tags | null; exact: boolean } => {
  try {
    return parseTags(event.tags);
  } catch {
    return { tags: null, exact: false };
  }
};

export const EVIDENCE_CHECKS: readonly EvidenceCheck[] = [
  { name: 'evidence_shape', test: (s) => isSignedEventShape(s.event) },
  { name: 'evidence_tags', test: (s) => s.exact },
  { name: 'evidence_id', test: (s) => eventId(s.suite, s.event) === s.event.id },
  { name: 'evidence_signature', test: (s) => verifySignature(s.suite, s.event) },
  {
    name: 'evidence_signer',
    test: (s) => s.wanted.signer === undefined || s.wanted.signer === s.event.pubkey,
  },
  {
    name: 'evidence_role',
    test: ({ event, wanted: { type, role } }) => {
      const row = rowOf(type);
      return event.kind === (row ? kindOf(row, role) : KIND[role]);
    },
  },
  { name: 'evidence_version', test: (s) => s.tags!.v === WIRE_VERSION },
  { name: 'evidence_graph', test: (s) => s.tags!.graph === s.wanted.graph },
  { name: 'evidence_type', test: (s) => s.tags!.type === s.wanted.type },
  {
    name: 'evidence_body',
    test: (s) => {
      const row = rowOf(s.wanted.type);
      return row === undefined || readShape(row.body, s.body).success;
    },
  },
  {
    name: 'evidence_session',
    test: ({ tags, wanted: { type }, body }) =>
      // Of a body that is none the check above says so
      rowOf(type) === undefined || body === undefined || (tags!.session ?? undefined) === sessionOf(body),
  },
  {
    name: 'evidence_alt',
    test: ({ tags, wanted: { type, role }, body }) => {
      const row = rowOf(type);
      return tags!.alt === (row ? altOf(row, role, body) : null);
    },
  },
  {
    name: 'evidence_subject',
    test: (s) => s.wanted.about?.(s.body as never, s.tags!) ?? true,
  },
];

/** The evidence, or the name of the first check that it fails. */
export const verifyEvidence = (
  suite: Suite,
  event: SignedEvent,
  wanted: EvidenceWanted,
  checks = EVIDENCE_CHECKS,
): Evidence | { denial: string } => {
  const state: State = { event, wanted, suite, ...tagsOf(event), body: bodyOf(event) };
  for (const check of checks) if (!check.test(state)) return { denial: check.name };
  return { event, tags: state.tags!, body: state.body };
};

/** Type tag of the event by which a node key says that it belongs to an assignment. */
export const NODE_PROOF = 'node.proof';
