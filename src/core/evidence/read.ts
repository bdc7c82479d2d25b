/** The two files beside a commit, read strictly: what they say, or what is damaged in them. */
import type { Suite } from '../crypto/suite.ts';
import { fromBase64, fromUtf8 } from '../encoding/bytes.ts';
import { canonicalize } from '../encoding/canonical.ts';
import { readShape } from '../encoding/read-shape.ts';
import { parseStrict } from '../encoding/strict-json.ts';
import { type SignedEvent, verifyEvent } from '../nostr/event.ts';
import { type Evidence, verifyEvidence } from '../protocol/evidence.ts';
import type { BodyOf } from '../protocol/table.ts';
import { envelopeOf, envelopeShape, isLogged, type Logged } from './dsse.ts';
import { type Predicate, type Statement, statementShape } from './statement.ts';

/** Names in the tree of a commit’s evidence. */
export const EVIDENCE_FILES = { statement: 'statement.dsse.json', events: 'events.ndjson' } as const;
export type Attested = Record<keyof typeof EVIDENCE_FILES, string>;

type Decided = Evidence & { body: BodyOf<'approval.response'> };
export type ReadEvidence = {
  statement: Statement;
  predicate: Predicate;
  /** As the envelope has it, and as the Host signed it into its own event. */
  enveloped: Logged;
  hosts: Logged;
  host: SignedEvent;
  /** Of these people, each genuine and about the stated subject. */
  approvals: readonly Decided[];
  events: readonly SignedEvent[];
};

/** As they are pushed beside a commit. */
export const writeAttested = (statement: Logged, events: readonly SignedEvent[]): Attested => ({
  statement: `${JSON.stringify(envelopeOf(statement))}\n`,
  events: events.map((event) => `${JSON.stringify(event)}\n`).join(''),
});

const MAX_EVENTS = 100;
export const typeOfEvent = ({ tags }: Pick<SignedEvent, 'tags'>): string =>
  tags.find(([tag]) => tag === 'type')?.[1] ?? '';

const parsed = (text: string): unknown => {
  try {
    return parseStrict(text);
  } catch {
    return undefined;
  }
};

const statementIn = (payload: string): Statement | null => {
  try {
    const text = fromUtf8(fromBase64(payload));
    const { data } = readShape(statementShape, parsed(text));
    // One text for each statement: what was added beside it would be read by others
    return data && canonicalize(data) === text ? data : null;
  } catch {
    return null;
  }
};

/** What is damaged is told by its reason; whether what is whole suffices is not asked here. */
export const readAttested = (
  suite: Suite,
  { statement: text, events: lines }: Attested,
): ReadEvidence | { damage: string } => {
  const envelope = readShape(envelopeShape, parsed(text)).data;
  if (!envelope) return { damage: 'bad_envelope' };
  const [signature] = envelope.signatures;
  const enveloped = { payload: envelope.payload, log: signature!.keyid, sig: signature!.sig };
  const statement = statementIn(enveloped.payload);
  if (statement === null) return { damage: 'bad_statement' };
  const written = lines.split('\n').filter(Boolean);
  // Counted first: a signature takes its time, and anybody may have written them
  if (written.length > MAX_EVENTS) return { damage: 'bad_event' };
  const events = written.map(parsed);
  const isGenuine = events.every((event): event is SignedEvent => verifyEvent(suite, event));
  if (!isGenuine) return { damage: 'bad_event' };
  const { subject, subjectDigest } = statement.predicate;
  const { graph, approval } = subject;
  const said = events.filter((event) => typeOfEvent(event) === 'evidence.statement');
  const host = said.length === 1 ? said[0]! : null;
  const stated =
    host &&
    verifyEvidence(suite, host, {
      ...{ type: 'evidence.statement', role: 'host', graph },
      about: (body: BodyOf<'evidence.statement'>) => body.approval === approval,
    });
  if (!host || !stated || 'denial' in stated) return { damage: 'no_host_event' };
  const { statement: hosts } = stated.body as BodyOf<'evidence.statement'>;
  if (!hosts || hosts.payload !== enveloped.payload) return { damage: 'other_statement' };
  if (hosts.log !== enveloped.log) return { damage: 'other_log_key' };
  if (!isLogged(enveloped)) return { damage: 'log_signature' };
  const approvals: Decided[] = [];
  for (const event of events.filter((one) => typeOfEvent(one) === 'approval.response')) {
    const found = verifyEvidence(suite, event, {
      ...{ type: 'approval.response', role: 'user', graph },
      about: (body: BodyOf<'approval.response'>) =>
        body.subjectDigest === subjectDigest && canonicalize(body.subject) === canonicalize(subject),
    });
    if ('denial' in found) return { damage: 'other_approval' };
    approvals.push(found as Decided);
  }
  return { statement, predicate: statement.predicate, enveloped, hosts, host, approvals, events };
};
