/** Whether people approved a publication, by the graph and by what they signed: asked for a statement, and before anything is pushed. */
import { toHex, utf8 } from '../../core/encoding/bytes.ts';
import { digestOf } from '../../core/encoding/canonical.ts';
import { isWord } from '../../core/encoding/grammar.ts';
import { typeOfEvent } from '../../core/evidence/read.ts';
import type { Predicate } from '../../core/evidence/statement.ts';
import { isTouched } from '../../core/evidence/touch.ts';
import { policyDigest, type Terms, termsOf } from '../../core/graph/approvals.ts';
import { type AgentNode, type Graph, personOf } from '../../core/graph/model.ts';
import { isPruned } from '../../core/projection/fold.ts';
import { verifyEvidence } from '../../core/protocol/evidence.ts';
import type { PublishSubject } from '../../core/protocol/messages/publish-subject.ts';
import type { BodyOf } from '../../core/protocol/table.ts';
import { type Unapproved, WORK_TYPES } from '../../core/vocabulary.ts';
import { bodyIn, readEvent } from '../messaging/read-event.ts';
import { graphOfRevision } from './graph.ts';
import type { Host } from './host.ts';

/** What a runner says was approved, and the signed events by which it says so. */
type Claim = Pick<BodyOf<'evidence.request'>, 'evidence'> & { subject: PublishSubject };
type Approved = Pick<Under, 'terms' | 'revision'> &
  Pick<Predicate, 'requesters' | 'decisions'> & {
    agent: AgentNode;
    /** Whether who launched it was shown, by what they signed. */
    isLauncherShown: boolean;
  };

/** Under the policy of one of the newest so many revisions; or why it counts as approved by nobody. */
export const approvedBy = async (
  host: Host,
  node: string,
  claim: Claim,
  revisions: number,
): Promise<Approved | Unapproved> => {
  const under = await policyOf(host, node, claim, revisions);
  const agent = under?.graph.nodes.get(node);
  if (under === null || agent?.kind !== 'agent') return 'policy_unknown';
  const { graph, terms, revision } = under;
  const { requesters, isShown } = await requestersOf(host, claim.subject.session, graph);
  const decisions = decisionsOf(host, claim, terms).filter(
    ({ person }) => !terms.four_eyes || requesters.every((asker) => asker.person !== person),
  );
  if (new Set(decisions.map(({ person }) => person)).size < terms.quorum) return 'too_few_approvals';
  return { agent, terms, revision, requesters, decisions, isLauncherShown: isShown };
};

type Under = { graph: Graph; terms: Terms; revision: { n: number; digest: string } };
/** The newest revision with the policy that stands in what people signed. */
const policyOf = async (
  host: Host,
  node: string,
  { subject }: Claim,
  revisions: number,
): Promise<Under | null> => {
  const { suite, tables } = host.home;
  const sha256 = (text: string): string => toHex(suite.sha256(utf8(text)));
  const newest = { order: 'n', descending: true, limit: revisions } as const;
  for (const row of tables.list('revisions', {}, newest)) {
    const graph = await graphOfRevision(host, row);
    const terms = graph && termsOf(graph, node, subject.operation);
    if (graph && terms && policyDigest(terms, sha256) === subject.policy)
      return { graph, terms, revision: { n: row.n, digest: row.digest } };
  }
  return null;
};

/**
 * What a runner embeds counts as far as it is genuine, about this subject, in time, and by somebody whom the policy names.
 * A policy can be an old one, and its people thrown out since: a key that the graph has no more approves nothing.
 */
const decisionsOf = (
  { home, graph }: Host,
  { subject, evidence }: Claim,
  { approvers, assurance }: Terms,
) => {
  const people = new Set(
    [...(graph?.nodes.values() ?? [])].flatMap((node) => (node.kind === 'user' ? [node.pubkey] : [])),
  );
  const digest = digestOf(home.suite, subject);
  return evidence.flatMap((event) => {
    const named = approvers.find(({ pubkey }) => pubkey === event.pubkey);
    const found = verifyEvidence(home.suite, event, {
      ...{ type: 'approval.response', role: 'user', graph: home.graph },
      about: (body: BodyOf<'approval.response'>) =>
        body.decision === 'approved' &&
        body.subjectDigest === digest &&
        (assurance === null || isTouched(home.suite, body.sshsig, digest, named?.ssh ?? [])),
    });
    return named && people.has(named.pubkey) && event.created_at <= subject.expiresAt && !('denial' in found)
      ? [{ event: event.id, pubkey: named.pubkey, person: named.person }]
      : [];
  });
};

/** People who gave the task on, by the request that was embedded when its session was observed; `isShown`: whether one was. */
const requestersOf = async (
  { home }: Host,
  session: string,
  graph: Graph,
): Promise<{ requesters: Predicate['requesters']; isShown: boolean }> => {
  let isShown = false;
  const names = new Set<string>();
  const keys = new Set([home.tables.get('sessions', session)?.requester]);
  for (const { id } of home.tables.list('messages', { type: 'session.observed', dir: 'in', session })) {
    const event = await readEvent(home, id);
    const embedded = event && !isPruned(event) ? bodyIn<BodyOf<'session.observed'>>(event).evidence : [];
    for (const one of embedded)
      if (isWord(WORK_TYPES, typeOfEvent(one))) {
        isShown = true;
        for (const name of bodyIn<BodyOf<'task.request'>>(one).budget.path) names.add(name);
      }
  }
  const requesters = [...graph.nodes].flatMap(([name, node]) =>
    node.kind === 'user' && (names.has(name) || keys.has(node.pubkey))
      ? [{ name, person: personOf(name, node), pubkey: node.pubkey }]
      : [],
  );
  return { requesters, isShown };
};
