/** What a Host tells Prometheus of itself, one row a metric: the text, its page in the docs and its test derive from here. */
import { REFUSALS } from '../protocol/refusals.ts';
import {
  LIVENESS,
  type MetricType,
  OPEN_ASSIGNMENT_STATES,
  OPEN_SESSION_STATES,
  OPERATOR_METHODS,
  RELAY_STATES,
  TRUST_STATES,
} from '../vocabulary.ts';
import { HTTP_STATUSES } from './statuses.ts';
import { operationIds } from './table.ts';

/** Of each label all values that there can be: a series that nothing bounds takes the memory of whoever collects it. */
type Metric = { type: MetricType; help: string; labels: Readonly<Record<string, readonly string[]>> };
const row =
  <T extends MetricType>(type: T) =>
  <L extends Metric['labels'] = Record<never, never>>(help: string, labels: L = {} as L) => ({
    type,
    help,
    labels,
  });
const gauge = row('gauge');
const counter = row('counter');

/** Of a request that came to no operation. */
export const NO_OPERATION = 'none';
/** Of what has no word of ours. */
export const OTHER = 'other';
const REASONS = [...Object.values(REFUSALS).flat(), OTHER];
export const LOOP_QUANTILES = ['0.5', '0.99', '1'] as const;

/** Names as Prometheus wants them: base units at the end, `_total` of what only rises. */
export const METRICS = {
  entangle_host_epoch: gauge('The epoch of this Host: it rises with each start.'),
  entangle_graph_revision: gauge('The number of the active revision, 0 before the first.'),
  entangle_sessions: gauge('Open sessions by state.', { state: OPEN_SESSION_STATES }),
  entangle_sessions_unheld: gauge('Open sessions that no runner has now.'),
  entangle_sessions_muted: gauge('Open sessions that wait for somebody who was not reached.'),
  entangle_approvals_waiting: gauge('Approvals that wait for people.'),
  entangle_approvals_waiting_age_seconds: gauge('How long the oldest of them waits; 0 where none does.'),
  entangle_runners: gauge('Runners by trust and by whether they are heard.', {
    ...{ trust: TRUST_STATES, liveness: LIVENESS },
  }),
  entangle_assignments: gauge('Assignments that are not over, by state.', { state: OPEN_ASSIGNMENT_STATES }),
  entangle_outbox_messages: gauge('Messages of this Host that are not acknowledged yet.'),
  entangle_held_messages: gauge('Messages that wait for what they follow.'),
  entangle_rejected_messages_total: counter('Messages that were refused, by reason.', { reason: REASONS }),
  entangle_relays: gauge('Relays by what they are to this Host.', { state: RELAY_STATES }),
  entangle_operators: gauge('Operators who may call, by what they are known.', { method: OPERATOR_METHODS }),
  entangle_api_requests_total: counter(
    'Requests to the Host API since it started, by operation and HTTP status; 429 is who asks too often.',
    { operation: [...operationIds(), NO_OPERATION], status: HTTP_STATUSES },
  ),
  entangle_ledger_lines_total: counter('Lines of the ledger.'),
  entangle_ledger_bytes: gauge('Bytes that the ledger takes on the disk.'),
  entangle_ledger_fault: gauge('1 where the last check of the whole ledger found damage, else 0.'),
  entangle_checkpoint_age_seconds: gauge(
    'Since the ledger was last sworn to; without a value before the first.',
  ),
  entangle_projection_folded_lines_total: counter('Lines that the read models were folded of.'),
  entangle_projection_unsaved_lines: gauge('Lines that a start after a crash would fold again.'),
  entangle_event_loop_delay_seconds: gauge(
    'How late the event loop was in the last whole minute, by quantile.',
    {
      quantile: LOOP_QUANTILES,
    },
  ),
  process_resident_memory_bytes: gauge('Resident memory.'),
  process_cpu_seconds_total: counter('Processor time of user and system.'),
  process_start_time_seconds: gauge('When the process started, in Unix seconds.'),
} as const satisfies Readonly<Record<string, Metric>>;

export type MetricName = keyof typeof METRICS;
export type Sample = { labels?: Readonly<Record<string, string>>; value: number };
export type Samples = Readonly<Record<MetricName, readonly Sample[]>>;

const labelText = (labels: Sample['labels'] = {}): string => {
  const all = Object.entries(labels).map(
    ([name, value]) => `${name}="${value.replace(/[\\"\n]/g, (one) => (one === '\n' ? '\\n' : `\\${one}`))}"`,
  );
  return all.length === 0 ? '' : `{${all.join(',')}}`;
};

export const metricNames = (): MetricName[] => Object.keys(METRICS) as MetricName[];

/** Exposition format 0.0.4. */
export const metricsText = (samples: Samples): string =>
  metricNames()
    .flatMap((name) => [
      `# HELP ${name} ${METRICS[name].help}`,
      `# TYPE ${name} ${METRICS[name].type}`,
      ...samples[name].map(({ labels, value }) => `${name}${labelText(labels)} ${value}`),
    ])
    .map((line) => `${line}\n`)
    .join('');

const LINE =
  /^(?:# (?:HELP|TYPE) [a-z][a-z0-9_]* [\x20-\x7e]+|[a-z][a-z0-9_]*(?:\{[\x20-\x7e]*\})? (?:[0-9.e+-]+|NaN|[+-]Inf))$/;
/** Its lines; null for what is no text of that format, or has anything in it that a terminal may act on. */
export const readMetrics = (text: string): string[] | null => {
  const lines = text.split('\n');
  return lines.pop() === '' && lines.every((line) => LINE.test(line)) ? lines : null;
};
