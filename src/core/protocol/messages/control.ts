/** Messages of the Host Authority: control. */

import * as z from 'zod';
import { chain } from '../../authority/chain.ts';
import {
  LEASE_MS,
  MAX_END_REASON,
  MAX_NODES,
  MAX_ROUTES_BYTES,
  MAX_SPEC,
  MAX_SSH_KEY,
  MAX_SSH_KEYS,
  MAX_TLOG_PROOF,
} from '../../bounds.ts';
import { once } from '../../encoding/once.ts';
import {
  count,
  digest,
  hex,
  list,
  matching,
  name,
  pubkey,
  reason,
  relayUrls,
  text,
  uuid,
} from '../../encoding/schema.ts';
import { logged } from '../../evidence/dsse.ts';
import { DURATION, RATE } from '../../grammars.ts';
import { reachSchema } from '../../graph/network.ts';
import {
  ASSURANCES,
  BINDINGS,
  EVIDENCE_DENIALS,
  HOME_KINDS,
  MEMBER_ROLES,
  NODE_KINDS,
  OPERATIONS,
  PUBLISH_GATES,
  RELATIONS,
  SECRET_DENIALS,
  SIDES,
  TRUST_DECISIONS,
} from '../../vocabulary.ts';
import { LEASES_A_BEAT } from './observe.ts';
import { row, signedEvent } from './row.ts';

const signers = ['host'] as const;
const toRunner = { signers, to: ['runner'] as const };
const toAll = { signers, to: MEMBER_ROLES };

/** A value in base64, and that as NIP-44 text. */
const MAX_BOX = 17_000;

const relation = once(() =>
  z.strictObject({
    relation: z.enum(RELATIONS),
    side: z.enum(SIDES),
    only: list(text(64), 32).optional(),
    max_concurrent: count.optional(),
    rate: matching(RATE).optional(),
    disabled: z.boolean().optional(),
  }),
);
/** A neighbour in routes. */
export const peer = once(() =>
  z.strictObject({
    name,
    kind: z.enum(NODE_KINDS),
    pubkey: pubkey.nullable(),
    person: name.optional(),
    relays: relayUrls,
    relations: list(relation(), 64),
    since: count
      .optional()
      .describe('the revision since which both stand to each other as they do; left out: that of the routes'),
    ssh: list(text(MAX_SSH_KEY), MAX_SSH_KEYS)
      .optional()
      .describe('SSH keys of a person, to an agent whose publications they approve'),
    reach: reachSchema().optional().describe('of an agent, to people'),
    gate: z
      .enum(PUBLISH_GATES)
      .optional()
      .describe('of an agent whose publications are approved, to people: what holds them back'),
  }),
);
/** Where the neighbours of routes are that their message cannot hold: in a blob, of which they are the `peers`. */
const peersBlob = once(() =>
  z.strictObject({
    sha256: digest,
    size: z.int().min(1).max(MAX_ROUTES_BYTES),
    peers: z.int().min(1).max(MAX_NODES),
  }),
);
/** What an approval policy says of one operation. */
export const approvalRule = once(() =>
  z.strictObject({
    by: list(name, 32),
    quorum: z.int().min(1).max(32),
    four_eyes: z.boolean().optional(),
    expires: matching(DURATION).optional(),
    binding: z.enum(BINDINGS).optional(),
    assurance: z.enum(ASSURANCES).optional(),
  }),
);
export const routesBody = once(() => ({
  n: count,
  revision: count,
  digest,
  self: z.strictObject({ name, kind: z.enum(NODE_KINDS), pubkey: pubkey.nullable() }),
  /** None where they are in `list`. */
  peers: list(peer().extend({ accept: signedEvent().optional() }), 1000),
  list: peersBlob().optional(),
  approval: z.partialRecord(z.enum(OPERATIONS), approvalRule()),
  /** By operation: what its approvals are bound to. */
  policy: z.partialRecord(z.enum(OPERATIONS), digest),
}));

export const control = {
  'authority.rotate': row({
    ...toAll,
    admission: true,
    body: () => ({
      chain: chain().describe('from the key by which the graph is named to the one that signs this'),
    }),
    doc: 'Another key signs for the Host from now on: each statement is signed by the key before it, or by the recovery key.',
  }),
  'runner.trust': row({
    ...toRunner,
    body: () => ({ runner: name, state: z.enum(TRUST_DECISIONS), reason: text(200).optional() }),
    doc: 'The operator’s decision about a runner, as the Host’s word.',
  }),
  routes: row({
    ...toAll,
    body: () => routesBody(),
    doc: 'Full snapshot of one participant’s neighbourhood; the highest (epoch, n) wins. Peers that no message holds are a blob of the Host’s, JSON with `owner`, `epoch`, `n` and `peers`.',
  }),
  'assignment.offer': row({
    ...toRunner,
    body: () => ({
      assignment: uuid,
      node: name,
      fence: count,
      revision: count,
      digest,
      leaseMs: z.int().min(LEASE_MS.least).max(LEASE_MS.most),
      challenge: hex(16),
      spec: text(MAX_SPEC),
    }),
    doc: 'Offers one agent node at one revision to a runner, under a fence number.',
  }),
  'assignment.renew': row({
    ...toRunner,
    ephemeral: true,
    body: () => ({
      beat: hex(16),
      leases: list(z.strictObject({ assignment: uuid, fence: count, leaseMs: count }), LEASES_A_BEAT),
    }),
    doc: 'Renews leases; each counts from the moment the runner sent the heartbeat that this answers.',
  }),
  'assignment.revoke': row({
    ...toRunner,
    body: () => ({ assignment: uuid, fence: count, reason }),
    doc: 'Ends an assignment.',
  }),
  'session.cancel': row({
    ...toRunner,
    body: () => ({
      session: uuid,
      reason: text(MAX_END_REASON).optional().describe('words of the operator, for whoever asked for it'),
    }),
    doc: 'Ends a session whose node the runner has, as its requester might.',
  }),
  'secret.grant': row({
    ...toRunner,
    answers: ['secret.request'],
    body: () => ({
      assignment: uuid,
      fence: count,
      name,
      version: hex(16),
      key: pubkey.describe('of the Host, for this grant alone'),
      box: text(MAX_BOX).describe('the value in base64, by NIP-44 between the one-time keys of both'),
      holds: list(z.strictObject({ name, version: hex(16) }), 4)
        .optional()
        .describe('of a git principal: the secrets that are in the box'),
    }),
    doc: 'The value of a secret, which only whoever holds the one-time key of the request can read, and nobody when that is gone.',
  }),
  'secret.deny': row({
    ...toRunner,
    answers: ['secret.request'],
    body: () => ({ assignment: uuid, fence: count, name, reason: z.enum(SECRET_DENIALS) }),
    doc: 'Why a secret is not granted.',
  }),
  'evidence.statement': row({
    ...toRunner,
    answers: ['evidence.request'],
    body: () => ({
      session: uuid,
      approval: uuid,
      statement: logged()
        .optional()
        .describe('an in-toto statement in base64, with the key and the signature of the log of the Host'),
      reason: z.enum(EVIDENCE_DENIALS).optional(),
      rotations: list(signedEvent().extend({ content: text(1_000) }), 8)
        .optional()
        .describe('records by which the log of the Host got another key, for anybody to check'),
    }),
    doc: 'What the Host states of an approved commit, for anybody to check; or why it states nothing.',
  }),
  'evidence.logged': row({
    ...toRunner,
    answers: ['evidence.request'],
    body: () => ({
      session: uuid,
      approval: uuid,
      proof: text(MAX_TLOG_PROOF).describe('a C2SP tlog-proof: of the statement, in the log of the Host'),
    }),
    doc: 'The proof that what the Host stated of a commit is in its log, when the log has signed a head with it.',
  }),
  'host.beat': row({
    signers,
    to: HOME_KINDS,
    ephemeral: true,
    body: () => ({ revision: count, digest: digest.nullable() }),
    doc: 'The Host lives, at this epoch and revision.',
  }),
  'checkpoint.proof': row({
    ...toAll,
    ephemeral: true,
    body: () => ({
      asked: hex(32).nullable().describe('the checkpoint that the asker holds'),
      checkpoint: signedEvent().describe('of the ledger of the Host, as it stands there'),
      proof: list(hex(32), 128)
        .nullable()
        .describe(
          'that it follows from the one that the asker holds (RFC 6962); null: that one is not in the ledger',
        ),
      restored: count.describe('the epoch by which the Host took over last, 0: never'),
    }),
    doc: 'A checkpoint of the Host’s ledger, and that nothing before the one that the asker holds was changed.',
  }),
};
