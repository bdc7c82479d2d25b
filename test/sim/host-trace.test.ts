/** A story as the Host was told it: who did what under which assignment, the same after its read models are folded anew. */

import { beforeAll, describe, expect, test } from 'vitest';
import { pathOf } from '../../src/core/host-api/route.ts';
import type { TraceEntry } from '../../src/core/host-api/shapes.ts';
import { newToken, tokenDigest } from '../../src/core/host-api/token.ts';
import type { ApiEvent } from '../../src/ports/index.ts';
import { hostApi } from '../../src/services/host/api.ts';
import { addOperator } from '../../src/services/host/operators.ts';
import { listTrace } from '../../src/services/host/trace.ts';
import { plainLine } from '../../src/tui/ansi.ts';
import { hostPicture } from '../../src/tui/host/picture.ts';
import { type HostEvent, type HostScreen, startHostScreen } from '../../src/tui/host/state.ts';
import { updateHost } from '../../src/tui/host/update.ts';
import { askedRequest } from '../support/asked-request.ts';
import { idealSuite } from '../support/ideal-suite.ts';
import { type Federation, startFederation } from './federation.ts';
import { approve, ask, asked, reached } from './story.ts';

const at = (runner: string) => ({ placement: { labels: { at: runner } } });
const allOf = async ({ host }: Federation, session?: string): Promise<TraceEntry[]> => {
  const items: TraceEntry[] = [];
  for (let cursor: string | null = '0'; cursor !== null; ) {
    const page: Awaited<ReturnType<typeof listTrace>> = await listTrace(host.home, {
      cursor,
      ...(session !== undefined && { session }),
    });
    items.push(...page.items);
    cursor = page.next;
  }
  return items;
};
const line = ({ node, what, state, detail, controller }: TraceEntry): string => {
  const turn = detail.turn !== undefined && detail.turn > 1 ? `turn ${detail.turn}` : '';
  const attempt = detail.attempt !== undefined && detail.attempt > 1 ? `attempt ${detail.attempt}` : '';
  const parts = [node, what, state, detail.peer, detail.reason, attempt, turn];
  return `${parts.filter(Boolean).join(' ')} (${controller?.runner} ${controller?.fence})`;
};

/** In the order in which their runners said them: relays give them in another. */
const asSaid = ({ host }: Federation, rows: readonly TraceEntry[]): TraceEntry[] => {
  const placeOf = ({ event, controller }: TraceEntry): number =>
    (controller?.fence ?? 0) * 1_000_000 + (host.home.tables.get('messages', event, 'in')?.seq ?? 0);
  return rows.toSorted((a, b) => placeOf(a) - placeOf(b));
};

/** What an operator sees of each row who goes from one to the next and opens it. */
const onScreen = (rows: readonly TraceEntry[]): string[] => {
  const step = (screen: HostScreen, event: HostEvent) => updateHost(screen, event, 0).screen;
  const key = (name: string): HostEvent => ({ what: 'key', key: name });
  const start = startHostScreen({ width: 160, height: 60 }, 0);
  const traced = [{ what: 'traced' as const, entries: rows }, key('3'), key('g')].reduce(step, start);
  return rows.map((_row, n) => {
    const opened = [...Array(n).fill(key('j')), key('enter')].reduce(step, traced);
    return hostPicture(opened, 0).map(plainLine).join('\n');
  });
};

/** Reads a stream of the present Host until it breaks with it. */
const following = (fed: Federation) => {
  const token = newToken(fed.host.home.random.bytes);
  const got: ApiEvent[] = [];
  const read = async (): Promise<void> => {
    const answer = await hostApi(fed.host.running!.host)(
      askedRequest({
        ...{ method: 'GET', path: pathOf('trace.follow', {}, {}), credential: { kind: 'bearer', token } },
        lastEventId: got.at(-1)?.cursor ?? null,
      }),
    );
    if (!('events' in answer)) throw new Error(`status ${answer.status}`);
    for await (const event of answer.events(new AbortController().signal)) if (event) got.push(event);
  };
  const enrol = () => {
    const sha256 = tokenDigest(fed.host.home.suite, token);
    const wanted = { name: 'ci', role: 'viewer', sha256, expiresAt: null } as const;
    return fed.finish('an operator', addOperator(fed.host.running!.host, wanted, 'bootstrap'));
  };
  return { got, enrol, read: () => void read() };
};

describe('a delegation, an engine that crashes, a runner that restarts, and a node that moves', () => {
  let fed: Federation;
  let rows: TraceEntry[];
  let stream: ReturnType<typeof following>;
  const sessions = { outer: '', crashed: '', switched: '', moved: '' };
  const linesOf = (session: string) =>
    asSaid(
      fed,
      rows.filter((row) => row.session === session),
    ).map(line);

  beforeAll(async () => {
    fed = await startFederation({
      people: { alice: {} },
      agents: {
        lead: at('r1'),
        builder: { policy: { approval: { 'source.publish': { by: ['alice'], quorum: 1 } } } },
      },
      edges: [
        ...['alice delegates_to lead', 'alice delegates_to builder', 'lead delegates_to builder'],
        'alice approves builder',
      ],
      runners: { r1: { labels: { at: 'r1' } } },
      suite: idealSuite,
      script: async ({ task, write, delegate, print, sleep, changeMode }) => {
        if (task === 'crash') return 137;
        if (task === 'switch') return changeMode();
        if (task === 'give') return print(JSON.stringify(await delegate('builder', 'make')));
        if (task === 'long') await sleep(120_000);
        write('made.txt', task);
      },
    });
    stream = following(fed);
    await stream.enrol();
    stream.read();
    sessions.outer = await ask(fed, 'alice', 'lead', 'give');
    const { home } = fed.people.alice!;
    const question = await fed.until('a question', () => home.tables.list('approvals', { open: 1 })[0]);
    await approve(fed, 'alice', question.session);
    await reached(fed, 'alice', sessions.outer, 'completed');

    sessions.crashed = await ask(fed, 'alice', 'builder', 'crash');
    await reached(fed, 'alice', sessions.crashed, 'failed');

    sessions.switched = await ask(fed, 'alice', 'builder', 'switch');
    await reached(fed, 'alice', sessions.switched, 'failed');

    sessions.moved = await ask(fed, 'alice', 'builder', 'long');
    await fed.until('the turn', () => fed.runs.at(-1)?.task === 'long');
    const { r1 } = fed.runners;
    await fed.finish(
      'the disk',
      r1!.home.ledger.append(() => []),
    );
    r1!.crash();
    // Nobody reads the stream while the Host is away, and what comes meanwhile comes after
    fed.host.crash();
    await fed.finish('the start of the Host', fed.host.start());
    stream.read();
    await fed.finish('the start of r1', r1!.start());
    await fed.until('the turn again', () => fed.runs.filter(({ task }) => task === 'long').length === 2);
    await fed.addRunner('r2');
    await fed.trust('r2');
    await fed.trust('r1', 'revoked');
    await asked(fed, 'alice', sessions.moved);
    await approve(fed, 'alice', sessions.moved);
    await reached(fed, 'alice', sessions.moved, 'completed');
    await fed.time.pass(60_000);
    rows = await allOf(fed);
  });

  test('is a row for each, with the runner that held the node', () => {
    expect(linesOf(sessions.outer)).toEqual([
      'lead session accepted (r1 1)',
      'lead session active (r1 1)',
      'lead source fetched (r1 1)',
      'lead conversation opened builder (r1 1)',
      'lead turn done (r1 1)',
      'lead session completed (r1 1)',
    ]);
    const child = rows.find(({ detail }) => detail.conversation !== undefined)?.detail.conversation ?? '';
    expect(linesOf(child)).toEqual([
      'builder session accepted (r1 1)',
      'builder session active (r1 1)',
      'builder source fetched (r1 1)',
      'builder turn done (r1 1)',
      'builder approval pending (r1 1)',
      'builder artifact materialized (r1 1)',
      'builder session waiting_approval (r1 1)',
      'builder approval approved (r1 1)',
      'builder artifact published (r1 1)',
      'builder session completed (r1 1)',
      'builder conversation answered lead (r1 1)',
    ]);
    expect(linesOf(sessions.crashed)).toEqual([
      'builder session accepted (r1 1)',
      'builder session active (r1 1)',
      'builder source fetched (r1 1)',
      'builder turn failed (r1 1)',
      'builder recovery engine_crashed (r1 1)',
      'builder session failed turn_failed (r1 1)',
    ]);
    expect(linesOf(sessions.switched)).toEqual([
      'builder session accepted (r1 1)',
      'builder session active (r1 1)',
      'builder source fetched (r1 1)',
      'builder turn failed (r1 1)',
      'builder recovery mode_changed (r1 1)',
      'builder session failed turn_failed (r1 1)',
    ]);
    expect(linesOf(sessions.moved)).toEqual([
      'builder session accepted (r1 1)',
      'builder session active (r1 1)',
      'builder source fetched (r1 1)',
      'builder recovery turn_repeated (r1 1)',
      'builder session accepted attempt 2 (r2 2)',
      'builder recovery taken_up attempt 2 (r2 2)',
      'builder session active attempt 2 (r2 2)',
      'builder source fetched attempt 2 (r2 2)',
      'builder turn done attempt 2 (r2 2)',
      'builder approval pending (r2 2)',
      'builder artifact materialized (r2 2)',
      'builder session waiting_approval attempt 2 (r2 2)',
      'builder approval approved (r2 2)',
      'builder artifact published (r2 2)',
      'builder session completed attempt 2 (r2 2)',
    ]);
  });

  test('has the signed messages: what was opened is what the other began with, who approved signed it', () => {
    const opened = rows.find(({ what, state }) => what === 'conversation' && state === 'opened')!;
    const child = rows.filter(({ session }) => session === opened.detail.conversation);
    const begun = child.find(({ what, state }) => what === 'session' && state === 'accepted');
    expect(begun?.evidence).toMatchObject([
      { type: 'task.request', event: opened.detail.message, signer: { name: 'lead', role: 'node' } },
    ]);
    const approved = child.find(({ what, state }) => what === 'approval' && state === 'approved');
    expect(approved?.evidence).toMatchObject([{ type: 'approval.response', signer: { name: 'alice' } }]);
    const answered = child.find(({ what }) => what === 'conversation')!;
    const result = fed.runners.r1!.home.tables.get('messages', answered.detail.message!, 'out');
    expect(result).toMatchObject({ type: 'task.result', session: opened.detail.conversation });
    const told = rows.map(({ event }) => fed.host.home.tables.get('messages', event, 'in')?.line ?? 0);
    expect(told).toEqual([...told].sort((a, b) => a - b));
    expect(Math.min(...told)).toBeGreaterThan(0);
  });

  test('came to who followed it in the same order, nothing twice, though the Host restarted', () => {
    expect(stream.got.map(({ data }) => data)).toEqual(rows);
  });

  test('is on the operator’s screen, each row with its signer, event and controller', () => {
    const shown = onScreen(rows);
    expect(shown).toHaveLength(rows.length);
    rows.forEach(({ signer, event, controller, what, state }, n) => {
      for (const fact of [
        ...[`what          ${what} ${state} `, signer.npub, `event         ${event} `],
        `controller    ${controller!.runner}, fence ${controller!.fence}, assignment ${controller!.assignment} `,
      ])
        expect(shown[n]).toContain(fact);
    });
  });

  test('is the same after the read models are folded anew', async () => {
    const before = onScreen(rows);
    fed.host.crash();
    fed.host.damage();
    await fed.finish('the start of the Host', fed.host.start());
    expect(await allOf(fed)).toEqual(rows);
    expect(onScreen(await allOf(fed))).toEqual(before);
    await fed.close();
  });
});

test('a person who asks opens no conversation: it is in the session; a turn that is cut off twice is told twice', async () => {
  const fed = await startFederation({
    people: { alice: {} },
    agents: { builder: { workspace: undefined } },
    edges: ['alice delegates_to builder'],
    suite: idealSuite,
    script: ({ sleep }) => sleep(60_000),
  });
  const session = await ask(fed, 'alice', 'builder', 'wait');
  const { r1 } = fed.runners;
  for (const again of [1, 2]) {
    await fed.until('the turn', () => fed.runs.length === again);
    if (again === 1) r1!.crash();
    else await fed.finish('the end of r1', r1!.stop());
    await fed.finish('the start of r1', r1!.start());
  }
  await reached(fed, 'alice', session, 'completed');
  await fed.time.pass(10_000);
  expect(asSaid(fed, await allOf(fed, session)).map(line)).toEqual([
    'builder session accepted (r1 1)',
    'builder session active (r1 1)',
    'builder recovery turn_repeated (r1 1)',
    'builder recovery turn_repeated (r1 1)',
    'builder turn done (r1 1)',
    'builder session completed (r1 1)',
  ]);
  await fed.close();
});
