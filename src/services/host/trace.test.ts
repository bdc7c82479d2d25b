/** What a trace says of each observation, whose it is, who held the node, and where a page ends. */
import { beforeAll, describe, expect, test } from 'vitest';
import { createMemoryHome } from '../../../test/sim/memory-home.ts';
import { SEEN_SESSION, type Seen, type SingleHost, startSingleHost } from '../../../test/sim/single-host.ts';
import { type Name, NOW, uuidOf } from '../../../test/support/world.ts';
import { npub } from '../../core/encoding/id.ts';
import { tracePage } from '../../core/host-api/shapes.ts';
import type { SignedEvent } from '../../core/nostr/event.ts';
import type { BodyOf } from '../../core/protocol/table.ts';
import { listTrace } from './trace.ts';

const SESSION = SEEN_SESSION;
const OTHER = uuidOf(0xe2);

const see = (one: SingleHost, step: number, more: Partial<Seen> = {}) =>
  one.observe({ step, state: step === 1 ? 'accepted' : 'active', ...more });
const placed = async (): Promise<SingleHost> => {
  const one = await startSingleHost();
  await one.place();
  return one;
};
const entries = async (one: SingleHost, session?: string) =>
  (await listTrace(one.home, session === undefined ? {} : { session })).items;

describe('an observation', () => {
  const of = { session: SESSION, attempt: 1 };
  const ran = { engine: 'exec', sandbox: 'bwrap', output: 'df'.repeat(32), status: 'failed' } as const;
  const network = [
    { to: 'a.example:443', outcome: 'opened' as const, connections: 2, sent: 10, received: 20 },
  ];
  const turn = { ...of, turn: 1, exitCode: 137, ...ran, network };
  const approval = { approval: uuidOf(7), session: SESSION, state: 'pending' } as const;
  const place = { repository: 'https://example.org/a.git', branch: 'a', commit: 'ab'.repeat(20) };
  const artifact = { artifact: uuidOf(9), session: SESSION, state: 'published', approval: null } as const;
  const exchanged = {
    conversation: OTHER,
    peer: 'helper',
    relation: 'delegates_to',
    message: 'ef'.repeat(32),
  };
  const exchange = { ...exchanged, session: SESSION, move: 'opened' } as BodyOf<'conversation.observed'>;
  const { repository } = place;
  const files = { ...of, turn: 1, repository, branch: 'main', base: 'ab'.repeat(20), head: 'ba'.repeat(20) };
  const output = `sha256:${'df'.repeat(32)}`;
  let one: SingleHost;
  beforeAll(async () => {
    one = await placed();
    await see(one, 1);
    const from = { from: 'runner', to: 'host', session: SESSION } as const;
    await one.hear({ type: 'turn.observed', ...from, body: turn });
    await one.hear({
      type: 'approval.observed',
      ...from,
      body: { ...approval, operation: 'source.publish', evidence: [], subjectDigest: 'cd'.repeat(32) },
    });
    await one.hear({ type: 'artifact.observed', ...from, body: { ...artifact, ...place } });
    await one.hear({ type: 'conversation.observed', ...from, body: exchange });
    await one.hear({ type: 'recovery.observed', ...from, body: { ...of, turn: 2, kind: 'turn_repeated' } });
    await one.hear({ type: 'recovery.observed', ...from, body: { ...of, kind: 'taken_up' } });
    await one.hear({ type: 'source.observed', ...from, body: files });
    const away = { node: 'builder', name: 'bob', ask: 'approval', since: NOW } as const;
    await one.hear({ type: 'waiting.observed', ...from, body: { ...of, n: 1, unreached: [away] } });
    await one.hear({ type: 'waiting.observed', ...from, body: { ...of, n: 2, unreached: [] } });
    await see(one, 2, { state: 'failed', reason: 'turn_failed' });
  });

  test('is one entry each, in the order in which they came, with all that it says', async () => {
    const all = await entries(one);
    const asker = { name: 'alice', role: 'user', npub: npub(one.actors.user.pubkey) };
    expect(all.map(({ what, state, detail }) => ({ what, state, detail }))).toEqual([
      { what: 'session', state: 'accepted', detail: { attempt: 1, step: 1, requester: asker } },
      {
        what: 'turn',
        state: 'failed',
        detail: { attempt: 1, turn: 1, exitCode: 137, engine: 'exec', sandbox: 'bwrap', output, network },
      },
      {
        what: 'approval',
        state: 'pending',
        detail: {
          approval: uuidOf(7),
          operation: 'source.publish',
          subjectDigest: `sha256:${'cd'.repeat(32)}`,
        },
      },
      {
        what: 'artifact',
        state: 'published',
        detail: { artifact: uuidOf(9), ...place, approval: null },
      },
      { what: 'conversation', state: 'opened', detail: exchanged },
      { what: 'recovery', state: 'turn_repeated', detail: { attempt: 1, turn: 2 } },
      { what: 'recovery', state: 'taken_up', detail: { attempt: 1 } },
      {
        what: 'source',
        state: 'fetched',
        detail: {
          ...{ attempt: 1, turn: 1, repository, branch: 'main' },
          ...{ base: 'ab'.repeat(20), commit: 'ba'.repeat(20) },
        },
      },
      {
        what: 'waiting',
        state: 'muted',
        detail: { attempt: 1, waits: ['builder waits for bob (approval)'] },
      },
      { what: 'waiting', state: 'reached', detail: { attempt: 1 } },
      {
        what: 'session',
        state: 'failed',
        detail: { attempt: 1, step: 2, reason: 'turn_failed', requester: asker },
      },
    ]);
  });

  test('is as the API promises it, with its event, its signer, the node, and when it came', async () => {
    const page = await listTrace(one.home, {});
    expect(tracePage().parse(page)).toEqual(page);
    const heard = one.home.disk.lines.filter(({ dir, event }) => dir === 'in' && event.tags.length > 0);
    const signer = { name: 'r1', role: 'runner', npub: npub(one.actors.runner.pubkey) };
    for (const entry of page.items) {
      const line = heard.find(({ event }) => event.id === entry.event);
      expect(entry).toMatchObject({ cursor: String(line?.n), at: line?.at, signer, node: 'builder' });
    }
  });

  test('has the signed events of others that are in it', async () => {
    await see(one, 1, { session: OTHER });
    const [request] = one.heard('session.observed').at(-1)!.body.evidence as [SignedEvent];
    const signer = { name: 'alice', role: 'user', npub: npub(one.actors.user.pubkey) };
    expect((await entries(one, OTHER)).map(({ evidence }) => evidence)).toEqual([
      [{ type: 'task.request', event: request.id, signer }],
    ]);
  });
});

describe('the controller is the assignment under which the runner held the node', () => {
  const said = async (one: SingleHost) =>
    (await entries(one)).map(({ controller }) => controller && [controller.runner, controller.fence]);
  const offerAgain = async (one: SingleHost, key: Name) => {
    const before = one.offers().at(-1)!;
    const { assignment, fence } = before.body;
    await one.hear({
      type: 'assignment.receipt',
      from: one.world.byKey.get(before.to)!.name as Name,
      to: 'host',
      body: { assignment, fence, state: 'stopped' },
    });
    const more = () => one.offers().filter(({ body }) => body.fence > fence);
    await one.heartbeat('runner');
    await one.time.until('the next offer', () => more()[0], 20_000);
    return () => one.accept(more()[0]!, one.actors[key]);
  };

  test('of each attempt its own, also where the same runner holds it again', async () => {
    const one = await placed();
    await see(one, 1);
    const accept = await offerAgain(one, 'peer');
    // Told under the first, and here when the second is offered
    await see(one, 2);
    await accept();
    await see(one, 1, { attempt: 2 });
    expect(await said(one)).toEqual([
      ['r1', 1],
      ['r1', 1],
      ['r1', 2],
    ]);
  });

  test('of another runner its own, whoever holds the node since', async () => {
    const one = await placed();
    await see(one, 1);
    await one.addRunner('runner2', 'r2', { capacity: 8 });
    await one.trust('runner', 'r1', 'revoked');
    await one.time.until('an offer to r2', () => one.offers()[1], 200_000);
    await one.accept(one.offers()[1]!, one.actors.peer);
    await see(one, 1, { attempt: 2, from: 'runner2' });
    expect(await said(one)).toEqual([
      ['r1', 1],
      ['r2', 2],
    ]);
  });

  test('is told before its acceptance is here, by the offer', async () => {
    const one = await startSingleHost();
    await one.apply();
    await one.addRunner('runner', 'r1');
    await one.time.until('an offer', () => one.offers()[0], 5000);
    await see(one, 1);
    const before = await said(one);
    await one.accept(one.offers()[0]!);
    expect([before, await said(one)]).toEqual([[['r1', 1]], [['r1', 1]]]);
  });
});

describe('of one session', () => {
  test('by its id, or as much of one end of it as no other has', async () => {
    const one = await placed();
    await see(one, 1);
    await see(one, 1, { session: OTHER });
    for (const given of [SESSION, SESSION.slice(-4)])
      expect((await entries(one, given)).map(({ session }) => session)).toEqual([SESSION]);
    await expect(entries(one, SESSION.slice(0, 8))).rejects.toMatchObject({
      code: 'not_found',
      message: expect.stringContaining('matches 2 sessions'),
    });
    await expect(entries(one, 'ffff')).rejects.toMatchObject({
      code: 'not_found',
      message: 'this Host was told of no session "ffff"',
    });
  });

  test('a whole id is that one alone, though another begins like it', async () => {
    const one = await placed();
    await see(one, 1);
    one.home.tables.put('sessions', { ...one.home.tables.list('sessions')[0]!, id: `${SESSION}-x` });
    expect((await entries(one, SESSION)).length).toBe(1);
  });
});

describe('pages', () => {
  test('end after a hundred, go on behind the cursor, and repeat and leave out nothing', async () => {
    const one = await placed();
    for (let step = 1; step <= 201; step++) await see(one, step);
    const pages: (string | null)[] = [];
    const events: string[] = [];
    for (let cursor: string | null = '0'; cursor !== null; ) {
      const page: Awaited<ReturnType<typeof listTrace>> = await listTrace(one.home, { cursor });
      events.push(...page.items.map(({ event }) => event));
      cursor = page.next;
      pages.push(`${page.items.length} ${cursor === page.items.at(-1)!.cursor}`);
    }
    expect(pages).toEqual(['100 true', '100 true', '1 false']);
    expect(events).toEqual(one.heard('session.observed').map(({ event }) => event.id));
  });

  test('a whole hundred is the last page', async () => {
    const one = await placed();
    for (let step = 1; step <= 100; step++) await see(one, step);
    expect(await listTrace(one.home, {})).toMatchObject({ next: null });
  });

  test('a cursor that this ledger has not come to is refused: what comes next would be left out', async () => {
    const one = await placed();
    const { n } = one.home.ledger.head;
    expect(await listTrace(one.home, { cursor: String(n) })).toEqual({ items: [], next: null });
    await expect(listTrace(one.home, { cursor: String(n + 1) })).rejects.toMatchObject({
      code: 'not_found',
      message: `no entry ${n + 1}: the ledger has ${n} lines`,
    });
  });
});

test('it is the same of read models that are folded anew', async () => {
  const one = await placed();
  await see(one, 1);
  await see(one, 2);
  const { disk, host, graph, clock, random } = one.home;
  const anew = createMemoryHome({
    kind: 'host',
    name: 'host',
    host,
    graph,
    clock,
    random: random.bytes,
    disk,
  });
  expect(await listTrace(anew, {})).toEqual(await listTrace(one.home, {}));
});
