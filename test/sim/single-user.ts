/** Alice's home with her real client. What Host and nodes say to her the test signs with their keys. */
import { MOST_BRIEF } from '../../src/core/bounds.ts';
import { toHex, utf8 } from '../../src/core/encoding/bytes.ts';
import { digestOf } from '../../src/core/encoding/canonical.ts';
import type { CallSubject } from '../../src/core/protocol/messages/a2a.ts';
import type { PublishSubject } from '../../src/core/protocol/messages/publish-subject.ts';
import type { BodyOf } from '../../src/core/protocol/table.ts';
import { type ShownFile, shownFile, writeDocument } from '../../src/core/source/change-document.ts';
import { type ChangedFile, changeOf, changesDigest } from '../../src/core/source/changes.ts';
import { carry, wholeOf } from '../../src/services/messaging/long-text.ts';
import { startUser } from '../../src/services/user/user.ts';
import { type Name, NOW, uuidOf } from '../support/world.ts';
import { giveTo } from './given-bytes.ts';
import { createSingleHome, type Keys, routesBody } from './single-home.ts';

/** `builder` runs under the key `node`; another version of it may run under `peer`. */
export const USER_GRAPH = `graph: acme
nodes:
  alice: { kind: user, pubkey: $user }
  bob: { kind: user, pubkey: $bob }
  builder:
    kind: agent
    engine: { type: exec, auth: none, command: ["true"] }
    workspace: { repository: "file:///repository", base: main }
    policy: { sandbox: none, approval: { source.publish: { by: [alice, bob], quorum: 1 } } }
edges: [alice delegates_to builder, bob delegates_to builder, alice approves builder, bob approves builder, alice reviews builder]
`;
export const SESSION = uuidOf(0xa1);
export const APPROVAL = uuidOf(0xa2);
export const REVIEW = uuidOf(0xa3);
export const fileOf = (text: string, path = 'README.md'): ChangedFile[] => [
  { path, old: null, new: { mode: '100644', bytes: utf8(text) } },
];

type Subject = PublishSubject;
export type Question = {
  /** Of which the subject speaks, and which stand in the blob that is shown. */
  files?: readonly ChangedFile[];
  shown?: readonly ChangedFile[];
  lie?: (files: ShownFile[]) => ShownFile[];
  subject?: Partial<Subject>;
  /** Digest of the blob; of the bytes that are shown when left out. */
  diff?: string;
  approval?: string;
  session?: string;
  task?: string;
  /** Whether the rest of a long task is here. */
  isGiven?: boolean;
  path?: string[];
  launchedBy?: string;
  transcript?: BodyOf<'approval.request'>['transcript'];
  /** Who asks, and when by its own clock. */
  from?: 'node' | 'peer';
  at?: number;
};

/** The commit that the old contents are of. */
export const BASE = 'ba'.repeat(20);
const KEYS: Keys = { alice: 'user', bob: 'bob', builder: 'node' };

/** Her routes are here; `null`: not yet. */
export const startSingleUser = async (keys: Keys | null = KEYS) => {
  const one = createSingleHome('user', 'alice');
  const { home, world, suite, graph, actors } = one;
  const user = await startUser({ home, invite: null });
  let n = 0;
  /** Hers, unless the Host says another's to her. */
  const hearRoutes = (nodes = KEYS, text = USER_GRAPH, owner = 'alice') =>
    one.hear({
      type: 'routes',
      from: 'host',
      to: 'user',
      body: routesBody(world, text, owner, nodes, ++n),
    });
  if (keys) await hearRoutes(keys);
  /** The rest of a text, by who names it in a message. */
  const give = giveTo(one, user.exchange, 'user');
  /** The node asks for an approval; the bytes are here at once. */
  const askApproval = async ({ files = fileOf('hello\n'), ...question }: Question = {}) => {
    const {
      shown = files,
      lie = (all: ShownFile[]) => all,
      approval = APPROVAL,
      session = SESSION,
      from = 'node',
    } = question;
    const bundle = writeDocument(BASE, lie(shown.map((file) => shownFile(file, suite.sha256))));
    const subject: Subject = {
      domain: 'entangle/subject/1',
      graph,
      policy: '70'.repeat(32),
      approval,
      session,
      attempt: 1,
      fence: 1,
      operation: 'source.publish',
      expiresAt: NOW + 3600,
      remote: 'file:///repository',
      ref: `refs/heads/entangle/builder/${session}`,
      expectedHead: null,
      commit: 'c0'.repeat(20),
      changes: changesDigest(
        files.map((file) => changeOf(file, suite.sha256)),
        suite.sha256,
      ),
      hunks: toHex(suite.sha256(bundle)),
      ...question.subject,
    };
    const subjectDigest = digestOf(suite, subject);
    const { task = 'write', path = ['alice', 'builder'], launchedBy = actors.user.pubkey } = question;
    const text = await carry(home, task, MOST_BRIEF);
    const { transcript } = question;
    const printed = transcript ? { transcript } : {};
    const about = { task: text.head, ...wholeOf(text), path, launchedBy, files: shown.length, ...printed };
    const diff = question.diff ?? (await home.blobs.put(bundle));
    if (question.diff) home.disk.blobs.set(diff, bundle);
    const event = await one.hear({
      type: 'approval.request',
      from,
      to: 'user',
      ...(question.at === undefined ? {} : { at: question.at }),
      body: { approval, session, subject, subjectDigest, diff: [diff], size: bundle.length, ...about },
    });
    if (text.whole && question.isGiven !== false) await give(utf8(task), from);
    const { remote, ref, commit } = subject;
    const place = { repository: remote, branch: ref.replace('refs/heads/', ''), commit };
    return { approval, session, subjectDigest, event, place };
  };
  /** A turn of the node waits for a command. */
  const askCall = async (changed: Partial<CallSubject> = {}, grants?: string[], seen?: boolean) => {
    const subject: CallSubject = {
      ...{ domain: 'entangle/subject/1', graph, policy: '70'.repeat(32), approval: APPROVAL },
      ...{ session: SESSION, attempt: 1, fence: 1, operation: 'command.run', expiresAt: NOW + 3600 },
      ...{ turn: 1, binding: 'declared', command: 'make all', words: 'Run make', input: null },
      option: { id: 'once', kind: 'allow_once', name: 'Once' },
      ...changed,
    };
    const subjectDigest = digestOf(suite, subject);
    const { approval, session } = subject;
    const about = { task: 'write', path: ['alice', 'builder'], launchedBy: actors.user.pubkey };
    const told = { ...(grants && { grants }), ...(seen !== undefined && { seen }) };
    const none = { diff: [], size: 0, files: 0, ...told };
    const body = { approval, session, subject, subjectDigest, ...none, ...about };
    await one.hear({ type: 'approval.request', from: 'node', to: 'user', body });
    return { subject, subjectDigest: `sha256:${subjectDigest}` };
  };
  /** The node asks for a review of what its turn has made; the bytes are here at once. */
  const askReview = async (changed: Partial<BodyOf<'review.request'>['subject']> = {}) => {
    const files = fileOf('hello\n').map((file) => shownFile(file, suite.sha256));
    const document = writeDocument(BASE, files);
    const subject: BodyOf<'review.request'>['subject'] = {
      ...{ domain: 'entangle/review/1', graph, review: REVIEW, session: SESSION, attempt: 1 },
      ...{ expiresAt: NOW + 600, repository: 'file:///repository', base: BASE, commit: 'c0'.repeat(20) },
      changes: changesDigest(files, suite.sha256),
      hunks: toHex(suite.sha256(document)),
      ...changed,
    };
    const subjectDigest = digestOf(suite, subject);
    const body = {
      ...{ review: subject.review, session: subject.session, attempt: 1, step: 2, subject, subjectDigest },
      ...{ diff: [await home.blobs.put(document)], size: document.length, files: 1, note: 'is it safe?' },
      ...{ task: 'write', path: ['alice', 'builder'], launchedBy: actors.user.pubkey },
    };
    const event = await one.hear({ type: 'review.request', from: 'node', to: 'user', body });
    return { event, subject, subjectDigest: `sha256:${subjectDigest}` };
  };
  /** A task that somebody launched: alice herself, or bob, whose request only a damaged or foreign ledger brings here. */
  const launch = async (from: 'user' | 'bob' = 'user', session = SESSION) => {
    const task = { session, attempt: 1, task: 'write', budget: { hops: 8, turns: 50, path: ['alice'] } };
    const said = { type: 'task.request' as const, to: 'node' as const, body: task, session };
    const dedup = `task:${session}:1`;
    const draft = { ...said, from: actors[from].pubkey, to: actors.node.pubkey, dedup };
    if (from === 'user') await user.exchange.send([draft]);
    else await home.ledger.append(() => [{ dir: 'in', event: world.compose({ ...said, from, dedup }) }]);
    return home.tables.get('sessions', session)!;
  };
  /** Whoever she said something to has it. */
  const acknowledge = async () => {
    for (const { recipient, stream, seq } of home.tables.list('outbox')) {
      const body = { stream, high: seq, top: seq, missing: [] };
      const from = one.byKey.get(recipient)!.name as Name;
      await one.hear({ type: 'ack', from, to: 'user', body });
    }
    await one.time.pass(1);
  };
  return { ...one, user, hearRoutes, askApproval, askCall, askReview, launch, give, acknowledge };
};
