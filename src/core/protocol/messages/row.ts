/** The shape of one row of the message table, and the bounded pieces that body schemas are made of. */
import * as z from 'zod';
import { MAX_GRANT } from '../../bounds.ts';
import { once } from '../../encoding/once.ts';
import { count, hex, list, pubkey, text, uuid } from '../../encoding/schema.ts';
import type { Sending } from '../../graph/edges.ts';
import type { Role } from '../../vocabulary.ts';
import { CONSENT_KIND, KIND } from '../message.ts';

/** Who may say a type to whom, what it answers, and what its body looks like. Everything else derives from this. */
export type MessageRow<S extends z.ZodType = z.ZodType> = {
  readonly signers: readonly Role[];
  readonly to: readonly Role[];
  /** Edge sides that may send it; `any`: over whatever edge joins the two; null: the control plane, no edge. */
  readonly sends: readonly Sending[] | 'any' | null;
  /** Types of the receiver's own messages it answers: `e` must name one that the receiver sent to the signer. */
  readonly answers: readonly string[] | null;
  /** Types of the signer's own earlier message `e` may name instead: held until that one is here. */
  readonly follows: readonly string[] | null;
  readonly ephemeral: boolean;
  /** May come from a stranger who asks to be let in. */
  readonly admission: boolean;
  /** The last word of its signer: only that it came is said to them after it, and nothing makes up for where that is lost. */
  readonly isLast: boolean;
  /**
   * Consent of a person, signed as its own kind: what is agreed to, in one sentence, from the body alone. The signer puts
   * it into the `alt` tag (NIP-31), the receiver computes it again. Null for every other type.
   */
  readonly consent: ((body: never) => string) | null;
  readonly body: S;
  readonly doc: string;
};

type Types = readonly string[] | null;
type RowOptions<S extends z.ZodRawShape, A extends Types, F extends Types> = Partial<
  Omit<MessageRow, 'body' | 'doc' | 'signers' | 'to' | 'consent' | 'answers' | 'follows'>
> & {
  answers?: A;
  follows?: F;
  signers: readonly Role[];
  to: readonly Role[];
  /** Called when a body of it is first looked at: whoever only names types pays for none of their schemas. */
  body: () => S;
  consent?: (body: z.infer<z.ZodObject<S>>) => string;
  doc: string;
};

/** Completes a row: control plane, durable, answering nothing, unless it says otherwise. */
export const row = <S extends z.ZodRawShape, A extends Types = null, F extends Types = null>(
  options: RowOptions<S, A, F>,
) => {
  const { body: fields, ...said } = options;
  const made = () => z.strictObject({ nonce: hex(16), ...fields() });
  let schema: ReturnType<typeof made> | undefined;
  return {
    sends: null,
    ephemeral: false,
    admission: false,
    isLast: false,
    consent: null,
    ...said,
    // Their types say to the sender's compiler whether a draft names another message
    answers: (options.answers ?? null) as A,
    follows: (options.follows ?? null) as F,
    get body() {
      schema ??= made();
      return schema;
    },
  };
};

/** The kind that a role signs messages of this row as; the node runtime and the Host never consent. */
export const kindOf = ({ consent }: Pick<MessageRow, 'consent'>, role: Role): number =>
  consent !== null && role === 'user' ? CONSENT_KIND : KIND[role];

/** The role that signs this row as that kind: of type and kind together, never of a kind alone. */
export const signerRole = (row: MessageRow, kind: number): Role | undefined =>
  row.signers.find((role) => kindOf(row, role) === kind);

/** The `alt` tag that a message of this row by that role must have; null: none. */
export const altOf = ({ consent }: Pick<MessageRow, 'consent'>, role: Role, body: unknown): string | null =>
  consent !== null && role === 'user' ? consent(body as never) : null;

/** Of which session a body is, itself or by its subject: its message says the same in a tag. */
export const sessionOf = (body: unknown): unknown => {
  const { session, subject } = body as { session?: unknown; subject?: { session?: unknown } };
  return session ?? subject?.session;
};

/** Grants by which a request was approved, and which of its uses that was of each. */
export const usedGrants = once(() =>
  list(z.strictObject({ grant: uuid, use: z.int().min(1).max(MAX_GRANT.uses) }), 4),
);
export type UsedGrant = z.infer<ReturnType<typeof usedGrants>>[number];

/** A signed event carried as evidence: only its shape is checked here, `verifyEvidence()` does the rest. */
export const signedEvent = once(() =>
  z.strictObject({
    id: hex(32),
    pubkey,
    created_at: count,
    kind: z.int().min(0).max(65535),
    tags: list(list(text(200), 4), 20),
    content: text(16_000),
    sig: hex(64),
  }),
);
