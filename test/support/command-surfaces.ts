/** What each command prints of a value in which others chose every text that they can: by its file, below src/commands. */

import type { ContextView } from '../../src/cli/context/contexts.ts';
import type { Diagnosis } from '../../src/cli/doctor/doctor.ts';
import type { VerifiedCommit } from '../../src/cli/evidence/verify.ts';
import type { VerifiedThing } from '../../src/cli/evidence/verify-thing.ts';
import type { Applied } from '../../src/cli/graph/apply.ts';
import type { Explained } from '../../src/cli/graph/explain.ts';
import type { MadeGraph } from '../../src/cli/graph/init.ts';
import type { ExportedAudit } from '../../src/cli/host/audit-export.ts';
import type { ProvedLines } from '../../src/cli/host/audit-prove.ts';
import type { LegalHold, PrunedAudit } from '../../src/cli/host/audit-prune.ts';
import type { PushedAudit } from '../../src/cli/host/audit-push.ts';
import type { RotatedKey } from '../../src/cli/host/audit-rotate.ts';
import type { KeptAuthority, PutAuthority } from '../../src/cli/host/authority-key.ts';
import type { AuthorityStatus } from '../../src/cli/host/authority-status.ts';
import type { Succeeded } from '../../src/cli/host/authority-succession.ts';
import type { HostBackup, RestoredHost } from '../../src/cli/host/backup.ts';
import type { MadeHost } from '../../src/cli/host/init.ts';
import type { Added } from '../../src/cli/host/operator-add.ts';
import type { ChangedSetting } from '../../src/cli/runner/config.ts';
import type { LeftRunner } from '../../src/cli/runner/leave.ts';
import type { ProbeResult } from '../../src/cli/runner/probe.ts';
import type { RunnerStatus } from '../../src/cli/runner/status.ts';
import type { TidiedRunner } from '../../src/cli/runner/tidy.ts';
import type { Unit } from '../../src/cli/service/unit.ts';
import type { Decided } from '../../src/cli/user/decide.ts';
import type { ImportedKey, KeptKey } from '../../src/cli/user/key-backup.ts';
import type { LockedKey, UnlockedKey } from '../../src/cli/user/key-lock.ts';
import type { SshKeyView } from '../../src/cli/user/ssh-keys.ts';
import type { LedgerCheck } from '../../src/cli/wiring/check-ledger.ts';
import type { RebuiltProjection } from '../../src/cli/wiring/rebuild-projection.ts';
import type { ComplianceReport } from '../../src/core/audit/compliance.ts';
import type { Explanation, SourcePlace } from '../../src/core/graph/explain.ts';
import type { Problem } from '../../src/core/graph/file/report.ts';
import type { PlacementView } from '../../src/core/host-api/placement-view.ts';
import type { PrincipalView } from '../../src/core/host-api/principal-view.ts';
import type { HostSessionView } from '../../src/core/host-api/session-views.ts';
import type {
  AssignmentView,
  InviteView,
  OperatorView,
  RunnerView,
  SecretView,
} from '../../src/core/host-api/shapes.ts';
import type { OutputOf } from '../../src/core/host-api/table.ts';
import type { DemoResult } from '../../src/local/demo.ts';
import type { TestRun } from '../../src/services/graph/test.ts';
import type { Validation } from '../../src/services/graph/validate.ts';
import type { Joined } from '../../src/services/setup/join.ts';
import type { SettingView } from '../../src/services/setup/runner-settings.ts';
import type { Replied } from '../../src/services/user/answers.ts';
import type { ArtifactView } from '../../src/services/user/artifacts.ts';
import type { CommitLog } from '../../src/services/user/commit-log.ts';
import type { FetchedView } from '../../src/services/user/fetching.ts';
import type { ListedFile } from '../../src/services/user/files.ts';
import type { GrantView, SignedGrant } from '../../src/services/user/grants.ts';
import type { inboxPage } from '../../src/services/user/live.ts';
import type { PublishedAgain } from '../../src/services/user/publish-again.ts';
import type { Reviewed, ReviewView } from '../../src/services/user/reviewing.ts';
import type { Thing } from '../../src/services/user/show.ts';
import type { Waited } from '../../src/services/user/wait.ts';
import { auditEntryOf, overviewOf, traceEntryOf } from './host-screens.ts';
import { probedAs } from './probe-records.ts';
import { approvalOf, commandOf, liveOf, reviewOf, treeOf } from './screens.ts';

const TIME = '2026-11-26T11:00:00.000Z';
const pageOf = <T>(...items: T[]): { items: T[]; next: null } => ({ items, next: null });
const commitLog = (t: string): CommitLog => ({
  ...{ commit: t, from: 'evidence', session: t, node: t, runner: t, askedBy: [t, t], remote: t, ref: t },
  decisions: [
    { name: t, decision: 'approved', at: t },
    { name: t, decision: 'rejected', at: null },
  ],
  ...{ policy: t, proof: t },
});
const checkedCommit = (t: string, fault: string | null): VerifiedCommit => ({
  ...{
    commit: t,
    verdict: 'verified',
    isPlainMerge: false,
    logged: true,
    fault,
    touched: [t],
    signed: [t],
    told: [t],
    node: t,
    session: t,
    authority: t,
  },
});
export const hostSession = (t: string): HostSessionView => ({
  ...overviewOf(three(t)).sessions[0]!,
  ...{ id: t, node: t, requester: t, reason: t, cancel: { by: t, at: t, reason: t } },
  attempts: [
    {
      ...{ attempt: 1, runner: t, fence: 1, state: 'active', reason: t, first: t, last: t },
      told: { at: t, acked: true },
    },
  ],
  approvals: [{ id: t, operation: 'source.publish', state: 'pending' }],
});
const sshKey = (t: string): SshKeyView => ({ key: t, fingerprint: t, touch: true, file: t });
const three = (t: string): string[] => [t, t, t];

const open = (t: string): Waited => {
  const found = liveOf([t, t]).items.find((one) => one.what === 'session');
  if (found?.what !== 'session') throw new Error('no session');
  return { ...found, requester: t, reason: t, commit: t };
};
const ended = (t: string): Waited => ({
  ...open(t),
  ...{ state: 'completed', approvals: [], questions: [] },
  artifacts: [
    { id: 'a', repository: t, branch: t, commit: t, approval: null, state: 'published', isSigned: true },
  ],
});
const review = (t: string): ReviewView => reviewOf([t, t, t, t]);
const reviewed = (t: string): Reviewed => ({
  ...{ review: t, verdict: 'changes', reviewer: t, subjectDigest: t, session: t, node: t },
});
const things = (t: string): Thing[] => {
  const { items } = liveOf([t, t, t]);
  return [
    approvalOf([t, t, t, t]),
    { ...approvalOf([t, t, t, t]), state: t, decision: 'rejected', reason: t, remote: t, commit: t },
    commandOf([t, t, t, t]),
    { ...commandOf([t, t, t, t]), call: { command: null, words: t, input: null }, binding: 'described' },
    review(t),
    { ...review(t), state: 'changes', verdict: 'changes', reason: t },
    {
      ...open(t),
      task: t,
      attached: [{ name: t, size: 1, sha256: t }],
      tree: treeOf([t, t, t]),
      files: [file(t)],
    },
    { ...ended(t), task: null, attached: [], tree: null, files: [] },
    ...items.flatMap((one) => (one.what === 'question' ? [{ ...one, reply: t, path: [t] }] : [])),
  ];
};
const file = (t: string): ListedFile => ({
  ...{ file: t, session: t, node: t, name: t, media: t, size: 1, sha256: t, words: t, at: t },
});
const artifact = (t: string): ArtifactView => ({
  ...{ why: t, kept: false },
  ...{ id: t, state: 'published', session: t, repository: t, branch: t, commit: t, approval: t },
  ...{ change: 'published', title: t, node: t, message: t, at: t, isSigned: false },
  signer: { name: t, npub: t, claimed: false },
  approved: {
    ...{ state: 'approved', decision: 'approved', subjectDigest: t, changes: t, hunks: t },
    ...{ documentBytes: 1, files: 1 },
  },
  take: [{ name: 'take', command: t }],
});
const fetched = (t: string): FetchedView => ({
  ...{ repository: t, branch: t, commit: t, artifact: t, session: t, ref: t, at: t, wasThere: false },
  ...{
    bytes: null,
    checked: 'change',
    isSigned: true,
    unpublished: { change: 'rejected', why: t },
    take: [{ name: 'take', command: t }],
  },
});
const decided = (t: string): Decided => ({
  ...{ approval: t, decision: 'approved', approver: t, subjectDigest: t, session: t },
});
const signedGrant = (t: string): SignedGrant => ({
  ...{ grant: t, approval: t, node: t, session: t, reach: 'session', uses: 2, expires: t, scope: t },
});
const grant = (t: string): GrantView => ({
  ...{ id: t, state: 'open', node: t, session: t, reach: 'session', operation: 'command.run', title: t },
  ...{ used: 1, uses: 2, expires: TIME, approval: t, scope: t, answered: [t], acknowledged: true },
});

const runner = (t: string): RunnerView => ({ ...overviewOf(three(t)).runners[0]!, npub: t, words: t });
const context = (t: string): ContextView => ({
  ...{ name: t, url: t, ca: t, tokenFile: t, oidcTokenFile: t, current: true },
  ...{ operatorKeyFile: t, hostNpub: t },
});
const operator = (t: string): OperatorView => ({
  ...{ name: t, role: 'admin', state: 'revoked', expires: TIME, revoked: TIME, method: 'oidc' },
  identity: { issuer: t, audience: t, claims: { [t]: t }, pinned: true },
  key: t,
});
const secret = (t: string): SecretView => ({
  ...{ name: t, set: TIME, by: t, version: 2, nodes: [t, t], exposed: [t] },
  grants: [1, 2].map((version) => ({ runner: t, npub: t, version, at: TIME })),
});
const principal = (t: string): PrincipalView => ({
  ...{ name: t, set: TIME, by: t, publicKey: t, trouble: t, nodes: [t, t] },
  facts: {
    ...{ author: t, ssh: t, https: { secret: t, host: t, user: t }, knownHosts: t },
    push: { secret: t, scheme: 'ssh' },
  },
});
const assignment = (t: string): AssignmentView => ({
  ...overviewOf(three(t)).assignments[0]!,
  id: t,
  npub: t,
});
const placement = (t: string): PlacementView => ({
  ...{ node: t, decision: 'moved', from: t, runner: t, fence: 1 },
});
const succeeded = (t: string, by: string): Succeeded => ({
  ...{ host: t, graph: t, n: 1, from: t, to: t, by, epoch: 1, next: [t] },
});
const authority = (t: string, recoveryFile: string | null): AuthorityStatus => ({
  ...{ host: t, signs: t, graph: t, since: t, epoch: 1, epochSince: t, log: t, recovery: t },
  recoveryFile,
});
const status = (t: string): OutputOf<'status.show'> => {
  const { status: one } = overviewOf(three(t));
  const ledger = { ...one.ledger, checked: { at: t, lines: 1, fault: t } };
  return { ...one, host: t, ledger, relays: [{ url: t, state: 'closed', detail: t }] };
};
const tidied = (t: string): TidiedRunner => ({
  ...{ isDryRun: false, isServed: true, freed: 1 },
  places: [{ what: 'workspace', session: t, path: t, bytes: 1, stays: null }],
  stores: [{ path: t, bytes: 1, commits: 1, isWhole: false, stays: 'needed' }],
});
const setting = (t: string): SettingView => ({
  ...{ key: 'label', value: { [t]: t }, text: t, isDefault: false },
});
const changedSetting = (t: string): ChangedSetting => ({
  ...{ ...setting(t), runner: t, was: '', holds: 'now' },
});
const runnerStatus = (t: string): RunnerStatus => ({
  ...{
    name: t,
    npub: t,
    host: t,
    trust: t,
    words: t,
    sandbox: ['none'],
    probes: [probed(t)],
    void: [probed(t)],
    memory: 1,
    outbox: 0,
    rejects: 1,
    checked: { at: t, lines: 1, fault: t },
  },
  leaving: 'drain',
  waits: [{ waits: 'approval', node: t, session: t, of: [t, t] }],
  nodes: [{ node: t, state: t, fence: 1 }],
  sessions: { open: 1, all: 1 },
  usage: { turns: 0, tokens: 0, costs: [] },
  relays: [{ url: t, state: 'closed', detail: t, at: t }],
  reasons: { [t]: 1 },
  disk: {
    workspaces: { count: 1, bytes: 1, entries: 1 },
    agents: { count: 1, bytes: 1, entries: 1 },
    stores: { count: 1, bytes: 1, entries: 1 },
    mostBytes: 1,
    most: { bytes: 2_147_483_648, entries: 1000 },
  },
});

const place = (t: string): SourcePlace => ({ filename: t, path: t, line: 1, column: 1, text: t });
const explanation = (t: string): Explanation => ({
  ...{ question: { from: t, type: t, to: t }, allowed: false, reason: 'no_edge', sentence: t, edge: t },
  ...{ place: place(t), suggestion: t },
});
const problem = (t: string): Problem => ({
  ...{ severity: 'warning', code: 'syntax', path: t, line: 1, column: 1, message: t },
});
const applied = (t: string): Applied => ({
  ...{ graph: t, revision: 1, digest: t, changed: true, delivered: { acked: [t, t], away: [t] } },
  plan: { changes: [], summary: { add: 0, change: 0, remove: 0 } },
});
const validation = (t: string): Validation & { file: string } => ({
  ...{ file: t, valid: true, graph: t, digest: t, counts: { nodes: 1, edges: 1, tests: 1 } },
  ...{ errors: 0, warnings: 1, problems: [problem(t)] },
});
const history = (t: string): OutputOf<'graph.history'> => ({
  items: [{ revision: 1, digest: t, parent: t, by: t, at: TIME, active: true }],
  next: t,
});
const graphView = (t: string): OutputOf<'graph.show'> => ({
  ...{ graph: t, revision: 1, digest: t, parent: null, by: t, at: t, file: { [t]: [t, { a: t }] } },
});
const tested = (t: string): (TestRun | Explanation)[] => [
  explanation(t),
  {
    ...{ passed: 1, failed: 1 },
    results: [true, false].map((passed) => ({
      ...{ test: t, passed, explanation: explanation(t), place: place(t) },
    })),
  },
];
const inboxOf = (t: string): Awaited<ReturnType<typeof inboxPage>> => ({
  items: liveOf([t, t, t]).items.map((one) => (one.what === 'session' ? { ...one, ...open(t) } : one)),
  next: t,
});
const demo = (t: string): DemoResult => ({
  federation: { host: t, runner: t, user: t, node: t },
  session: { id: t, state: t },
  approval: { id: t, decision: t, approver: t, subjectDigest: t },
  artifact: { repository: t, branch: t, commit: t },
  ...{ ledger: { events: 1, verified: 1 }, steps: [] },
});
const probed = (t: string): ProbeResult => ({
  ...{ agent: t, sandbox: 'none', programs: t, version: t, at: TIME, binding: 'declared', holds: false },
  facts: { ...probedAs('').facts, command_asked: 'untried' },
  why: t,
  turns: [{ reason: 'failed', tail: t }],
});
const joined = (t: string): Joined => ({
  ...{ name: t, npub: t, host: t, graph: t, words: t, delivered: true, trouble: [t] },
});
const made = (t: string) => ({ name: t, npub: t, sandbox: ['none'] });
const check = (t: string): LedgerCheck => ({
  lines: 1,
  segments: 2,
  sealed: 1,
  chain: t,
  torn: true,
  checkpoints: 1,
});
const graphFile = (t: string): MadeGraph => ({ file: t, template: t, graph: t, text: 'graph: acme' });
const host = (t: string): MadeHost => ({
  ...{ host: t, graph: t, relays: [t], tokenFile: t, recoveryFile: t, next: [t] },
});
const operatorAdded = (t: string): Added => ({ ...operator(t), tokenFile: t });
const invite = (t: string): InviteView => ({
  ...{ id: t, role: 'runner', name: t, key: t, expires: t, warning: t, invite: t },
});
const assignments = (t: string) => ({
  ...pageOf(assignment(t)),
  nowhere: overviewOf(three(t)).nowhere,
});
const unit = (t: string): Unit => ({ text: '[Unit]', file: t, next: [t] });
const kept = (t: string, wasWritten: boolean): KeptKey => ({
  ...{ user: t, npub: t, file: t, wasWritten },
  // Of ours, and nothing of others is in it
  text: null,
});
const replied = (t: string): Replied => ({ question: t, session: t, node: t });

/** Values of each command that has a text for people, as its service gives them. */
export const VALUES: Readonly<Record<string, (t: string) => readonly object[]>> = {
  ask: (t) => [ended(t), open(t)],
  doctor: (t) => [
    {
      findings: [
        { of: t, check: t, state: 'problem', words: t, mend: t },
        { of: t, check: t, state: 'ok', words: t, mend: null },
      ],
      ...{ problems: 1, warnings: 0 },
    } satisfies Diagnosis,
  ],
  demo: (t) => [demo(t)],
  'compliance/report': (t) => [
    {
      ...{ framework: 'soc2', graph: t, host: t, since: t, records: 1, covered: 1, notCovered: [t] },
      controls: [
        {
          ...{ id: t, says: t, of: [t], events: 1, claimed: 1, first: t, last: t },
          cited: [{ cursor: t, event: t, code: t, at: t }],
        },
      ],
    } satisfies ComplianceReport,
  ],
  'graph/apply': (t) => [applied(t)],
  'graph/explain': (t) => [
    {
      ...{ ...explanation(t), revision: 1, caveat: t },
      policies: [{ operation: t, holds: false, words: t }],
    } satisfies Explained,
  ],
  'graph/history': (t) => [history(t)],
  'graph/init': (t) => [graphFile(t)],
  'graph/rollback': (t) => [applied(t)],
  'graph/show': (t) => [graphView(t)],
  'graph/test': tested,
  'graph/validate': (t) => [validation(t)],
  'host/assignment/create': (t) => [assignment(t)],
  'host/assignment/move': (t) => [
    { ...placement(t), assignment: null },
    { ...placement(t), assignment: assignment(t) },
  ],
  'host/assignment/revoke': (t) => [placement(t)],
  'host/assignment/list': (t) => [assignments(t)],
  'host/audit/checkpoint': (t) => [
    { size: 1, root: t, log: t, event: t, note: [t, t] } satisfies OutputOf<'audit.checkpoint'>,
  ],
  'host/audit/export': (t) => [
    { format: 'ocsf', records: 1, cursor: t, file: t } satisfies ExportedAudit,
    { format: 'cef', records: 2, cursor: t, file: null } satisfies ExportedAudit,
  ],
  'host/audit/hold/add': (t) => [{ name: t, reason: t, since: t } satisfies LegalHold],
  'host/audit/hold/list': (t) => [{ items: [{ name: t, reason: t, since: t } satisfies LegalHold] }],
  'host/audit/hold/rm': (t) => [{ name: t, reason: t, since: t } satisfies LegalHold],
  'host/audit/rotate-key': (t) => [
    {
      ...{ graph: t, from: t, to: t, lines: 1, until: t, record: t, verifier: t, retired: t },
      next: [t],
    } satisfies RotatedKey,
  ],
  'host/audit/prune': (t) => [{ before: t, lines: 1, sessions: 2 } satisfies PrunedAudit],
  'host/audit/prove': (t) => [{ lines: [1], size: 2, checkpoint: t, file: t } satisfies ProvedLines],
  'host/audit/push': (t) => [{ url: t, records: 1, cursor: t } satisfies PushedAudit],
  'host/audit/tail': (t) => [
    {
      items: [auditEntryOf(three(t)), auditEntryOf(three(t), 2, t)],
      next: t,
    } satisfies OutputOf<'audit.list'>,
  ],
  'host/audit/verify': (t) => [check(t)],
  'host/authority/export': (t) => [
    { host: t, graph: t, file: t, wasWritten: true, text: null } satisfies KeptAuthority,
  ],
  'host/authority/import': (t) => [{ host: t, graph: t, keys: 'file', wasPut: true } satisfies PutAuthority],
  'host/authority/recover': (t) => [succeeded(t, 'recovery')],
  'host/authority/rotate': (t) => [succeeded(t, 'rotation')],
  'host/authority/status': (t) => [authority(t, null), authority(t, t)],
  'host/backup': (t) => [{ file: t, host: t, graph: t, bytes: 1 } satisfies HostBackup],
  'host/init': (t) => [host(t)],
  'host/invite': (t) => [invite(t)],
  'host/operator/add': (t) => [operatorAdded(t)],
  'context/add': (t) => [context(t)],
  'context/list': (t) => [pageOf(context(t))],
  'context/rm': (t) => [context(t)],
  'context/use': (t) => [{ current: t, url: t }],
  'host/operator/bind/oidc': (t) => [operator(t)],
  'host/operator/keygen': (t) => [{ npub: t, file: t }],
  'host/operator/unbind': (t) => [operator(t)],
  'host/operator/list': (t) => [pageOf(operator(t))],
  'host/operator/revoke': (t) => [operator(t)],
  'host/rejects': (t) => [pageOf(...overviewOf(three(t)).rejects)],
  'host/restore': (t) => [
    { host: t, graph: t, directory: t, lines: 1, blobs: 1, next: [t] } satisfies RestoredHost,
  ],
  'host/projection/rebuild': (t) => [
    { lines: 1, digest: t, before: t, discarded: null } satisfies RebuiltProjection,
    { lines: 1, digest: t, before: null, discarded: t },
  ],
  'host/runner/list': (t) => [pageOf(runner(t))],
  'host/runner/reject': (t) => [runner(t)],
  'host/runner/revoke': (t) => [runner(t)],
  'host/runner/show': (t) => [runner(t)],
  'host/runner/trust': (t) => [runner(t)],
  'host/principal/keygen': (t) => [principal(t)],
  'host/principal/list': (t) => [pageOf(principal(t), { ...principal(t), facts: null })],
  'host/principal/rm': (t) => [principal(t), { ...principal(t), nodes: [] }],
  'host/principal/set': (t) => [principal(t), { ...principal(t), publicKey: null, nodes: [] }],
  'host/secret/list': (t) => [pageOf(secret(t), { ...secret(t), set: null })],
  'host/secret/rm': (t) => [secret(t), { ...secret(t), nodes: [] }],
  'host/secret/set': (t) => [secret(t), { ...secret(t), nodes: [] }],
  'host/session/cancel': (t) => [
    hostSession(t),
    { ...hostSession(t), held: true, state: 'active' },
    { ...hostSession(t), state: 'cancelled' },
  ],
  'host/session/list': (t) => [pageOf(hostSession(t), { ...hostSession(t), state: 'cancelled' })],
  'host/session/show': (t) => [hostSession(t), { ...hostSession(t), held: true, cancel: null }],
  'host/metrics': (t) => [{ lines: [`# HELP ${t}`] }],
  'host/status': (t) => [status(t)],
  'host/trace': (t) => [{ items: [traceEntryOf(three(t)), traceEntryOf(three(t), 2, false)], next: t }],
  log: (t) => [commitLog(t)],
  'runner/audit/verify': (t) => [check(t)],
  'runner/config/list': (t) => [pageOf(setting(t))],
  'runner/config/set': (t) => [changedSetting(t)],
  'runner/config/unset': (t) => [{ ...changedSetting(t), value: null, was: t }],
  'runner/init': (t) => [made(t)],
  'runner/join': (t) => [joined(t)],
  'runner/leave': (t) => [{ name: t, nodes: [t, t], left: true } satisfies LeftRunner],
  'runner/probe': (t) => [probed(t)],
  'runner/status': (t) => [runnerStatus(t)],
  'runner/tidy': (t) => [tidied(t)],
  'service/print': (t) => [unit(t)],
  'user/approve': (t) => [decided(t), signedGrant(t)],
  'user/artifact/diff': (t) => [approvalOf([t, t, t, t])],
  'user/artifact/fetch': (t) => [
    file(t),
    fetched(t),
    { ...fetched(t), bytes: 1, checked: 'commit', wasThere: true },
  ],
  'user/artifact/list': (t) => [
    { items: [artifact(t)], files: [file(t)] },
    { items: [], files: [file(t)] },
  ],
  'user/artifact/show': (t) => [
    { ...file(t), signer: { name: t, npub: t, claimed: false }, message: t },
    artifact(t),
    { ...artifact(t), approved: null, isSigned: true, take: [] },
  ],
  'user/ask': (t) => [ended(t), open(t)],
  'user/audit/verify': (t) => [check(t)],
  'user/cancel': (t) => ['active', 'cancelled'].map((state) => ({ ...open(t), id: t, state })),
  'user/grants/list': (t) => [{ items: [grant(t), { ...grant(t), reach: 'node' as const }] }],
  'user/grants/revoke': (t) => [grant(t)],
  'user/inbox': (t) => [inboxOf(t)],
  'user/init': (t) => [made(t)],
  'user/join': (t) => [joined(t)],
  'support/bundle': (t) => [{ file: t, homes: 1, problems: 2, contents: [t] }],
  'user/ssh-key/add': (t) => [sshKey(t)],
  'user/ssh-key/list': (t) => [{ items: [sshKey(t)] }],
  'user/ssh-key/rm': (t) => [sshKey(t)],
  'user/key/export': (t) => [kept(t, true), kept(t, false)],
  'user/key/lock': (t) => [
    { user: t, wasUnlocked: true } satisfies LockedKey,
    { user: t, wasUnlocked: false },
  ],
  'user/key/unlock': (t) => [{ user: t, until: t } satisfies UnlockedKey],
  'user/key/import': (t) => [{ name: t, npub: t, keys: 'file' } satisfies ImportedKey],
  'user/publish': (t) => [
    { session: t, node: t, repository: t, branch: t, commit: t } satisfies PublishedAgain,
  ],
  'user/reject': (t) => [decided(t)],
  'user/reply': (t) => [replied(t)],
  'user/request-changes': (t) => [decided(t)],
  'user/review': (t) => [reviewed(t)],
  'user/show': things,
  'user/wait': (t) => [ended(t), open(t)],
  verify: (t) => [
    { commits: 2, items: [checkedCommit(t, null), checkedCommit(t, t)] } satisfies VerifiedThing,
    {
      ...{ host: t, graph: t, size: 2 },
      items: [{ line: 1, at: t, type: t, event: t, signer: t, isWhole: false }],
    } satisfies VerifiedThing,
  ],
};
