/** A record as an event of OCSF 1.9.0, with the profiles for its own integrity and for what agents did. */
import type { Suite } from '../crypto/suite.ts';
import { digestOf } from '../encoding/canonical.ts';
import { npub } from '../encoding/id.ts';
import { parseIsoTime } from '../encoding/time.ts';
import { requestActivity } from './activities.ts';
import { AUDIT_SEVERITIES, type AuditClass, classFacts, OCSF_VERSION } from './classes.ts';
import type { AuditedLine, AuditRecord } from './record.ts';
import type { AuditSource } from './source.ts';

type OcsfEvent = Readonly<Record<string, unknown>>;
export type OcsfOptions = AuditSource & { suite: Pick<Suite, 'sha256'> };
/** What the record before it was, and the node of its session. */
export type OcsfContext = { previous: string | null; node: string | null };

/** States that say that something was not done, or ended badly. */
const FAILED: ReadonlySet<string> = new Set(
  'rejected failed revoked expired cancelled timed_out budget_exceeded withdrawn invalidated refused moved output_limit disk_limit'.split(
    ' ',
  ),
);
const STATUS = { unknown: 'Unknown', success: 'Success', failure: 'Failure' } as const;
const STATUS_ID = { unknown: 0, success: 1, failure: 2 } as const;

const statusOf = ({ record, row, state }: AuditedLine): keyof typeof STATUS => {
  if (row.hasFailed === true || (state !== null && FAILED.has(state))) return 'failure';
  if (record.type !== 'host.operator_request.completed') return 'success';
  if (state === 'asked') return 'unknown';
  return state === 'done' ? 'success' : 'failure';
};

const given = (fields: Readonly<Record<string, unknown>>, name: string): string | null => {
  const value = fields[name];
  return typeof value === 'string' || typeof value === 'number' ? String(value) : null;
};

type Part = (audited: AuditedLine, source: AuditSource) => OcsfEvent;
const signerOf = ({ signer }: AuditRecord) => ({
  ...{ uid: npub(signer.pubkey), name: signer.name ?? npub(signer.pubkey) },
  ...{ type_id: 99, type: signer.role ?? 'unknown' },
});
const hostApp = ({ graph, host, version }: AuditSource) => ({
  name: `Host of ${graph}`,
  uid: npub(host),
  version,
});

const aboutOf = ({ record, row }: AuditedLine): string =>
  (row.about === undefined ? null : given(record.fields, row.about)) || record.type;

/** Of each class what it asks for beside what all have. */
const PARTS: Readonly<Record<AuditClass, Part>> = {
  api: ({ record }, { host }) => {
    const { fields } = record;
    const route = given(fields, 'route');
    const who = given(fields, 'who');
    return {
      actor: {
        user: who === null ? signerOf(record) : { name: who || 'unknown', type_id: 99, type: 'operator' },
      },
      api: {
        operation: route === null ? record.type : `${given(fields, 'method')} ${route}`,
        request: { uid: record.event },
      },
      src_endpoint: { uid: npub(record.signer.pubkey), name: record.signer.name ?? 'unknown' },
      dst_endpoint: { uid: npub(host), name: 'host' },
    };
  },
  entity: (audited) => ({
    actor: { user: signerOf(audited.record) },
    entity: { name: aboutOf(audited), data: audited.record.fields },
  }),
  user: (audited) => ({
    actor: {
      user: { name: given(audited.record.fields, 'by') ?? 'bootstrap', type_id: 99, type: 'operator' },
    },
    user: { name: aboutOf(audited), type_id: 99, type: 'operator' },
  }),
  lifecycle: ({ record }, source) => {
    const session = record.session;
    const app = session ?? given(record.fields, 'assignment');
    return { app: app === null ? hostApp(source) : { uid: app, name: given(record.fields, 'node') ?? app } };
  },
  finding: (audited) => ({
    finding_info: {
      uid: audited.record.event,
      title: audited.row.say,
      types: [audited.record.type],
    },
  }),
};

/** The agent behind a turn or a session: the node, which stays, and this run of it. */
const agentOf = ({ session, fields }: AuditRecord, node: string | null, graph: string): OcsfEvent => {
  if (session === null || node === null) return {};
  const run = [session, given(fields, 'attempt'), given(fields, 'turn')].filter((part) => part !== null);
  return {
    ai_agent: {
      uid: `${graph}/${node}`,
      name: node,
      instance_uid: run.join('/'),
      type_id: 0,
      type: 'Unknown',
    },
  };
};

export const ocsfOf = (
  audited: AuditedLine,
  { suite, ...source }: OcsfOptions,
  { previous, node }: OcsfContext,
): OcsfEvent => {
  const { record, row, state } = audited;
  const isChange = record.type === 'host.operator_request.completed';
  const act = (isChange ? requestActivity(record.fields) : null) ?? row.by?.[state ?? ''] ?? row;
  const facts = classFacts(act.class);
  const activity = act.activity === 99 ? act.label! : facts.activities[act.activity]!;
  const severity = AUDIT_SEVERITIES[row.severity ?? 'informational'];
  const status = statusOf(audited);
  const agent = act.class === 'finding' ? {} : agentOf(record, node, source.graph);
  const event = {
    ...{ activity_id: act.activity, activity_name: activity },
    ...{ category_uid: facts.category.uid, category_name: facts.category.name },
    ...{ class_uid: facts.uid, class_name: facts.name },
    ...{ type_uid: facts.uid * 100 + act.activity, type_name: `${facts.name}: ${activity}` },
    ...{ time: parseIsoTime(record.at), timezone_offset: 0 },
    ...{ severity_id: severity.id, severity: severity.name, message: record.message },
    // Of a finding its status is how far people are with it
    ...(act.class === 'finding'
      ? { status_id: 1, status: 'New' }
      : { status_id: STATUS_ID[status], status: STATUS[status] }),
    status_code: record.code,
    metadata: {
      version: OCSF_VERSION,
      product: { name: 'entangle', vendor_name: 'entangle', version: source.version },
      profiles: ['record_integrity', ...('ai_agent' in agent ? ['ai_operation'] : [])],
      ...{ uid: record.event, event_code: record.type, sequence: Number(record.cursor) },
      ...{ log_name: 'ledger', tenant_uid: source.graph, logged_time: parseIsoTime(record.at) },
      ...(record.session !== null && { correlation_uid: record.session }),
    },
    ...PARTS[act.class](audited, source),
    ...agent,
    ...(record.raw !== undefined && { raw_data: JSON.stringify(record.raw) }),
    unmapped: {
      ...{ cursor: record.cursor, direction: record.direction, kind: record.kind, signature: record.sig },
      ...{ signer: record.signer, chain: record.chain, fields: record.fields, evidence: record.evidence },
      ...{ claimed: record.claimed, pruned: record.pruned },
    },
  };
  const attestation = {
    ...{ authority_uid: npub(source.host), chain_uid: source.graph },
    ...(previous !== null && { prev_event: { uid: previous } }),
  };
  // All of the event with its attestation, without the fingerprint itself
  const value = digestOf(suite, { ...event, attestation_list: [attestation] });
  const fingerprint = {
    ...{ algorithm_id: 3, algorithm: 'SHA-256', encoding_id: 1, encoding: 'Hex' },
    ...{ serialization_id: 2, serialization: 'JCS', value },
  };
  return { ...event, attestation_list: [{ ...attestation, fingerprint }] };
};
