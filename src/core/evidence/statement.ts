/** What a Host states of an approved commit: an in-toto Statement v1, as canonical JSON. */
import * as z from 'zod';
import { MAX_SSH_KEY, MAX_SSH_KEYS } from '../bounds.ts';
import { toBase64, utf8 } from '../encoding/bytes.ts';
import { canonicalize } from '../encoding/canonical.ts';
import { commitId, count, digest, hex, list, name, pubkey, text } from '../encoding/schema.ts';
import { edgeObjectSchema } from '../graph/file/schema.ts';
import { publishSubject } from '../protocol/messages/publish-subject.ts';
import { ASSURANCES, ENGINE_TYPES, SANDBOX_KINDS } from '../vocabulary.ts';

const STATEMENT_TYPE = 'https://in-toto.io/Statement/v1';
export const PREDICATE_TYPE = 'https://entangle.run/approval/v1';

/** Who may approve, of how many persons it takes: its digest stands in the subject that each of them signed. */
const statedTerms = z.strictObject({
  node: name,
  operation: z.literal('source.publish'),
  quorum: z.int().min(1).max(32),
  four_eyes: z.boolean(),
  expires: z.string().max(32).nullable(),
  binding: z.null(),
  assurance: z.enum(ASSURANCES).nullable(),
  turns: z.null(),
  approvers: list(
    z.strictObject({
      name,
      pubkey,
      person: name,
      ssh: list(text(MAX_SSH_KEY), MAX_SSH_KEYS),
      edge: edgeObjectSchema().nullable(),
    }),
    32,
  ),
});

const predicate = z.strictObject({
  subject: publishSubject(),
  subjectDigest: digest,
  revision: z.strictObject({ n: count, digest }),
  terms: statedTerms,
  /** People through whose hands the task came: under four_eyes none of them approves. */
  requesters: list(z.strictObject({ name, person: name, pubkey }), 32),
  /** Approvals that the Host has seen, by the ids of their events. */
  decisions: list(z.strictObject({ event: hex(32), pubkey, person: name }), 32),
  node: z.strictObject({ name, pubkey }),
  runner: z.strictObject({ name, pubkey }),
  engine: z.enum(ENGINE_TYPES),
  sandbox: z.enum(SANDBOX_KINDS),
});
export type Predicate = z.infer<typeof predicate>;

export const statementShape = z.strictObject({
  _type: z.literal(STATEMENT_TYPE),
  subject: z.tuple([
    z.strictObject({ name: z.literal('commit'), digest: z.strictObject({ gitCommit: commitId }) }),
    z.strictObject({ name: z.literal('tree'), digest: z.strictObject({ gitTree: commitId }) }),
  ]),
  predicateType: z.literal(PREDICATE_TYPE),
  predicate,
});
export type Statement = z.infer<typeof statementShape>;

/** In base64, as an envelope carries it. */
export const writeStatement = (tree: string, said: Predicate): string => {
  const statement: Statement = {
    _type: STATEMENT_TYPE,
    subject: [
      { name: 'commit', digest: { gitCommit: said.subject.commit } },
      { name: 'tree', digest: { gitTree: tree } },
    ],
    predicateType: PREDICATE_TYPE,
    predicate: said,
  };
  return toBase64(utf8(canonicalize(statement)));
};
