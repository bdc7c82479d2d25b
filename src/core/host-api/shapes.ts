/** What the Host API takes and answers, as schemas: the views that its operations share. */
import * as z from 'zod';
import { probeView } from '../acp/probe-record.ts';
import { turnUsage, usageSum } from '../acp/usage.ts';
import { MAX_SECRET_BYTES } from '../bounds.ts';
import { once } from '../encoding/once.ts';
import { count, digest, hex, labels, text } from '../encoding/schema.ts';
import { reachedPlaces } from '../graph/network.ts';
import {
  ASSIGNMENT_STATES,
  ENGINE_TYPES,
  LIVENESS,
  MEMBER_ROLES,
  NODE_KINDS,
  OBSERVED_SUBJECTS,
  OPERATIONS,
  OPERATOR_METHODS,
  OPERATOR_ROLES,
  OPERATOR_STATES,
  PRINCIPAL_GAPS,
  RELATIONS,
  RELAY_STATES,
  ROLES,
  SANDBOX_KINDS,
  TRUST_STATES,
} from '../vocabulary.ts';
import { principalView } from './principal-view.ts';

export const operatorRole = z.enum(OPERATOR_ROLES);
/** A name that is looked up: whatever fits into one segment of a path, known or not. */
export const givenName = z.string().regex(/^[A-Za-z0-9_][A-Za-z0-9_.:@~-]{0,127}$/, 'must be a name');
const time = text(32).describe('RFC 3339, UTC');
const npubText = text(80);
const uuid = text(36);
const name = text(64);
/** `sha256:` and 64 hex characters. */
const digestText = text(71);

/** A list, a page at a time. */
const pageOf = <T extends z.ZodType>(item: T) =>
  z.object({
    items: z.array(item),
    next: text(64).nullable().describe('the cursor of the following page, or null'),
  });

export const relayView = once(() =>
  z.object({
    url: text(256),
    state: z.enum(RELAY_STATES),
    detail: z.string().exactOptional().describe('words of the relay'),
  }),
);
export const statusView = once(() =>
  z.object({
    host: npubText,
    graph: text(200),
    epoch: count,
    revision: z.object({ n: count, digest: digestText }).nullable(),
    relays: z.array(relayView()),
    ledger: z.object({
      events: count,
      chain: text(64),
      checked: z
        .object({
          at: text(64),
          lines: count,
          fault: text(4096).nullable().describe('file and line of what was changed; null where nothing was'),
        })
        .nullable()
        .describe('the newest check of every line, in the background; null before the first'),
    }),
    outbox: count.describe('messages that were not acknowledged yet'),
    held: count.describe('messages that cannot be judged yet'),
    rejects: count,
    runners: count.describe('that may work here, or ask to: neither rejected nor revoked, and not gone'),
    sessions: z.object({
      open: count.describe('that somebody runs'),
      unheld: count.describe(
        'open, of an assignment that is over: the requester asks again, or ended it and told nobody',
      ),
      all: count,
    }),
    usage: usageSum().describe('what agents told of their turns, of all that this Host was told'),
    muted: count.describe('open sessions that wait for somebody who was not reached'),
    missing: z
      .array(z.object({ secret: name, nodes: z.array(name) }))
      .describe('secrets that nodes of the active graph name and nobody has set: their turns fail'),
    exposed: z
      .array(z.object({ secret: name, runners: z.array(name) }))
      .describe('secrets whose present value a runner has that is trusted no more'),
    principals: z
      .array(z.object({ principal: name, gap: z.enum(PRINCIPAL_GAPS), nodes: z.array(name) }))
      .describe('git principals of nodes of the active graph that nobody set, or that withhold to no use'),
    unenforced: z
      .array(z.object({ node: name, runner: name, operation: z.enum(OPERATIONS), because: text(4096) }))
      .describe('approvals of agents that run now, which nobody saw them wait for'),
    takenOff: z
      .array(name)
      .describe('agents of the active graph that run nowhere, since an operator took them off their runner'),
    uptimeMs: count,
  }),
);

export const rejectsPage = once(() =>
  pageOf(
    z.object({
      reason: text(64),
      signer: npubText.nullable().describe('null where no signature proves one'),
      count,
      first: time,
      last: time,
    }),
  ),
);

export const runnerView = once(() =>
  z.object({
    name,
    npub: npubText,
    trust: z.enum(TRUST_STATES),
    leaving: z
      .boolean()
      .describe('it leaves: it takes no node, and gives back each when what it began there is done'),
    liveness: z.enum(LIVENESS),
    silenceMs: count
      .nullable()
      .describe('since its last heartbeat; null before the first that this process of the Host heard'),
    words: text(200).describe('the words to compare with `entangle runner status` on its machine'),
    engines: z.array(z.enum(ENGINE_TYPES)),
    labels,
    sandbox: z.array(z.enum(SANDBOX_KINDS)),
    probes: z.array(probeView()).describe('what it saw of agents that are still as they were tried'),
    capacity: count,
    memory: count.nullable().describe('that its turns may take together, in MiB; null where it says nothing'),
    secrets: z.array(name).describe('secrets whose present value it was given'),
    since: time,
  }),
);
export type RunnerView = z.infer<ReturnType<typeof runnerView>>;
export const runnersPage = once(() => pageOf(runnerView()));

export const inviteView = once(() =>
  z.object({
    id: uuid,
    role: z.enum(MEMBER_ROLES),
    name,
    key: npubText.nullable().describe('the only key that can use it, where it is to join again'),
    expires: time,
    warning: text(300).nullable().describe('what is strange about the name, by the active graph'),
    invite: text(8192).describe('secret until it is used'),
  }),
);

export type InviteView = z.infer<ReturnType<typeof inviteView>>;

export const assignmentView = once(() =>
  z.object({
    id: uuid,
    node: name,
    runner: name,
    fence: count,
    revision: count,
    state: z.enum(ASSIGNMENT_STATES),
    reason: text(200).nullable(),
    detail: text(400).nullable().describe('words of the runner about the reason'),
    npub: npubText.nullable().describe('the key of the node, once a runner accepted it'),
    leaving: z.boolean().describe('it is open, and its runner leaves'),
    leaseLeftMs: count,
  }),
);
export type AssignmentView = z.infer<ReturnType<typeof assignmentView>>;
export const assignmentsPage = once(() => pageOf(assignmentView()));

/** Neither token nor digest: who reads the list learns nothing that opens a door. */
export const operatorView = once(() =>
  z.object({
    name,
    role: operatorRole,
    state: z.enum(OPERATOR_STATES),
    expires: time.nullable(),
    revoked: time.nullable(),
    method: z.enum(OPERATOR_METHODS).describe('by what the operator is known'),
    identity: z
      .object({
        ...{ issuer: text(255), audience: text(255), claims: z.record(text(128), text(255)) },
        pinned: z.boolean().describe('its keys were given, and are not fetched'),
      })
      .nullable()
      .describe('whose word for a workload counts, and of which; null of others'),
    key: npubText.nullable().describe('by which requests are signed; null of others'),
  }),
);
export type OperatorView = z.infer<ReturnType<typeof operatorView>>;
export const operatorsPage = once(() => pageOf(operatorView()));
export const issuedView = once(() =>
  z.object({
    token: text(256).describe('a bearer token'),
    operator: name,
    role: operatorRole,
    expires: time,
  }),
);

/** In base64: a value may be any bytes. */
export const secretValue = text(Math.ceil(MAX_SECRET_BYTES / 3) * 4).describe('in base64');
export const secretView = once(() =>
  z.object({
    name,
    set: time.nullable().describe('when its value was set; null where there is none'),
    by: name.nullable().describe('the operator who set it, or removed it'),
    version: count
      .nullable()
      .describe('counts the values and removals of the name; null where there is no value'),
    nodes: z.array(name).describe('the nodes of the active graph that name it'),
    grants: z
      .array(z.object({ runner: name, npub: npubText, version: count, at: time }))
      .describe('which runner was given which value of it, and when last'),
    exposed: z
      .array(name)
      .describe(
        'runners that were given its present value, and are trusted no more: replace it, where it was issued too',
      ),
  }),
);
export type SecretView = z.infer<ReturnType<typeof secretView>>;
export const secretsPage = once(() => pageOf(secretView()));
export const principalsPage = once(() => pageOf(principalView()));

const revision = {
  revision: count,
  digest: digestText,
  parent: digestText.nullable(),
  by: name.describe('the operator who applied it'),
  at: time,
};
export const graphView = once(() =>
  z.object({
    graph: text(200),
    ...revision,
    file: z.record(z.string(), z.unknown()).describe('the graph as a value of the file format'),
  }),
);
export type GraphView = z.infer<ReturnType<typeof graphView>>;
export const appliedView = once(() =>
  graphView().extend({
    changed: z.boolean().describe('false when the head was this graph already'),
  }),
);
export const historyPage = once(() => pageOf(z.object({ ...revision, active: z.boolean() })));

/** What a change of the graph is made against. */
export const graphBase = z.strictObject({
  n: count.describe('the number of the head, 0 before the first revision'),
  digest: digest.nullable(),
});
export type GraphBase = z.infer<typeof graphBase>;

const nodeKind = z.enum(NODE_KINDS);
export const partyView = once(() =>
  z.object({
    node: name,
    kind: nodeKind,
    affected: z.boolean().describe('its neighbourhood is another than in the revision before'),
    online: z.boolean().nullable().describe('null for a person: nobody knows before an answer comes'),
    acked: z.boolean(),
  }),
);
export type Party = z.infer<ReturnType<typeof partyView>>;
export const deliveryView = once(() => z.object({ revision: count, parties: z.array(partyView()) }));

/** What the Host's read models were when a change was told. */
export const changeCursor = z.string().regex(/^(?:0|[0-9a-f]{16})$/, 'must be the cursor of a change');
export const changeEvent = once(() =>
  z.object({
    at: time.describe('when the Host told it'),
  }),
);

/** A place in the Host's ledger: its line. */
export const traceCursor = z.string().regex(/^(?:0|[1-9][0-9]{0,14})$/, 'must be the cursor of an entry');
/** A session as people write it: its id, or as much of one end of it as nobody else's has. */
export const givenSession = z.string().regex(/^[0-9a-f-]{4,36}$/, 'must be the id of a session');
const partyOf = {
  name: text(64).nullable().describe('null for a key without a name'),
  role: z.enum(ROLES).nullable(),
  npub: npubText,
};
/** What an entry says beside its state, as far as its type says it. */
const traceDetail = once(() =>
  z.object({
    attempt: count.exactOptional(),
    step: count.exactOptional().describe('of the attempt: the order of its states, whenever they came'),
    turn: count.exactOptional(),
    reason: text(64).exactOptional(),
    requester: z.object(partyOf).exactOptional(),
    exitCode: z.int().nullable().exactOptional(),
    engine: z.enum(ENGINE_TYPES).exactOptional(),
    sandbox: z.enum(SANDBOX_KINDS).exactOptional(),
    output: digestText.exactOptional().describe('of what the engine printed'),
    usage: turnUsage().exactOptional().describe('what its agent told of the turn'),
    network: reachedPlaces().exactOptional().describe('what it asked of the network, from its sandbox'),
    secrets: z.array(name).exactOptional().describe('names of those that its engine was given'),
    approval: uuid.nullable().exactOptional(),
    operation: z.enum(OPERATIONS).exactOptional().describe('what the approval is about'),
    subjectDigest: digestText.exactOptional(),
    grants: z
      .array(text(80))
      .exactOptional()
      .describe('by which it was approved in advance, and which of its uses that was'),
    artifact: uuid.exactOptional(),
    repository: text(500).exactOptional(),
    branch: text(200).exactOptional(),
    commit: text(64).exactOptional(),
    base: text(64).exactOptional(),
    conversation: uuid.exactOptional().describe('the session that was opened or answered'),
    waits: z.array(text(200)).exactOptional().describe('for whom, who was not reached'),
    peer: name.exactOptional().describe('with which node'),
    relation: z.enum(RELATIONS).exactOptional(),
    message: hex(32).exactOptional().describe('the id of the signed message between the two'),
  }),
);
export type TraceDetail = z.infer<ReturnType<typeof traceDetail>>;
export const traceEntry = once(() =>
  z.object({
    cursor: text(16).describe('a list or a stream goes on behind it'),
    at: time.describe('when this Host wrote it down'),
    what: z.enum(OBSERVED_SUBJECTS),
    session: uuid,
    node: name.describe('the node whose session it is'),
    state: text(32),
    detail: traceDetail(),
    signer: z.object(partyOf),
    event: hex(32).describe('the id of the signed event'),
    controller: z
      .object({ runner: name, fence: count, assignment: uuid })
      .nullable()
      .describe('the assignment under which the runner held the node, by the Host’s own record'),
    evidence: z
      .array(z.object({ type: text(32), event: hex(32), signer: z.object(partyOf) }))
      .describe('signed events of others that are embedded; without them it is the word of its signer alone'),
  }),
);
export type TraceEntry = z.infer<ReturnType<typeof traceEntry>>;
export const tracePage = once(() => pageOf(traceEntry()));

export const auditEntry = once(() =>
  z.object({
    cursor: text(16).describe('a list or a stream goes on behind it'),
    at: time.describe('when this Host wrote it down'),
    who: text(64).describe('the name of the operator, `unknown`, or `host` of what the Host found itself'),
    role: text(16).describe('of the operator, `none`, or `host`'),
    auth: text(16).describe('by what the caller was known'),
    subject: text(200).nullable().describe('whom the credential itself names'),
    operation: text(32)
      .nullable()
      .describe(
        'null for a path that is none; `runner.liveness`: a runner is heard again, or is not; `runner.goodbye`: it left',
      ),
    method: text(8),
    route: text(200),
    target: text(200).describe('what it was about'),
    outcome: text(64).describe(
      '`asked` before it is done, then `done` or the code of the refusal; of a runner how it is',
    ),
    digest: digestText.describe('of the body of the request, or of the record'),
    event: hex(32).describe(
      'the id of the record that the Host signed, or of the goodbye that the runner did',
    ),
  }),
);
export type AuditEntry = z.infer<ReturnType<typeof auditEntry>>;
export const auditPage = once(() => pageOf(auditEntry()));

export const tokenDigestHex = hex(32).describe('sha256 of the token, which only its maker has seen');
