/** What a screen is given, with chosen texts in every place that others fill. */
import type { CallView, PublishView } from '../../src/services/user/approval-view.ts';
import type { ProposedGrant } from '../../src/services/user/grants.ts';
import type { Live } from '../../src/services/user/live.ts';
import type { ReviewView } from '../../src/services/user/reviewing.ts';
import type { SessionTree } from '../../src/services/user/tree.ts';
import type { Outside } from '../../src/tui/store.ts';

const TIME = '2026-11-26T11:00:00.000Z';
export const DIGEST = '7f3a91bc'.repeat(8);
/** The session that asks for the approval. */
const ASKING = '01a219ec-0000-7000-8000-000000000003';
export const QUESTION = '01a219ec-0000-7000-8000-000000000004';
export const APPROVAL = '01a219ec-0000-7000-8000-000000000001';
/** A message that nobody is known to have. */
export const UNSENT = '5e'.repeat(32);
/** A message of a Host that is refused. */
export const CONFLICT = 'cf'.repeat(32);
/** Another one, which runs without asking. */
export const SESSION = '01a219ec-0000-7000-8000-000000000002';

/** Texts in turn: task, path, content of a line, branch. */
export const approvalOf = (texts: readonly string[], lines = 3): PublishView => {
  const [task = '', path = '', content = '', ref = ''] = texts;
  const diff = [
    // No path of a change has a line end
    `--- a/${path.replaceAll('\n', ' ')}`,
    `+++ b/${path.replaceAll('\n', ' ')}`,
    '@@ -1,1 +1,2 @@',
    ...Array(lines).fill(`+${content.replaceAll('\n', '\n+')}`),
  ].join('\n');
  return {
    what: 'approval',
    id: APPROVAL,
    request: 'ab'.repeat(32),
    session: ASKING,
    node: texts.at(-1) ?? '',
    state: 'pending',
    title: task,
    task,
    attached: [],
    asker: { name: task, npub: 'npub1asker', claimed: false },
    launcher: { name: null, npub: 'npub1launcher', claimed: false },
    path: [task, path, content],
    allowed: {
      edge: `${task} approves ${content}`,
      revision: 14,
      graph: 'sha256:00',
      host: 'npub1host',
      reach: null,
      gate: null,
    },
    operation: 'source.publish',
    remote: `file:///${path}`,
    ref,
    again: { count: 2, words: task },
    commit: 'c0ffee'.repeat(6).padEnd(40, '0'),
    expectedHead: null,
    objection: task,
    ...{ evidence: 'digests', assurance: null },
    expires: '2026-11-27T12:00:00.000Z',
    subject: JSON.stringify({ ref, remote: `file:///${path}` }),
    subjectDigest: `sha256:${DIGEST}`,
    decision: null,
    reason: null,
    acknowledged: null,
    files: [
      {
        path,
        added: lines,
        removed: 0,
        shown: 'hunks',
        recomputed: true,
        old: { mode: '100644', size: 1, digest: 'sha256:00' },
        new: { mode: '100644', size: 2, digest: 'sha256:01' },
      },
    ],
    groups: [],
    bytes: 2,
    diff: `${diff}\n`,
  };
};

/** Texts in turn: task, command, the agent's words, the rest of the call. */
export const commandOf = (texts: readonly string[]): CallView => {
  const [task = '', command = '', words = '', input = ''] = texts;
  const { remote, ref, expectedHead, commit, again, files, groups, bytes, diff, ...common } =
    approvalOf(texts);
  return {
    ...{ ...common, title: command, task, operation: 'command.run', turn: 2, binding: 'declared' },
    ...{ call: { command, words, input }, option: { id: words, kind: words, name: words } },
  };
};

export const SCOPE = `9c0d${'3e'.repeat(30)}`;
/** The same with its repeats. */
export const grantingOf = (texts: readonly string[]): CallView & { grant: ProposedGrant } => {
  const view = commandOf(texts);
  const { node, session } = view;
  const scope = `sha256:${SCOPE}`;
  return { ...view, grant: { node, session, reach: 'session', uses: 5, ms: 3_600_000, scope } };
};

export const REVIEW = '01a219ec-0000-7000-8000-000000000005';
/** The same of a review; what its engine wants looked at is the task. */
export const reviewOf = (texts: readonly string[], lines = 3): ReviewView => {
  const {
    remote,
    operation: _,
    ref,
    expectedHead: _head,
    decision: _own,
    ...shown
  } = approvalOf(texts, lines);
  return {
    ...{ ...shown, id: REVIEW, what: 'review', state: 'open', note: shown.task },
    ...{ repository: remote, base: ref, verdict: null },
  };
};

export const liveOf = (texts: readonly string[]): Live => {
  const [title = '', node = ''] = texts;
  const approval = {
    what: 'approval' as const,
    id: APPROVAL,
    session: ASKING,
    node,
    title,
    files: 1,
    documentBytes: 1,
    operation: 'source.publish' as const,
    landsOn: title,
    subjectDigest: `sha256:${DIGEST}`,
    state: 'pending' as const,
    expires: '2026-11-27T12:00:00.000Z',
    decision: null,
    reason: null,
    acknowledged: null,
  };
  const question = {
    kind: 'question' as const,
    ...{ id: QUESTION, session: SESSION, node, title, text: texts.join('\n') },
    ...{ state: 'open' as const, isWhole: true, since: TIME },
  };
  const review = {
    ...{ id: REVIEW, session: ASKING, node, title, files: 1, documentBytes: 1 },
    ...{ subjectDigest: `sha256:${DIGEST}`, state: 'open' as const, since: TIME },
    ...{ expires: '2026-11-27T12:00:00.000Z', verdict: null, reason: null },
  };
  const unsent = {
    ...{ what: 'unsent' as const, id: UNSENT, type: 'approval.response' as const, node, title },
    ...{ session: SESSION, state: 'unrelayed' as const, since: TIME, isLate: false, words: title },
    ...{ subjectDigest: `sha256:${DIGEST}`, expires: '2026-11-27T12:00:00.000Z', relays: [title] },
  };
  const conflict = {
    ...{ what: 'conflict' as const, id: CONFLICT, node, title, session: null, state: 'refused' as const },
    ...{ epoch: 7, obeyed: 'b0'.repeat(16), refused: ['b1'.repeat(16)], since: TIME, last: TIME, kept: null },
  };
  const behind = {
    ...{ what: 'behind' as const, id: 'behind 7', node, title, session: null, state: 'held' as const },
    ...{ epoch: 7, messages: 3, since: TIME },
  };
  const muted = {
    ...{ what: 'muted' as const, id: `muted ${SESSION}`, session: SESSION, node, title, since: TIME },
    ...{ state: 'unreached' as const, waits: [{ node, name: title, ask: 'approval' as const, since: TIME }] },
  };
  const session = {
    what: 'session' as const,
    id: SESSION,
    node,
    requester: title,
    title,
    state: 'waiting_approval' as const,
    reason: title,
    nobodyRuns: true,
    attempt: 1,
    since: TIME,
    commit: null,
    summary: texts.join('\n'),
    approvals: [
      {
        ...{ id: APPROVAL, operation: 'source.publish' as const, state: 'pending' as const },
        ...{ session: SESSION, subjectDigest: '' },
      },
    ],
    questions: [{ ...question, state: 'open' as const }],
    reviews: [review],
    artifacts: [],
  };
  return {
    graph: 'acme',
    me: texts.at(-1) ?? '',
    revision: 14,
    relays: { open: 0, all: 1 },
    unsent: 0,
    agents: [node],
    alike: [],
    items: [
      approval,
      session,
      { ...question, what: 'question' as const },
      behind,
      muted,
      conflict,
      unsent,
      { ...review, what: 'review' as const },
    ],
    trace: texts.flatMap((text, n) => {
      const row = { id: `${n}`, at: Date.parse(TIME), signer: text, session: SESSION };
      return [
        { ...row, is: 'signed' as const, type: text },
        { ...row, id: `${n} printed`, is: 'printed' as const, text },
        { ...row, id: `${n} missed`, is: 'missed' as const, bytes: 2 ** 40 },
      ];
    }),
  };
};

/** Of that session: what it gave away, and what a node of which nothing came here gave on. */
export const treeOf = (texts: readonly string[]): SessionTree => {
  const [one = '', two = '', three = ''] = texts;
  const node = {
    ...{
      path: [one, two],
      node: two,
      session: SESSION,
      told: 'all' as const,
      state: 'waiting_child' as const,
    },
    ...{ approval: null, escalation: null, attempt: 2, turn: 3, change: null },
  };
  const change = { commit: 'c0ffee'.repeat(6), files: 5, count: { added: 42, removed: 7 } };
  const named = { ...node, path: [one, two, three], node: three, session: null, told: 'named' as const };
  return {
    ...{ requester: one, since: TIME, isOwn: true },
    nodes: [
      { ...node, change },
      { ...named, state: null, attempt: null, turn: null },
      {
        ...{ ...node, path: [one, two, three, one], node: one, session: ASKING, told: 'asked' },
        ...{ state: 'waiting_approval', approval: 'pending', change: { ...change, count: null } },
      },
    ],
  };
};

/** A terminal that a screen asks for nothing. */
export const OUTSIDE: Outside = {
  ...{ quit() {}, redraw() {}, copy() {}, print() {} },
  ...{ page: async () => {}, edit: async () => '' },
};
