/**
 * Looks on while a history runs: no node takes, does or publishes anything later than its lease allows, counted from
 * the Host's own last renewal. Renewals leave no line, so it looks often, at every Host process there was.
 */
import type { RunningHost } from '../../src/services/host/serve.ts';
import { requestsOf } from '../../src/services/messaging/attribution.ts';
import type { Federation, RunnerPart } from './federation.ts';
import { tagOf } from './model.ts';

/** What carries work on; what only tells of an end, or gives bytes, needs no lease. */
const WORK = ['task.accept', 'approval.request', 'artifact.ref'];
/** A turn is prepared, a message written and a look taken within so long. */
const SLACK_MS = 1_500;
export const LOOK_MS = 500;
const TURN = /\/turns\/([0-9a-f-]{36})-(\d+)/;

export type LeaseWatch = { look(): void; readonly faults: readonly string[] };

export const watchLeases = (fed: Federation, leaseMs: number): LeaseWatch => {
  const hosts = new Set<RunningHost>();
  const lines = new Map<string, number>();
  let [runs, pushes] = [0, 0];
  const faults: string[] = [];
  const sinceRenewal = (assignment: string): number =>
    Math.min(
      ...[...hosts].map(({ host }) => host.presence.sinceRenewal(assignment) ?? Number.POSITIVE_INFINITY),
    );
  const require = ({ name, home }: RunnerPart, key: string, what: string): void => {
    const [row] = home.tables.list('assignments', { pubkey: key });
    if (row && sinceRenewal(row.id) <= leaseMs + SLACK_MS) return;
    faults.push(`${what} at ${name} without a lease, ${fed.time.elapsed()} ms after the start`);
  };
  /** Whom that attempt was given to: a later one may have been asked of another key meanwhile. */
  const keyOf = ({ home }: RunnerPart, session: string, attempt: number): string =>
    requestsOf(home, session).find((one) => one.attempt === attempt)?.node ?? '';
  const lookAt = (runner: RunnerPart): void => {
    for (const line of runner.disk.lines.slice(lines.get(runner.name) ?? 0)) {
      const type = tagOf(line, 'type');
      if (line.dir === 'in' && ['task.request', 'task.handoff', 'task.escalate'].includes(type))
        require(runner, tagOf(line, 'p'), type);
      if (line.dir === 'out' && WORK.includes(type) && line.event.pubkey !== runner.home.self.pubkey)
        require(runner, line.event.pubkey, type);
    }
    lines.set(runner.name, runner.disk.lines.length);
  };
  return {
    faults,
    look() {
      if (fed.host.running) hosts.add(fed.host.running);
      for (const runner of Object.values(fed.runners)) lookAt(runner);
      for (const { runner, workspace } of fed.runs.slice(runs)) {
        const part = fed.runners[runner]!;
        const [, session = '', attempt] = TURN.exec(workspace) ?? [];
        require(part, keyOf(part, session, Number(attempt)), 'a turn');
      }
      for (const { branch, to } of fed.remote.updates.slice(pushes)) {
        const session = branch.split('/')[2]!;
        // Another runner may have meant to push an attempt before.
        const [pusher] = Object.values(fed.runners).flatMap((part) =>
          part.home.tables
            .list('publishes', { session, commit_id: to })
            .map(({ attempt }) => ({ part, attempt })),
        );
        if (pusher) require(pusher.part, keyOf(pusher.part, session, pusher.attempt), 'a push');
      }
      [runs, pushes] = [fed.runs.length, fed.remote.updates.length];
    },
  };
};
