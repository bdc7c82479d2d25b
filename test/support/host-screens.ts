/** What an operator's screen is given, with chosen texts in every place that others fill. */

import { probeViewOf } from '../../src/core/acp/probe-record.ts';
import type { AuditEntry, TraceEntry } from '../../src/core/host-api/shapes.ts';
import { PRINCIPAL_GAPS } from '../../src/core/vocabulary.ts';
import type { Overview } from '../../src/services/host/watch.ts';

import { probedAs } from './probe-records.ts';

const TIME = '2026-11-26T11:00:00.000Z';
const id = (n: number): string => `01a219ec-0000-7000-8000-00000000000${n}`;
export const WORDS = 'amber acid bird cane dune echo fern glow';

export const traceEntryOf = (texts: readonly string[], n = 1, isProved = true): TraceEntry => {
  const [one = '', two = '', three = ''] = texts;
  const signer = { name: one, role: 'runner' as const, npub: 'npub1runner' };
  return {
    ...{ cursor: `${n}`, at: TIME, what: 'session', session: id(3), node: two, state: three },
    detail: { attempt: 1, step: n, reason: one, requester: { ...signer, name: two }, branch: three },
    ...{ signer, event: 'ab'.repeat(32) },
    controller: { runner: one, fence: 2, assignment: id(1) },
    evidence: isProved ? [{ type: three, event: 'cd'.repeat(32), signer }] : [],
  };
};

const UNTRIED = { ...probedAs('').facts, command_asked: 'untried' as const };
export const overviewOf = (texts: readonly string[], at = Date.parse(TIME)): Overview => {
  const [one = '', two = '', three = ''] = texts;
  const runner = {
    ...{
      npub: 'npub1runner',
      engines: ['exec' as const],
      labels: { [one]: two },
      capacity: 4,
      memory: 1024,
      since: TIME,
    },
    ...{
      name: one,
      words: WORDS,
      sandbox: ['none' as const],
      probes: [probeViewOf(probedAs(one, { version: two, why: three, facts: UNTRIED }))],
      trust: 'trusted' as const,
      leaving: false,
    },
    ...{ liveness: 'live' as const, silenceMs: 1_000, secrets: [two] },
  };
  const assignment = {
    ...{ id: id(1), node: two, runner: one, fence: 2, revision: 14, state: 'active' as const },
    ...{ reason: three, detail: two, npub: 'npub1node', leaving: false, leaseLeftMs: 1 },
  };
  const session = {
    ...{ id: id(3), node: two, requester: three, state: 'active' as const, reason: one },
    ...{ attempt: 1, held: false, waits: [{ node: two, name: one, ask: 'approval' as const, since: TIME }] },
    ...{ since: TIME, cancel: { by: one, at: TIME, reason: two } },
  };
  return {
    at,
    status: {
      ...{ host: 'npub1host', graph: three, epoch: 3, revision: { n: 14, digest: 'sha256:00' } },
      relays: [
        { url: one, state: 'synced' },
        { url: two, state: 'closed' },
      ],
      ...{ ledger: { events: 1, chain: '00', checked: null }, outbox: 0, held: 0, rejects: 7, runners: 2 },
      ...{
        sessions: { open: 1, unheld: 0, all: 2 },
        usage: { turns: 1, tokens: 12, costs: [{ currency: 'USD', micros: 1_500_000 }] },
        muted: 1,
        missing: [{ secret: one, nodes: [two] }],
        exposed: [{ secret: one, runners: [two] }],
        principals: PRINCIPAL_GAPS.map((gap) => ({ principal: one, gap, nodes: [two] })),
        unenforced: [{ node: two, runner: one, operation: 'command.run', because: three }],
        takenOff: [two],
        uptimeMs: 1,
      },
    },
    runners: [
      runner,
      {
        ...runner,
        ...{ npub: 'npub1other', name: two, trust: 'pending', liveness: 'offline', silenceMs: 400_000 },
      },
    ],
    assignments: [assignment, { ...assignment, id: id(2), state: 'revoked' }],
    nowhere: [{ node: three, because: one, hint: two }],
    sessions: [session, { ...session, id: id(4), state: 'completed' }],
    rejects: [
      { reason: one, signer: 'npub1stranger', count: 7, first: TIME, last: TIME },
      { reason: two, signer: null, count: 1, first: TIME, last: TIME },
    ],
  };
};

export const auditEntryOf = (texts: readonly string[], n = 1, outcome = 'done'): AuditEntry => {
  const [one = '', two = '', three = ''] = texts;
  return {
    ...{ cursor: `${n}`, at: TIME, who: one, role: 'admin', auth: 'token', subject: two, operation: null },
    ...{ method: 'POST', route: three, target: two, outcome, digest: 'sha256:00', event: 'ab'.repeat(32) },
  };
};
