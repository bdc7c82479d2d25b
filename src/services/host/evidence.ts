/** States who approved a commit that was published, for anybody to check: from the graph, and from what people signed. */
import { logPublicKey, logSign } from '../../core/crypto/ed25519.ts';
import { fromBase64, toBase64, toHex, utf8 } from '../../core/encoding/bytes.ts';
import { digestOf } from '../../core/encoding/canonical.ts';
import { isWord } from '../../core/encoding/grammar.ts';
import { type Logged, MAX_PAYLOAD, preAuthEncoding } from '../../core/evidence/dsse.ts';
import { typeOfEvent } from '../../core/evidence/read.ts';
import { type Predicate, writeStatement } from '../../core/evidence/statement.ts';
import { isTouched } from '../../core/evidence/touch.ts';
import { policyDigest, type Terms, termsOf } from '../../core/graph/approvals.ts';
import { type Graph, personOf } from '../../core/graph/model.ts';
import { isPruned } from '../../core/projection/fold.ts';
import type { RowOf } from '../../core/projection/rows.ts';
import { verifyEvidence } from '../../core/protocol/evidence.ts';
import type { BodyOf } from '../../core/protocol/table.ts';
import { type EvidenceDenial, WORK_TYPES } from '../../core/vocabulary.ts';
import { bodyIn, readBody, readEvent } from '../messaging/read-event.ts';
import { graphOfRevision } from './graph.ts';
import type { Host } from './host.ts';
import { toldRotations } from './log-key.ts';

type Asked = RowOf<'evidence_requests'>;
type Request = BodyOf<'evidence.request'>;
/** A policy that people approved under may be some revisions old by then. */
const REVISIONS_BACK = 50;

export const answerEvidence = async (host: Host): Promise<void> => {
  for (const asked of host.home.tables.list('evidence_requests', { state: 'asked' }))
    await answer(host, asked).catch((error: unknown) => {
      const why = error instanceof Error ? error.message : error;
      host.home.log('error', `nothing can be stated of commit ${asked.commit_id}: ${why}`);
    });
};

const answer = async (host: Host, asked: Asked): Promise<void> => {
  const { home } = host;
  const request = await readBody<Request>(home, asked.id);
  if (!request) return;
  const { session, approval } = request;
  const found = await stated(host, asked, request);
  const rotations = 'statement' in found ? await toldRotations(home) : [];
  await host.exchange.send([
    {
      type: 'evidence.statement',
      from: home.self.pubkey,
      to: asked.runner,
      body: { session, approval, ...found, ...(rotations.length > 0 && { rotations }) },
      re: asked.id,
      dedup: `evidence:${asked.id}`,
    },
  ]);
};

type Stated = { statement: Logged } | { reason: EvidenceDenial };
const stated = async (host: Host, asked: Asked, request: Request): Promise<Stated> => {
  const { tables } = host.home;
  const name = tables.get('sessions', request.session)?.node ?? '';
  const held = tables
    .list('assignments', { node: name })
    .find(({ runner, fence }) => runner === asked.runner && fence === request.subject.fence);
  const under = held?.pubkey ? await policyOf(host, name, request) : null;
  if (!held?.pubkey || under === null) return { reason: 'policy_unknown' };
  const { graph, terms, revision } = under;
  const agent = graph.nodes.get(name);
  if (agent?.kind !== 'agent') return { reason: 'policy_unknown' };
  const requesters = await requestersOf(host, request.session, graph);
  const decisions = decisionsOf(host, request, terms).filter(
    ({ person }) => !terms.four_eyes || requesters.every((asker) => asker.person !== person),
  );
  if (new Set(decisions.map(({ person }) => person)).size < terms.quorum)
    return { reason: 'too_few_approvals' };
  const { subject } = request;
  const payload = writeStatement(request.tree, {
    ...{ subject, subjectDigest: digestOf(host.home.suite, subject), revision },
    terms: terms as Predicate['terms'],
    ...{ requesters, decisions, node: { name, pubkey: held.pubkey } },
    runner: { name: tables.get('hellos', asked.runner)?.name ?? 'unknown', pubkey: asked.runner },
    ...{ engine: agent.engine.type, sandbox: agent.policy.sandbox },
  });
  return payload.length > MAX_PAYLOAD
    ? { reason: 'statement_too_large' }
    : { statement: signed(host, payload) };
};

const signed = ({ logKey }: Host, payload: string): Logged => ({
  payload,
  log: toHex(logPublicKey(logKey)),
  sig: toBase64(logSign(preAuthEncoding(fromBase64(payload)), logKey)),
});

type Under = { graph: Graph; terms: Terms; revision: { n: number; digest: string } };
/** The newest revision with the policy that stands in what people signed. */
const policyOf = async (host: Host, node: string, { subject }: Request): Promise<Under | null> => {
  const { suite, tables } = host.home;
  const sha256 = (text: string): string => toHex(suite.sha256(utf8(text)));
  const newest = { order: 'n', descending: true, limit: REVISIONS_BACK } as const;
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
  { subject, evidence }: Request,
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

/** People who gave the task on, by the request that was embedded when its session was observed. */
const requestersOf = async (
  { home }: Host,
  session: string,
  graph: Graph,
): Promise<Predicate['requesters']> => {
  const names = new Set<string>();
  const keys = new Set([home.tables.get('sessions', session)?.requester]);
  for (const { id } of home.tables.list('messages', { type: 'session.observed', dir: 'in', session })) {
    const event = await readEvent(home, id);
    const embedded = event && !isPruned(event) ? bodyIn<BodyOf<'session.observed'>>(event).evidence : [];
    for (const one of embedded)
      if (isWord(WORK_TYPES, typeOfEvent(one)))
        for (const name of bodyIn<BodyOf<'task.request'>>(one).budget.path) names.add(name);
  }
  return [...graph.nodes].flatMap(([name, node]) =>
    node.kind === 'user' && (names.has(name) || keys.has(node.pubkey))
      ? [{ name, person: personOf(name, node), pubkey: node.pubkey }]
      : [],
  );
};
