/** Reads the metrics of the running Host; one without a reader does not compile. */
import { isWord } from '../../core/encoding/grammar.ts';
import {
  LOOP_QUANTILES,
  METRICS,
  type MetricName,
  metricsText,
  OTHER,
  type Sample,
  type Samples,
} from '../../core/host-api/metrics.ts';
import { openAssignments, runnerHellos } from '../../core/projection/queries.ts';
import type { RowOf } from '../../core/projection/rows.ts';
import type { Measures } from '../../ports/index.ts';
import { nowSeconds } from '../messaging/home.ts';
import { newestCheckpoint } from './checkpoints.ts';
import { openSessions, waitsOf } from './held-sessions.ts';
import { type Host, headOf } from './host.ts';
import { methodOf, operatorInForce, operatorsOf } from './operators.ts';
import { runnerLiveness, trustOf } from './runners.ts';
import { rejections } from './status.ts';

type Seen = {
  host: Host;
  open: ReturnType<typeof openSessions>;
  approvals: RowOf<'approvals'>[];
  measures: Measures;
};
type Read = (seen: Seen) => readonly Sample[];
const one = (value: number): Sample[] => [{ value }];

/** One series for each value that there can be, also of what is nowhere now. */
const tally = <L extends string>(label: L, words: readonly string[], found: readonly string[]): Sample[] =>
  words.map((word) => ({
    labels: { [label]: word },
    value: found.filter((is) => is === word).length,
  }));
const ageOf = ({ host }: Seen, at: number): number => Math.max(0, nowSeconds(host.home) - at);

const READERS: Readonly<Record<MetricName, Read>> = {
  entangle_host_epoch: ({ host }) => one(host.home.epoch?.n ?? 0),
  entangle_graph_revision: ({ host }) => one(headOf(host.home)?.n ?? 0),
  entangle_sessions: ({ open }) =>
    tally(
      'state',
      METRICS.entangle_sessions.labels.state,
      open.map(({ row }) => row.state),
    ),
  entangle_sessions_unheld: ({ open }) => one(open.filter(({ held }) => !held).length),
  entangle_sessions_muted: ({ host, open }) =>
    one(open.filter(({ row }) => waitsOf(host.home, row).length > 0).length),
  entangle_approvals_waiting: ({ approvals }) => one(approvals.length),
  entangle_approvals_waiting_age_seconds: (seen) =>
    one(seen.approvals.reduce((most, { at }) => Math.max(most, ageOf(seen, at)), 0)),
  entangle_runners: ({ host }) => {
    const { trust: trusts, liveness } = METRICS.entangle_runners.labels;
    const all = runnerHellos(host.home.tables).map(
      ({ pubkey }) => `${trustOf(host, pubkey)} ${runnerLiveness(host, pubkey)}`,
    );
    return trusts.flatMap((trust) =>
      liveness.map((live) => ({
        labels: { trust, liveness: live },
        value: all.filter((is) => is === `${trust} ${live}`).length,
      })),
    );
  },
  entangle_assignments: ({ host }) =>
    tally(
      'state',
      METRICS.entangle_assignments.labels.state,
      openAssignments(host.home.tables).map(({ state }) => state),
    ),
  entangle_outbox_messages: ({ host }) => one(host.home.tables.count('outbox')),
  entangle_held_messages: ({ host }) => one(host.home.tables.count('held_messages')),
  entangle_rejected_messages_total: ({ host }) => {
    const { reason: known } = METRICS.entangle_rejected_messages_total.labels;
    const counts = new Map<string, number>();
    for (const { reason, count } of rejections(host)) {
      const word = isWord(known, reason) ? reason : OTHER;
      counts.set(word, (counts.get(word) ?? 0) + count);
    }
    return [...counts].map(([reason, value]) => ({ labels: { reason }, value }));
  },
  entangle_relays: ({ host }) =>
    tally(
      'state',
      METRICS.entangle_relays.labels.state,
      host.exchange.relays().map(({ state }) => state),
    ),
  entangle_operators: ({ host: { home } }) =>
    tally(
      'method',
      METRICS.entangle_operators.labels.method,
      operatorsOf(home).flatMap((known) => (operatorInForce(home, known.name) ? [methodOf(known)] : [])),
    ),
  entangle_api_requests_total: ({ host }) =>
    host.requests.all.map(({ operation, status, count }) => ({
      labels: { operation, status: `${status}` },
      value: count,
    })),
  entangle_ledger_lines_total: ({ host }) => one(host.home.ledger.head.n),
  entangle_ledger_bytes: ({ measures }) => one(measures.ledgerBytes),
  entangle_ledger_fault: ({ host }) => one(host.home.checked()?.fault ? 1 : 0),
  entangle_checkpoint_age_seconds: (seen) => {
    const row = newestCheckpoint(seen.host.home);
    return row ? one(ageOf(seen, row.at)) : [];
  },
  entangle_projection_folded_lines_total: ({ measures }) => one(measures.folded),
  entangle_projection_unsaved_lines: ({ measures }) => one(measures.folded - measures.saved),
  entangle_event_loop_delay_seconds: ({ measures: { loopDelay } }) => {
    const all = [loopDelay.median, loopDelay.high, loopDelay.most];
    return LOOP_QUANTILES.map((quantile, n) => ({ labels: { quantile }, value: all[n] ?? 0 }));
  },
  process_resident_memory_bytes: ({ measures }) => one(measures.residentBytes),
  process_cpu_seconds_total: ({ measures }) => one(measures.cpuSeconds),
  process_start_time_seconds: ({ measures }) => one(measures.startedAt),
};

export const showMetrics = async (host: Host): Promise<string> => {
  const seen: Seen = {
    host,
    open: openSessions(host.home),
    approvals: host.home.tables.list('approvals', { open: 1 }),
    measures: await host.measure(),
  };
  const samples = Object.entries(READERS).map(([name, read]) => [name, read(seen)]);
  return metricsText(Object.fromEntries(samples) as Samples);
};
