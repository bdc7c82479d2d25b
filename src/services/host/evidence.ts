/** States who approved a commit that was published, for anybody to check: from the graph, and from what people signed. */
import { logPublicKey, logSign } from '../../core/crypto/ed25519.ts';
import { fromBase64, toBase64, toHex } from '../../core/encoding/bytes.ts';
import { digestOf } from '../../core/encoding/canonical.ts';
import { type Logged, MAX_PAYLOAD, preAuthEncoding } from '../../core/evidence/dsse.ts';
import { type Predicate, writeStatement } from '../../core/evidence/statement.ts';
import type { RowOf } from '../../core/projection/rows.ts';
import type { BodyOf } from '../../core/protocol/table.ts';
import type { EvidenceDenial } from '../../core/vocabulary.ts';
import { readBody } from '../messaging/read-event.ts';
import { approvedBy } from './approved.ts';
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
  const { subject } = request;
  const name = tables.get('sessions', request.session)?.node ?? '';
  const held = tables
    .list('assignments', { node: name })
    .find(({ runner, fence }) => runner === asked.runner && fence === subject.fence);
  if (!held?.pubkey) return { reason: 'policy_unknown' };
  const approved = await approvedBy(host, name, request, REVISIONS_BACK);
  if (typeof approved === 'string') return { reason: approved };
  const { agent, terms, revision, requesters, decisions } = approved;
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
