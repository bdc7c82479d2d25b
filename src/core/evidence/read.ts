/** The files beside a commit, read strictly: what they say, or what is damaged in them. */
import { armorSignature, type SshSignature, unarmorSignature } from '../crypto/ssh-signature.ts';
import type { Suite } from '../crypto/suite.ts';
import { fromBase64, fromUtf8 } from '../encoding/bytes.ts';
import { canonicalize } from '../encoding/canonical.ts';
import { readShape } from '../encoding/read-shape.ts';
import { parseStrict } from '../encoding/strict-json.ts';
import type { LogNote } from '../ledger/note.ts';
import { type SignedEvent, verifyEvent } from '../nostr/event.ts';
import { type Evidence, verifyEvidence } from '../protocol/evidence.ts';
import type { BodyOf } from '../protocol/table.ts';
import { envelopeOf, envelopeShape, isLogged, type Logged } from './dsse.ts';
import { type Predicate, type Statement, statementShape } from './statement.ts';
import { readTlogProof } from './tlog-proof.ts';
import { sshApproval } from './touch.ts';

/** Names in the tree of a commit’s evidence. */
export const EVIDENCE_FILES = { statement: 'statement.dsse.json', events: 'events.ndjson' } as const;
/** `signatures`: by the name of each approver who also signed with an SSH key, as ssh-keygen writes it. `proof`: comes later. */
export type Attested = Record<keyof typeof EVIDENCE_FILES, string> & {
  signatures: Readonly<Record<string, string>>;
  proof?: string | undefined;
};
export const signatureFile = (name: string): string => `${name}.sshsig`;
/** That the Host’s statement is in its log, as C2SP has it. */
export const PROOF_FILE = 'proof.tlog-proof';
/** Beside all commits: by which records the log of that Host got other keys. */
export const logKeysFile = (host: string): string => `log-keys/${host}.ndjson`;
export const MAX_LOG_KEYS = 64 * 1024;

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
  /** Of these people, by their names: over the digest, by a key that the policy has of them; whether they touched it. */
  signatures: ReadonlyMap<string, SshSignature>;
  /** The head of the log of the Host that has its event; null where no proof of it is here. */
  logged: LogNote | null;
};

const statementText = (statement: Logged): string => `${JSON.stringify(envelopeOf(statement))}\n`;
const eventsText = (events: readonly SignedEvent[]): string =>
  events.map((event) => `${JSON.stringify(event)}\n`).join('');

/** As they are pushed beside a commit. */
export const writeAttested = (
  statement: Logged,
  events: readonly SignedEvent[],
  signatures: Attested['signatures'] = {},
  proof?: string,
): Attested => ({
  statement: statementText(statement),
  events: eventsText(events),
  signatures,
  ...(proof === undefined ? {} : { proof }),
});

/** Of approvals, the genuine ones by SSH, under the names that the statement has for who gave them. */
export const signaturesIn = (
  suite: Suite,
  { payload }: Logged,
  approvals: readonly SignedEvent[],
): Attested['signatures'] => {
  const { terms, subjectDigest = '' } = statementIn(payload)?.predicate ?? {};
  const found: Record<string, string> = {};
  for (const { pubkey, content } of approvals) {
    const by = terms?.approvers.find((one) => one.pubkey === pubkey);
    const { sshsig } = parsed(content) as BodyOf<'approval.response'>;
    if (by && sshsig && sshApproval(suite, sshsig, subjectDigest, by.ssh))
      found[by.name] = armorSignature(sshsig);
  }
  return found;
};

/** Names beside whose approval such a signature may stand, by a statement that nobody has checked yet. */
export const signersIn = (statement: string): readonly string[] => {
  const envelope = readShape(envelopeShape(), parsed(statement)).data;
  const approvers = envelope ? (statementIn(envelope.payload)?.predicate.terms.approvers ?? []) : [];
  return approvers.filter(({ ssh }) => ssh.length > 0).map(({ name }) => name);
};

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
  { statement: text, events: lines, signatures: armored, proof }: Attested,
): ReadEvidence | { damage: string } => {
  const envelope = readShape(envelopeShape(), parsed(text)).data;
  if (!envelope) return { damage: 'bad_envelope' };
  const [signature] = envelope.signatures;
  const enveloped = { payload: envelope.payload, log: signature!.keyid, sig: signature!.sig };
  // To the byte as we write it: other tools take their parts out of the text
  if (statementText(enveloped) !== text) return { damage: 'bad_envelope' };
  const statement = statementIn(enveloped.payload);
  if (statement === null) return { damage: 'bad_statement' };
  const written = lines.split('\n').filter(Boolean);
  // Counted first: a signature takes its time, and anybody may have written them
  if (written.length > MAX_EVENTS) return { damage: 'bad_event' };
  const events = written.map(parsed);
  const isGenuine = events.every((event): event is SignedEvent => verifyEvent(suite, event));
  if (!isGenuine || eventsText(events) !== lines) return { damage: 'bad_event' };
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
  if (!isLogged(suite, enveloped)) return { damage: 'log_signature' };
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
  const signatures = new Map<string, SshSignature>();
  for (const [name, armor] of Object.entries(armored)) {
    const by = statement.predicate.terms.approvers.find((one) => one.name === name);
    const base64 = unarmorSignature(armor) ?? '';
    const found = sshApproval(suite, base64, subjectDigest, by?.ssh ?? []);
    if (found === null || armorSignature(base64) !== armor) return { damage: 'ssh_signature' };
    signatures.set(name, found);
  }
  const logged =
    proof === undefined
      ? null
      : readTlogProof(suite.sha256, proof, { event: host, graph, log: enveloped.log });
  if (proof !== undefined && logged === null) return { damage: 'log_proof' };
  const { predicate } = statement;
  return { statement, predicate, enveloped, hosts, host, approvals, events, signatures, logged };
};
