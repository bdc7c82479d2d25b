/** What is particular to a message type: the state it needs to find. Types without an entry need none. */

import { MAX_EXPIRES_SECONDS, MAX_QUESTIONS, MAX_REVIEWS } from '../../core/bounds.ts';
import { isWord } from '../../core/encoding/grammar.ts';
import { readHostCheckpoint } from '../../core/ledger/host-checkpoint.ts';
import { ENDING_OF } from '../../core/machines/approval.ts';
import { isReviewOver, questionState, verdictOf } from '../../core/projection/queries.ts';
import { contentOf } from '../../core/projection/reducers/routes.ts';
import { attachedTrouble } from '../../core/protocol/attached.ts';
import type { Verdict } from '../../core/protocol/authorize.ts';
import type { Message } from '../../core/protocol/message.ts';
import type { ApprovalSubject, Transcript } from '../../core/protocol/messages/a2a.ts';
import type { BodyOf, MessageType } from '../../core/protocol/table.ts';
import { CALL_BINDINGS, DECISIONS, LIVE_ASSIGNMENT_STATES } from '../../core/vocabulary.ts';
import {
  isAsked,
  isOfAttempt,
  mayPublish,
  mayRun,
  ofArtifact,
  ofRunner,
  ofSession,
  ofTurn,
  ofWork,
  requestsOf,
} from './attribution.ts';
import { hostOf } from './authority.ts';
import { ofFile } from './given-files.ts';
import { areSigned, isGrantOf, ofGrant, ofRevocation } from './grants.ts';
import type { Home } from './home.ts';
import { nowSeconds } from './home.ts';
import { isNodeProof, isProvenPeer } from './node-proof.ts';
import { decisionOf, isEvidence, isOfSession, isWhole, ofBeginning } from './observed-evidence.ts';
import { isSaidBy, ofAnnouncement, ofRoutesPart } from './routes-list.ts';
import { hasTouched } from './touched.ts';
import { late, reject, when } from './verdict.ts';

type StateRule<T extends MessageType> = (home: Home, m: Message<BodyOf<T>>) => Verdict | null;

/** Durable hellos of a runner nobody trusts yet. */
const HELLOS_WHILE_PENDING = 20;

/** Open approvals, open reviews and open escalations, each, of one node to one person: more is a flood, and waits until some are closed. */
const OPEN_APPROVALS = 100;
/** By as much may the clock of who asks be ahead. */
const CLOCK_SECONDS = 7 * 86_400;
/** A small question is answered with up to a hundred messages: the same one is not answered without end. */
const GETS_OF_ONE_BLOB = 4;

const STATE_RULES: { readonly [T in MessageType]?: StateRule<T> } = {
  'runner.hello': (home, m) => {
    const said = { sender: m.from, recipient: m.to, type: 'runner.hello' as const };
    const trusted = home.tables.get('trust', m.from)?.state === 'trusted';
    return when(
      !trusted && home.tables.count('messages', said) >= HELLOS_WHILE_PENDING,
      reject('too_many_hellos'),
    );
  },
  // A key that joined again has another home now, and what the one before it says ends nothing
  'runner.goodbye': (home, m) => {
    // An old home may say hello again, but not with another invite
    const [joined] = home.tables
      .list('used_invites', { pubkey: m.from })
      .flatMap(({ message }) => home.tables.get('messages', message, 'in') ?? [])
      .sort((one, two) => two.line - one.line);
    return when(joined?.stream !== m.seq?.stream, reject('old_home'));
  },
  routes: (home, m) => {
    const owner = m.body.self.pubkey ?? m.to;
    const mine = home.tables.get('routes', owner);
    const same = mine?.epoch === m.epoch.n && mine.n === m.body.n;
    if (same && mine.content !== contentOf(m.body)) return reject('fork');
    if (!m.body.peers.every((peer) => isSaidBy(m.body.revision, peer))) return reject('bad_routes');
    if (m.body.list) return ofAnnouncement(home, m, m.body.list);
    return when(!m.body.peers.every((peer) => isProvenPeer(home, peer)), reject('bad_proof'));
  },
  'assignment.accept': (home, m) => {
    const row = home.tables.get('assignments', m.body.assignment);
    if (row?.runner !== m.from || row.fence !== m.body.fence) return reject('not_assigned');
    if (!isNodeProof(home, m)) return reject('bad_proof');
    if (row.pubkey !== null && row.pubkey !== m.body.pubkey) return reject('already_accepted');
    if (row.pubkey === null && home.tables.get('keys', m.body.pubkey)) return reject('key_reuse');
    return when(row.state !== 'offered', late('assignment_over'));
  },
  'assignment.reject': (home, m) => ofAssignment(home, m),
  'assignment.receipt': (home, m) => ofAssignment(home, m),
  'secret.request': (home, m) => ofAssignment(home, m) ?? ofLive(home, m.body.assignment),
  'session.cancel': (home, m) => {
    const session = home.tables.get('sessions', m.body.session);
    if (!session) return reject('no_session');
    const [held] = home.tables.list('assignments', { pubkey: session.node });
    // One that a node here gave away is for the runner of whom it was asked
    if (!held) return reject('not_yours');
    return when(session.open === 0, late('session_over')) ?? ofLive(home, held.id);
  },
  'secret.grant': (home, m) => ofSecret(home, m),
  'secret.deny': (home, m) => ofSecret(home, m),
  'checkpoint.proof': (home, m) =>
    when(readHostCheckpoint(home.suite, hostOf(home), m.body.checkpoint) === null, reject('bad_proof')),
  'evidence.request': (home, m) => {
    const { subject, session, approval } = m.body;
    const fits = subject.session === session && subject.approval === approval && subject.graph === home.graph;
    return when(!fits, reject('wrong_subject')) ?? ofRunner(home, m);
  },
  'evidence.statement': (home, m) => ofEvidence(home, m),
  'evidence.logged': (home, m) => ofEvidence(home, m),
  'session.observed': (home, m) => {
    const { node, evidence, session, attempt, requester } = m.body;
    if (!mayRun(home, m.from, node)) return reject('not_assigned');
    const told = home.tables.list('transitions', { kind: 'session', id: session });
    const isOther = told.some((row) => row.attempt === attempt && row.by !== m.from);
    // Who asked first is who asks on: nobody begins one by asking for it
    const isOfOther = requestsOf(home, session).some(
      (detail) => detail.node !== node || detail.requester !== requester,
    );
    if (isOther || isOfOther) return reject('not_yours');
    const genuine = evidence.every((event) =>
      isEvidence(
        home,
        event,
        (body, type) => body.session === session && isOfSession(m.body, body, type, event),
      ),
    );
    if (!genuine) return reject('bad_evidence');
    return told.some((row) => row.attempt === attempt) ? null : ofBeginning(home, m);
  },
  'approval.observed': (home, m) => {
    const { evidence, approval, operation, state, session, subjectDigest } = m.body;
    const mine = home.tables.get('approvals', approval);
    if (mine && mine.node !== m.from) return reject('not_yours');
    const isOther =
      mine?.session !== session || mine.subject !== subjectDigest || mine.operation !== operation;
    if (mine && isOther) return reject('wrong_subject');
    const genuine = evidence.every((event) =>
      isEvidence(
        home,
        event,
        (body, type) =>
          isWhole(home, body) &&
          (type === 'grant'
            ? isGrantOf(home, m, event)
            : body.approval === approval &&
              body.subjectDigest === subjectDigest &&
              isSubject(body.subject, { operation, session })),
      ),
    );
    if (!genuine) return reject('bad_evidence');
    // A decision is told with one person's signature under it at least.
    const decision = DECISIONS.find((one) => ENDING_OF[one] === state);
    const isTold = !decision || evidence.some((event) => decisionOf(event) === decision);
    if (!isTold) return reject('bad_evidence');
    return ofRunner(home, m);
  },
  'turn.observed': (home, m) => ofRunner(home, m),
  'conversation.observed': (home, m) => ofRunner(home, m),
  'recovery.observed': (home, m) => ofRunner(home, m),
  'source.observed': (home, m) => ofRunner(home, m),
  'waiting.observed': (home, m) => ofRunner(home, m),
  'artifact.observed': (home, m) => ofArtifact(home, m) ?? ofRunner(home, m),
  'artifact.ref': (home, m) =>
    isTaken(home, 'artifacts', m.body.artifact)
      ? reject('wrong_subject')
      : (ofArtifact(home, m) ?? ofWork(home, m)),
  'artifact.file': (home, m) =>
    isTaken(home, 'files', m.body.artifact) ? reject('wrong_subject') : ofFile(home, m),
  'task.request': (home, m) => ofTask(home, m),
  'task.handoff': (home, m) => ofTask(home, m),
  'task.escalate': (home, m) => ofTask(home, m),
  'task.review': (home, m) => ofTask(home, m) ?? ofReview(home, m, m.body.review),
  question: (home, m) => {
    const mine = home.tables.get('questions', m.body.question);
    // One id, one question: an answer to one thing is not put under another.
    if (mine && mine.message !== m.id) return reject('wrong_subject');
    const asked = home.tables.count('questions', { session: m.body.session });
    return ofSession(home, m) ?? when(asked >= MAX_QUESTIONS, reject('too_many_questions'));
  },
  escalation: (home, m) => {
    const { question, session } = m.body;
    const mine = home.tables.get('questions', question);
    if ((mine && mine.message !== m.id) || isTaken(home, 'questions', question))
      return reject('wrong_subject');
    if (home.tables.get('sessions', session) && !isAsked(home, session, m.from)) return reject('not_yours');
    if (mine) return null;
    const isFull = home.tables.count('questions', { session, node: m.from }) >= MAX_QUESTIONS;
    const open = home.tables.count('questions', { node: m.from, open: 1 });
    return (
      when(isFull, reject('too_many_questions')) ?? when(open >= OPEN_APPROVALS, reject('too_many_open'))
    );
  },
  'escalation.closed': (home, m) => {
    const mine = home.tables.get('questions', m.body.question);
    if (mine?.node !== m.from) return reject('not_yours');
    // Else it would give back the place of another, which goes on being asked
    return when(mine.session !== m.body.session || mine.message !== m.re, reject('wrong_subject'));
  },
  reply: (home, m) => {
    const row = home.tables.get('questions', m.body.question);
    if (row?.message !== m.re || row.session !== m.body.session) return reject('wrong_subject');
    const state = questionState(home.tables, row);
    if (state === 'answered') return reject('already_answered');
    return when(state === 'over', late('question_over'));
  },
  'approval.request': (home, m) => {
    const { subject, subjectDigest, session, approval } = m.body;
    const fits =
      isWhole(home, m.body) &&
      subject.graph === home.graph &&
      subject.session === session &&
      subject.approval === approval &&
      isBound(subject);
    const mine = home.tables.get('approvals', approval);
    // One id, one subject: nobody who was shown one thing signs another.
    const isOther = mine !== undefined && (mine.node !== m.from || mine.subject !== subjectDigest);
    if (!fits || isOther || isTaken(home, 'approvals', approval)) return reject('wrong_subject');
    if (attachedTrouble(m.body.attached ?? []) !== null) return reject('bad_attachment');
    const printed = ofTranscript(m.body, subject.attempt);
    if (printed) return printed;
    // Who launched the session knows which node it was given to; another approver has only the node's word.
    if (home.tables.get('sessions', session) && !isAsked(home, session, m.from)) return reject('not_yours');
    if (subject.expiresAt > nowSeconds(home) + MAX_EXPIRES_SECONDS + CLOCK_SECONDS)
      return reject('expires_too_late');
    const open = home.tables.count('approvals', { node: m.from, open: 1 });
    return when(mine === undefined && open >= OPEN_APPROVALS, reject('too_many_open'));
  },
  'approval.closed': (home, m) => {
    const mine = home.tables.get('approvals', m.body.approval);
    if (mine?.node !== m.from) return reject('not_yours');
    const isOther = mine.session !== m.body.session || mine.subject !== m.body.subjectDigest;
    return when(isOther || !areSigned(home, m), reject('wrong_subject'));
  },
  'approval.response': (home, m) => {
    const approval = home.tables.get('approvals', m.body.approval);
    if (approval?.node !== m.to) return reject('not_asked');
    if (!isWhole(home, m.body) || approval.subject !== m.body.subjectDigest) return reject('wrong_subject');
    const asked = home.tables.get('approval_requests', m.body.approval, m.from);
    if (!asked) return reject('not_approver');
    if (asked.message !== m.re) return reject('wrong_subject');
    if (m.body.decision === 'approved' && !hasTouched(home, approval, m)) return reject('not_touched');
    // One decision a person: not even its own stream's order lets a later one take the place of the first.
    if (home.tables.get('decisions', m.body.approval, m.from)) return reject('already_decided');
    return when(
      approval.open === 0 || approval.expires <= nowSeconds(home),
      late(approval.open === 0 ? 'approval_closed' : 'approval_expired'),
    );
  },
  'publish.request': (home, m) => {
    const session = home.tables.get('sessions', m.body.session);
    if (!session) return reject('no_session');
    if (session.node !== m.to) return reject('not_yours');
    return when(!mayPublish(home, session, m.from), reject('not_approver'));
  },
  'publish.result': (home, m) => {
    const asked = m.re === null ? undefined : home.tables.get('messages', m.re, 'out');
    return when(asked?.session !== m.body.session, reject('wrong_subject'));
  },
  grant: (home, m) => ofGrant(home, m),
  'grant.revoke': (home, m) => ofRevocation(home, m),
  'review.request': (home, m) => {
    const { subject, session, attempt, review } = m.body;
    const fits = subject.session === session && subject.attempt === attempt && subject.review === review;
    if (!fits) return reject('wrong_subject');
    if (attachedTrouble(m.body.attached ?? []) !== null) return reject('bad_attachment');
    return ofReview(home, m, m.body);
  },
  'review.closed': (home, m) => {
    const mine = home.tables.get('reviews', m.body.review);
    if (mine?.node !== m.from) return reject('not_yours');
    const isOther = mine.session !== m.body.session || mine.subject !== m.body.subjectDigest;
    // Else it would give back the place of another, which goes on being asked
    return when(isOther || mine.message !== m.re, reject('wrong_subject'));
  },
  'review.result': (home, m) => {
    const row = home.tables.get('reviews', m.body.review);
    if (row?.node !== m.to) return reject('not_asked');
    const isAbout = isWhole(home, m.body) && row.subject === m.body.subjectDigest && row.message === m.re;
    if (!isAbout || row.reviewer !== m.from) return reject('wrong_subject');
    const given = verdictOf(home.tables, row);
    // Between two nodes of this home it is known when it is sent; it counts when it has arrived
    if (given) return when(given.message !== m.id, reject('already_answered'));
    return when(isReviewOver(home.tables, row, nowSeconds(home)), late('review_over'));
  },
  'turn.trace': (home, m) => ofTurn(home, m),
  'task.accept': (home, m) => ofSession(home, m),
  'task.update': (home, m) => ofTranscript(m.body, m.body.attempt) ?? ofSession(home, m),
  'task.result': (home, m) => ofTranscript(m.body, m.body.attempt) ?? ofSession(home, m),
  'task.waiting': (home, m) => {
    const { session, attempt, n } = m.body;
    const isTheirs = isOfAttempt(home, { session, attempt, by: m.from });
    const said = home.tables.get('waits', session, m.from);
    const isOld = said !== undefined && (attempt < said.attempt || (attempt === said.attempt && n <= said.n));
    // One that another has overtaken fills a gap of their numbers; where there is none, it is said without end
    const before = { session, type: 'task.waiting', sender: m.from, dir: 'in' } as const;
    const isMore = isOld && home.tables.count('messages', before) >= said.n;
    return ofSession(home, m) ?? when(!isTheirs, reject('not_yours')) ?? when(isMore, reject('already_told'));
  },
  'blob.get': (home, m) => {
    const { sha256 } = m.body;
    if (!home.tables.get('blob_grants', sha256, m.to, m.from)) return reject('not_named');
    const before = home.tables.count('blob_requests', { sha256, asker: m.from, holder: m.to });
    return when(before >= GETS_OF_ONE_BLOB, reject('too_many_gets'));
  },
  'blob.part': (home, m) => {
    const { sha256, n, of } = m.body;
    const isAnswer = home.tables.get('blob_requests', m.re ?? '')?.sha256 === sha256 && n < Math.max(1, of);
    return isAnswer ? ofRoutesPart(home, m) : reject('not_asked');
  },
};

type Reviewed = Pick<BodyOf<'review.request'>, 'subject' | 'subjectDigest'>;
/** Put to a person, or given to a node as work. */
const ofReview = (home: Home, m: Message, { subject, subjectDigest }: Reviewed): Verdict | null => {
  const { session, review } = subject;
  const mine = home.tables.get('reviews', review);
  // One id, one request: its task and note are no part of the subject, and nobody answers others than they were shown
  const isOther = mine !== undefined && mine.message !== m.id;
  const fits = isWhole(home, { subject, subjectDigest }) && subject.graph === home.graph;
  if (!fits || isOther || isTaken(home, 'reviews', review)) return reject('wrong_subject');
  if (home.tables.get('sessions', session) && !isAsked(home, session, m.from)) return reject('not_yours');
  if (subject.expiresAt > nowSeconds(home) + MAX_EXPIRES_SECONDS + CLOCK_SECONDS)
    return reject('expires_too_late');
  if (mine) return null;
  // A session that is not known here is any node's word: none uses up what another may ask
  const isFull = home.tables.count('reviews', { session, node: m.from }) >= MAX_REVIEWS;
  const open = home.tables.count('reviews', { node: m.from, open: 1 });
  return when(isFull, reject('too_many_reviews')) ?? when(open >= OPEN_APPROVALS, reject('too_many_open'));
};

/** Who asked first is who asks on, and of one key an attempt. */
const ofTask = (home: Home, m: Message<BodyOf<'task.request'>>): Verdict | null => {
  if (attachedTrouble(m.body.attached ?? []) !== null) return reject('bad_attachment');
  const session = home.tables.get('sessions', m.body.session);
  if (session && session.requester !== m.from) return reject('session_taken');
  // One attempt, one node key: another one is asked under the next number, so that what the first did stays known.
  const isOthers = requestsOf(home, m.body.session).some(
    ({ attempt, node }) => attempt === m.body.attempt && node !== m.to,
  );
  return when(isOthers, reject('session_taken'));
};

/** What was signed is of the operation and the session that are told. */
const isSubject = (subject: unknown, told: { operation: string; session: string }): boolean => {
  const { operation, session } = subject as { operation?: unknown; session?: unknown };
  return operation === told.operation && session === told.session;
};

/** Who gave a call gave its text, and who described one did not. */
const isBound = (subject: ApprovalSubject): boolean =>
  subject.operation === 'source.publish' ||
  (CALL_BINDINGS[subject.operation].includes(subject.binding) &&
    (subject.binding === 'described') === (subject.command === null));

/** What a person names by its id is one thing, and an answer to it is of no other kind. */
const isTaken = (
  { tables }: Home,
  of: 'approvals' | 'reviews' | 'questions' | 'files' | 'artifacts',
  id: string,
): boolean =>
  (['sessions', 'questions', 'approvals', 'reviews', 'files', 'artifacts'] as const).some(
    (table) => table !== of && tables.get(table, id) !== undefined,
  );

/** What a turn printed is told by the message of its own attempt. */
const ofTranscript = (
  { transcript }: { transcript?: Transcript | undefined },
  attempt: number,
): Verdict | null =>
  when(transcript !== undefined && transcript.attempt !== attempt, reject('wrong_subject'));

/** The verdict of the type's own judge. */
export const stateVerdict = (home: Home, m: Message): Verdict =>
  STATE_RULES[m.type as MessageType]?.(home, m as never) ?? { is: 'accept' };

const ofLive = (home: Home, assignment: string): Verdict | null =>
  when(
    !isWord(LIVE_ASSIGNMENT_STATES, home.tables.get('assignments', assignment)?.state ?? ''),
    late('assignment_over'),
  );

/** What answers a question of evidence is about the commit that was asked for. */
const ofEvidence = (home: Home, m: Message<{ session: string; approval: string }>): Verdict | null => {
  const row = home.tables.get('evidence_requests', m.re ?? '');
  return when(row?.session !== m.body.session || row.approval !== m.body.approval, reject('wrong_subject'));
};

/** An answer is about what was asked for. */
const ofSecret = (
  home: Home,
  m: Message<{ assignment: string; fence: number; name: string }>,
): Verdict | null => {
  const asked = home.tables.get('secret_requests', m.re ?? '');
  const { assignment, fence, name } = m.body;
  const isAnswer = asked?.assignment === assignment && asked.fence === fence && asked.name === name;
  return when(!isAnswer, reject('wrong_subject'));
};

const ofAssignment = (home: Home, m: Message<{ assignment: string; fence: number }>): Verdict | null => {
  const row = home.tables.get('assignments', m.body.assignment);
  return when(row?.runner !== m.from || row.fence !== m.body.fence, reject('not_assigned'));
};
