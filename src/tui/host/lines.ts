/** A row of the operator's screen as a line of it. */

import { age } from '../../core/encoding/age.ts';
import { isWord } from '../../core/encoding/grammar.ts';
import { shortId } from '../../core/encoding/id.ts';
import { isolationText } from '../../core/graph/isolation.ts';
import { isSessionOver } from '../../core/host-api/session-end.ts';
import { RUNNER_LEAVES, trustText } from '../../core/host-api/trust-text.ts';
import { waitedName } from '../../core/projection/asked-rows.ts';
import {
  type AssignmentState,
  LIVENESS,
  type Liveness,
  OPEN_ASSIGNMENT_STATES,
  type RunnerTrust,
} from '../../core/vocabulary.ts';
import { auditOutcome, auditWhat } from '../../services/host/audit-words.ts';
import { entryWords, isProved } from '../../services/host/trace-words.ts';
import type { AssignmentItem, HeldSession, RunnerItem } from '../../services/host/watch.ts';
import { type CellLine, ours, type Span, type SpanTone, theirs } from '../frame/line.ts';
import type { HostRow } from './rows.ts';
import { type HostScreen, isLive } from './state.ts';

const TRUST_TONE: Readonly<Record<RunnerTrust, SpanTone>> = {
  pending: 'warn',
  trusted: 'good',
  rejected: 'dim',
  revoked: 'dim',
  left: 'dim',
};
const LIVENESS_TONE: Readonly<Record<Liveness, SpanTone>> = { live: 'good', stale: 'warn', offline: 'bad' };
const STATE_TONE: Readonly<Record<AssignmentState, SpanTone>> = {
  offered: 'warn',
  accepted: 'good',
  active: 'good',
  rejected: 'dim',
  expired: 'dim',
  stopped: 'dim',
  failed: 'bad',
  revoked: 'dim',
};

/** When it was heard last, by the clock of who reads this; null where the Host does not know. */
export const heardAt = ({ overview }: HostScreen, { silenceMs }: RunnerItem): number | null =>
  overview === null || silenceMs === null ? null : overview.at - silenceMs;

/** How it was when it was read: only of a Host that is there is that how it is. */
export const onlineSpan = (screen: HostScreen, runner: RunnerItem, now: number): Span => {
  const { liveness } = runner;
  const heard = heardAt(screen, runner);
  // Of one that is live the Host tells no single beat
  const since = liveness === 'live' || heard === null ? '' : `, heard ${ageOf(heard, now)}`;
  return isLive(screen)
    ? ours(`${liveness}${since}`, LIVENESS_TONE[liveness])
    : ours(`was ${liveness}${since}`, 'dim');
};

export const ageOf = (at: number, now: number): string => age(new Date(at).toISOString(), now);

/** What such a sandbox does not hold back. */
export const openSandbox = ({ sandbox }: RunnerItem): string | null =>
  sandbox.includes('none') ? isolationText('none') : null;

/** Approvals that nobody saw its agent wait for, of what runs. */
export const unenforcedOf = ({ overview }: HostScreen, { node, runner, state }: AssignmentItem) =>
  isWord(OPEN_ASSIGNMENT_STATES, state)
    ? (overview?.status.unenforced ?? []).filter((one) => one.node === node && one.runner === runner)
    : [];

const runnerLine = (
  screen: HostScreen,
  { runner, nodes }: Extract<HostRow, { is: 'runner' }>,
  now: number,
) => {
  const open = openSandbox(runner);
  return [
    theirs(runner.name, 'strong'),
    ours(`  ${trustText(runner)}`, runner.leaving ? 'warn' : TRUST_TONE[runner.trust]),
    ours('  '),
    onlineSpan(screen, runner, now),
    ...(runner.trust === 'pending' ? [ours('  compare its words: enter', 'warn')] : []),
    ...(open === null ? [] : [ours(`  ! ${open}`, 'warn')]),
    theirs(nodes.length > 0 ? `  runs ${nodes.join(', ')}` : '  runs nothing', 'dim'),
  ];
};

const waitedFor = ({ waits }: HeldSession): string => [...new Set(waits.map(waitedName))].join(', ');

const sessionSpans = (session: HeldSession): CellLine => {
  const { id, node, requester, state, attempt, held, waits, cancel } = session;
  const isOver = isSessionOver(session);
  return [
    ours(`${shortId(id)} `, 'dim'),
    theirs(`${node}  `, isOver ? 'dim' : 'plain'),
    ours(state.replaceAll('_', ' '), isOver ? 'dim' : state === 'active' ? 'good' : 'warn'),
    ...(isOver || held ? [] : [ours('  nobody runs it', 'bad')]),
    ...(isOver || cancel === null ? [] : [ours('  to be ended', 'warn')]),
    ...(waits.length > 0 ? [theirs(`  ! muted: waits for ${waitedFor(session)}`, 'warn')] : []),
    theirs(`  attempt ${attempt}, asked by ${requester}`, 'dim'),
  ];
};

/** Words of a runner alone are marked as that. */
export const traceMark = (isSigned: boolean): Span =>
  isSigned ? ours('✓ signed  ', 'good') : ours('≈ claimed ');

const toneOf = (outcome: string): SpanTone => {
  if (isWord(LIVENESS, outcome)) return LIVENESS_TONE[outcome];
  return outcome === 'done' ? 'good' : outcome === 'asked' ? 'warn' : 'bad';
};

export const rowLine = (screen: HostScreen, row: HostRow, now: number): CellLine => {
  switch (row.is) {
    case 'runner':
      return runnerLine(screen, row, now);
    case 'assignment': {
      const { node, runner, state, fence, revision, leaving } = row.assignment;
      const reason = leaving ? RUNNER_LEAVES : row.assignment.reason;
      return [
        theirs(`${node} on `),
        theirs(runner, 'strong'),
        ours(`  ${state}`, STATE_TONE[state]),
        ...unenforcedOf(screen, row.assignment).map(({ operation }) =>
          ours(`  ! not enforced: ${operation}`, 'warn'),
        ),
        theirs(`  fence ${fence}  rev ${revision}${reason === null ? '' : `  ${reason}`}`, 'dim'),
      ];
    }
    case 'nowhere':
      return [theirs(row.unplaced.node), ours(' runs nowhere: ', 'bad'), theirs(row.unplaced.because)];
    case 'session':
      return sessionSpans(row.session);
    case 'entry':
      return [
        theirs(`${row.entry.at.slice(11, 19)} `, 'dim'),
        traceMark(isProved(row.entry)),
        theirs(entryWords(row.entry)),
      ];
    case 'act': {
      const { act } = row;
      const tone = toneOf(act.outcome);
      return [
        theirs(`${act.at.slice(0, 10)} ${act.at.slice(11, 19)} `, 'dim'),
        theirs(act.who, 'strong'),
        theirs(` ${auditWhat(act)}`),
        theirs(`  ${auditOutcome(act)}`, tone),
      ];
    }
    case 'reject': {
      const { reason, count, last, signer } = row.reject;
      return [
        theirs(reason, 'strong'),
        ours(`  ${count} times  ${age(last, now)}  `, 'dim'),
        theirs(signer ?? 'no signature proves who', 'dim'),
      ];
    }
  }
};
