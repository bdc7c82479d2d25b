/** A state of a session, said to its requester and observed to the Host. */

import type { SignedEvent } from '../../core/event.ts';
import type { SessionState } from '../../core/machines/session.ts';
import type { Row } from '../../core/projection/tables.ts';
import type { Draft } from '../../core/protocol/compose.ts';
import { readEvent } from '../read-event.ts';
import { record } from '../rejects.ts';
import type { Runner } from './runner.ts';

export type Saying = {
  state: SessionState;
  reason?: string;
  note?: string;
  summary?: string;
  commit?: string;
};
const TYPE_OF: Partial<Record<SessionState, 'task.accept' | 'task.update'>> = {
  accepted: 'task.accept',
  active: 'task.update',
  waiting_approval: 'task.update',
};
/** Evidence beyond this would not fit its message; the observation then stands as the runner's claim. */
const EVIDENCE_BYTES = 12_000;

export const fitting = (events: readonly (SignedEvent | undefined)[]): SignedEvent[] => {
  const out: SignedEvent[] = [];
  let size = 0;
  for (const event of events) {
    if (!event) continue;
    size += JSON.stringify(JSON.stringify(JSON.stringify(event))).length;
    if (size <= EVIDENCE_BYTES) out.push(event);
  }
  return out;
};

/** The drafts for one state; a step is the owner's own count, so saying it twice is saying it once. */
export const drafts = async (runner: Runner, session: Row, saying: Saying): Promise<Draft[]> => {
  const { home } = runner;
  const { state, reason, note, summary, commit } = saying;
  const step = Number(session.step) + 1;
  const move = { session: String(session.id), attempt: Number(session.attempt), step, state };
  const dedup = `state:${session.id}:${session.attempt}:${step}`;
  const type = TYPE_OF[state] ?? 'task.result';
  const told = {
    ...move,
    ...(type === 'task.update' && note ? { note } : {}),
    ...(type === 'task.result' && reason ? { reason } : {}),
    ...(type === 'task.result' && summary ? { summary: summary.slice(0, 2000) } : {}),
    ...(type === 'task.result' && commit ? { commit } : {}),
  };
  const request = state === 'accepted' ? await readEvent(home, String(session.request)) : undefined;
  const node = home.identities.get(String(session.node))!;
  return [
    {
      type,
      from: node.pubkey,
      to: String(session.requester),
      body: told,
      re: String(session.request),
      session: String(session.id),
      dedup,
    } as Draft,
    {
      type: 'session.observed',
      from: home.self.pubkey,
      to: home.host,
      body: {
        ...move,
        node: node.name,
        requester: String(session.requester),
        ...(reason ? { reason } : {}),
        evidence: fitting([request]) as never,
      },
      session: String(session.id),
      dedup,
    },
  ];
};

export const say = async (runner: Runner, session: Row, saying: Saying): Promise<void> =>
  runner.exchange.send(await drafts(runner, session, saying));

/** The terminal word. */
export const finish = say;

/** The edge to the requester is gone: what ends is on record here, and observed to the Host. */
export const endWithoutEdge = async (runner: Runner, session: Row): Promise<void> => {
  const saying: Saying = { state: 'failed', reason: 'edge_removed' };
  const [, observed] = await drafts(runner, session, saying);
  await runner.exchange.send([observed!]);
  await record(runner.home, 'session.ended', {
    session: String(session.id),
    attempt: Number(session.attempt),
    step: Number(session.step) + 1,
    node: String(session.node),
    state: 'failed',
    reason: 'edge_removed',
  });
};
