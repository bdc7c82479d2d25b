/** All that is known of one row, a fact a line, nothing left out. */

import { probeLines } from '../../core/acp/probe-words.ts';
import { age } from '../../core/encoding/age.ts';
import { isolationText } from '../../core/graph/isolation.ts';
import { memoryText } from '../../core/graph/memory.ts';
import type { TraceEntry } from '../../core/host-api/shapes.ts';
import { trustText } from '../../core/host-api/trust-text.ts';
import { waitedName } from '../../core/projection/asked-rows.ts';
import { auditOutcome, auditWhat } from '../../services/host/audit-words.ts';
import { isProved, partyName } from '../../services/host/trace-words.ts';
import type { HeldSession, RunnerItem } from '../../services/host/watch.ts';
import { type CellLine, type SpanTone, theirs, wrapLine } from '../frame/line.ts';
import { onlineSpan, unenforcedOf } from './lines.ts';
import type { HostRow } from './rows.ts';
import type { HostScreen } from './state.ts';

type Fact = [name: string, text: string | null, tone?: SpanTone];
type Party = TraceEntry['signer'];

const NAMED = 14;

const partyText = (party: Party): string =>
  party.name === null
    ? party.npub
    : `${partyName(party)}${party.role === null ? '' : ` (${party.role})`}  ${party.npub}`;

const detailText = (value: unknown): string =>
  value !== null && typeof value === 'object' ? partyText(value as Party) : String(value);

const entryFacts = (entry: TraceEntry): Fact[] => [
  [
    'it is',
    isProved(entry) ? '✓ signed by others too, see below' : '≈ claimed: the word of its signer alone',
  ],
  ['what', `${entry.what} ${entry.state}`, 'strong'],
  ['came', entry.at],
  ['session', entry.session],
  ['node', entry.node],
  ['signer', partyText(entry.signer)],
  ['event', entry.event],
  [
    'controller',
    entry.controller === null
      ? 'none that this Host knows of'
      : `${entry.controller.runner}, fence ${entry.controller.fence}, assignment ${entry.controller.assignment}`,
  ],
  ...Object.entries(entry.detail).map(([name, value]): Fact => [name, detailText(value)]),
  ...entry.evidence.map(
    ({ type, event, signer }): Fact => [
      '✓ signed',
      `${type} by ${partyText(signer)}, event ${event}`,
      'good',
    ],
  ),
];

/** What an operator wants, and whose words these are. */
const cancelText = ({ by, at, reason }: NonNullable<HeldSession['cancel']>, now: number): string =>
  `says operator ${by}, ${age(at, now)}${reason === null ? '' : `: ${reason}`}`;

/** What it saw of agents, one after another. */
const probeFacts = ({ probes }: RunnerItem): Fact[] =>
  probes.flatMap((one): Fact[] => {
    const [head = '', ...rest] = probeLines(one);
    return [
      ['tried', head, one.holds ? 'good' : 'warn'],
      ...rest.map((line): Fact => ['', line.trim(), 'plain']),
    ];
  });

const runnerFacts = (
  screen: HostScreen,
  { runner, nodes }: Extract<HostRow, { is: 'runner' }>,
  now: number,
): Fact[] => [
  ['runner', runner.name, 'strong'],
  ['trust', trustText(runner)],
  // Only where it is to be decided: words that nobody has to compare teach nobody to do so
  ...(runner.trust === 'pending'
    ? ([
        ['words', runner.words, 'warn'],
        ['', 'trust it only where `entangle runner status` on its machine shows the same words'],
      ] satisfies Fact[])
    : []),
  ['is', onlineSpan(screen, runner, now).text],
  ['key', runner.npub],
  ['runs', nodes.join(', ') || 'nothing'],
  ['capacity', String(runner.capacity)],
  ['memory', memoryText(runner.memory ?? null)],
  ['engines', runner.engines.join(', ')],
  ['sandbox', runner.sandbox.map(isolationText).join(', ')],
  ...probeFacts(runner),
  [
    'labels',
    Object.entries(runner.labels)
      .map(([name, value]) => `${name}=${value}`)
      .join(', ') || 'none',
  ],
  ['joined', age(runner.since, now)],
];

const factsOf = (screen: HostScreen, row: HostRow, now: number): Fact[] => {
  switch (row.is) {
    case 'runner':
      return runnerFacts(screen, row, now);
    case 'entry':
      return entryFacts(row.entry);
    case 'assignment': {
      const { id, node, runner, state, reason, fence, revision, npub } = row.assignment;
      return [
        ['assignment', id],
        ['node', node, 'strong'],
        ['runner', runner],
        ['state', state],
        ['reason', reason],
        ['fence', String(fence)],
        ['revision', String(revision)],
        ['key of node', npub],
        ...unenforcedOf(screen, row.assignment).map(
          ({ operation, because }): Fact => [
            '! unenforced',
            `approvals of ${operation} are not enforced: ${because}`,
            'warn',
          ],
        ),
      ];
    }
    case 'nowhere':
      return [
        ['node', row.unplaced.node, 'strong'],
        ['runs nowhere', row.unplaced.because, 'bad'],
        ['to do', row.unplaced.hint ?? null],
      ];
    case 'session': {
      const { id, node, requester, state, reason, attempt, held, waits, cancel } = row.session;
      return [
        ['session', id, 'strong'],
        ['node', node],
        ['asked by', requester],
        ['state', state],
        ['reason', reason],
        ['attempt', String(attempt)],
        ['somebody runs', held ? 'yes' : 'no'],
        ['to be ended', cancel === null ? null : cancelText(cancel, now), 'warn'],
        ...waits.map(
          (one): Fact => [
            '≈ claimed',
            `${one.node} waits for ${waitedName(one)} (${one.ask}), not reached since ${age(one.since, now)}`,
            'warn',
          ],
        ),
      ];
    }
    case 'act': {
      const { act } = row;
      return [
        ['✓ signed', 'by the Host itself, before it answered'],
        ['who', act.who, 'strong'],
        ['role', act.role],
        ['known by', `${act.auth}${act.subject === null ? '' : `, ${act.subject}`}`],
        ['what', auditWhat(act), 'strong'],
        ['outcome', auditOutcome(act)],
        ['when', `${act.at}, ${age(act.at, now)}`],
        ['request', `${act.method} ${act.route}`],
        ['body', act.digest],
        ['event', act.event],
      ];
    }
    case 'reject': {
      const { reason, signer, count, first, last } = row.reject;
      return [
        ['reason', reason, 'strong'],
        ['signer', signer ?? 'no signature proves who'],
        ['times', String(count)],
        ['first', `${first}, ${age(first, now)}`],
        ['last', `${last}, ${age(last, now)}`],
      ];
    }
  }
};

export const detailLines = (screen: HostScreen, row: HostRow, width: number, now: number): CellLine[] =>
  factsOf(screen, row, now).flatMap(([name, text, tone]) =>
    text === null
      ? []
      : wrapLine(theirs(`${name.padEnd(NAMED)}${text}`, tone), width, ' '.repeat(Math.min(NAMED, width - 1))),
  );
