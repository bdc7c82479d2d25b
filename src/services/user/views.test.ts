/** What a person is shown of sessions and questions that nobody acts on any more, and which of them wait for this person. */
import { describe, expect, test } from 'vitest';
import { artifactOf, COMMIT, startSingleSession } from '../../../test/sim/single-session.ts';
import { APPROVAL, SESSION, startSingleUser, USER_GRAPH } from '../../../test/sim/single-user.ts';
import { NOW, uuidOf } from '../../../test/support/world.ts';
import { showApproval } from './approval-view.ts';
import { decide } from './approvals.ts';
import { inbox, ownDecision, sessionView, waitsForMe } from './views.ts';

type Alice = Awaited<ReturnType<typeof startSingleUser>>;
const ONLY_APPROVES = USER_GRAPH.replace('alice delegates_to builder, ', '');
const REPLACED = { alice: 'user', bob: 'bob', builder: 'peer' } as const;
const stateOf = (alice: Alice) => {
  const { state, reason } = sessionView(alice.home, alice.home.tables.get('sessions', SESSION)!);
  return { state, reason };
};
const approval = (alice: Alice) => alice.home.tables.get('approvals', APPROVAL)!;
const inboxIds = (alice: Alice, all = false) => inbox(alice.home, all).items.map(({ id }) => id);

describe('a session whose edge is gone', () => {
  test('is shown as ended, and left out of the inbox', async () => {
    const alice = await startSingleUser();
    await alice.launch();
    expect([stateOf(alice), inboxIds(alice)]).toEqual([{ state: 'requested', reason: null }, [SESSION]]);
    await alice.hearRoutes(undefined, ONLY_APPROVES);
    expect([stateOf(alice), inboxIds(alice)]).toEqual([{ state: 'failed', reason: 'edge_removed' }, []]);
    expect(inboxIds(alice, true)).toEqual([SESSION]);
  });
  test('to a node that the graph has no more too', async () => {
    const alice = await startSingleUser();
    await alice.launch();
    await alice.hearRoutes(
      { alice: 'user' },
      'graph: acme\nnodes:\n  alice: { kind: user, pubkey: $user }\n',
    );
    expect(stateOf(alice)).toEqual({ state: 'failed', reason: 'edge_removed' });
  });
  test('but goes on while its node only runs nowhere, or under another key', async () => {
    const alice = await startSingleUser();
    await alice.launch();
    // Another one that runs nowhere, to which there is no such edge, is not taken for it.
    const auditor = '  auditor: { kind: agent, engine: { type: exec, auth: none, command: ["true"] } }\n';
    const text = USER_GRAPH.replace('  builder:', `${auditor}  builder:`).replace(
      'edges: [',
      'edges: [alice approves auditor, ',
    );
    for (const keys of [{ alice: 'user', bob: 'bob' } as const, REPLACED]) {
      await alice.hearRoutes(keys, text);
      expect(stateOf(alice)).toEqual({ state: 'requested', reason: null });
    }
  });
  test('but stays as it ended where it ended before', async () => {
    const { alice, complete } = await startSingleSession();
    await complete();
    await alice.hearRoutes(undefined, ONLY_APPROVES);
    expect(stateOf(alice)).toEqual({ state: 'completed', reason: null });
  });
  test('but goes on where it takes the last place of its edge', async () => {
    const alice = await startSingleUser();
    await alice.launch();
    const edge = '{ from: alice, relation: delegates_to, to: builder, max_concurrent: 1 }';
    await alice.hearRoutes(undefined, USER_GRAPH.replace('alice delegates_to builder', edge));
    expect(stateOf(alice)).toEqual({ state: 'requested', reason: null });
  });
  test('but goes on where another person launched it: that is not for this one to tell', async () => {
    const alice = await startSingleUser();
    await alice.launch('bob');
    await alice.hearRoutes(undefined, ONLY_APPROVES);
    expect(stateOf(alice)).toEqual({ state: 'requested', reason: null });
  });
});

test('a session that ended is not said to wait for its node, which runs nowhere', async () => {
  const { alice, complete } = await startSingleSession();
  const nobodyRuns = async () => {
    await alice.hearRoutes({ alice: 'user', bob: 'bob' });
    return sessionView(alice.home, alice.home.tables.get('sessions', SESSION)!).nobodyRuns;
  };
  expect(await nobodyRuns()).toBe(true);
  await alice.hearRoutes();
  await complete();
  expect(await nobodyRuns()).toBe(false);
});

describe('what was published before its runner was thrown out', () => {
  let commit = '';
  const published = async () => {
    const alice = await startSingleUser();
    await alice.launch();
    const { place } = await alice.askApproval();
    ({ commit } = place);
    await decide(alice.user, approval(alice), 'approved');
    const body = { artifact: uuidOf(0xc1), session: SESSION, ...place, approval: APPROVAL };
    await alice.hear({ type: 'artifact.ref', from: 'node', to: 'user', body });
    await alice.hearRoutes(REPLACED);
    return alice;
  };
  test('ends its session, with its commit', async () => {
    const alice = await published();
    expect(sessionView(alice.home, alice.home.tables.get('sessions', SESSION)!)).toMatchObject({
      ...{ state: 'completed', commit, reason: null },
      approvals: [{ id: APPROVAL, state: 'approved' }],
    });
    expect(inboxIds(alice)).toEqual([]);
  });
  test('is not asked of the next runner again', async () => {
    const alice = await published();
    await alice.time.pass(5_000);
    expect(alice.said('task.request')).toHaveLength(1);
  });
});

test('a session is shown with its own artifacts and approvals', async () => {
  const { alice, hearArtifact } = await startSingleSession();
  const other = uuidOf(0xb1);
  const { subjectDigest } = await alice.askApproval();
  await hearArtifact(1, COMMIT);
  const row = await alice.launch('user', other);
  await alice.askApproval({ approval: uuidOf(0xb2), session: other });
  expect(sessionView(alice.home, row)).toMatchObject({
    approvals: [{ id: uuidOf(0xb2), session: other }],
    artifacts: [],
  });
  const place = { repository: 'file:///repository', branch: 'b', commit: COMMIT };
  expect(sessionView(alice.home, alice.home.tables.get('sessions', SESSION)!)).toMatchObject({
    approvals: [{ id: APPROVAL, state: 'pending', subjectDigest: `sha256:${subjectDigest}` }],
    artifacts: [{ id: artifactOf(1), ...place, approval: null, state: 'published' }],
  });
});

describe('a question waits for this person', () => {
  test('until they decided', async () => {
    const alice = await startSingleUser();
    await alice.askApproval();
    expect([waitsForMe(alice.home, approval(alice)), inboxIds(alice)]).toEqual([true, [APPROVAL]]);
    await decide(alice.user, approval(alice), 'rejected', { reason: 'no' });
    expect([waitsForMe(alice.home, approval(alice)), inboxIds(alice)]).toEqual([false, []]);
    expect(inbox(alice.home, true).items).toMatchObject([{ id: APPROVAL, decision: 'rejected' }]);
  });
  test('and has one state wherever it is shown, with what they decided, when its node runs nowhere any more', async () => {
    const { alice } = await startSingleSession();
    await alice.askApproval();
    await decide(alice.user, approval(alice), 'rejected', { reason: 'no' });
    await alice.hearRoutes({ alice: 'user', bob: 'bob' });
    const inSession = sessionView(alice.home, alice.home.tables.get('sessions', SESSION)!).approvals;
    const inInbox = inbox(alice.home, true).items.filter(({ id }) => id === APPROVAL);
    const shown = await showApproval(alice.user, approval(alice), 0);
    expect([...inSession, ...inInbox, shown].map(({ state }) => state)).toEqual(Array(3).fill('invalidated'));
    for (const view of [...inInbox, shown])
      expect(view).toMatchObject({ decision: 'rejected', reason: 'no' });
    expect(inInbox).toMatchObject([{ documentBytes: approval(alice).size }]);
    expect(inInbox[0]).not.toHaveProperty('bytes');
  });
  test('not when the node that asked was replaced: it is shown as void', async () => {
    const alice = await startSingleUser();
    await alice.askApproval();
    await alice.hearRoutes(REPLACED);
    expect([waitsForMe(alice.home, approval(alice)), inboxIds(alice)]).toEqual([false, []]);
    expect(inbox(alice.home, true).items).toMatchObject([{ id: APPROVAL, state: 'invalidated' }]);
  });
  test('not when it was closed', async () => {
    const alice = await startSingleUser();
    const { subjectDigest, event } = await alice.askApproval();
    const body = { approval: APPROVAL, session: SESSION, state: 'withdrawn' as const, subjectDigest };
    await alice.hear({ type: 'approval.closed', from: 'node', to: 'user', re: event.id, body });
    expect([waitsForMe(alice.home, approval(alice)), inboxIds(alice)]).toEqual([false, []]);
  });
  test('not when it was put to others', async () => {
    const alice = await startSingleUser();
    await alice.askApproval();
    const row = { ...approval(alice), id: uuidOf(0xb2) };
    alice.home.tables.put('approvals', row);
    expect([waitsForMe(alice.home, row), inboxIds(alice)]).toEqual([false, [APPROVAL]]);
  });
});

describe('the inbox', () => {
  const other = (n: number) => uuidOf(0x200 + n);

  test('T109 one row that no calendar has hides no other', async () => {
    const alice = await startSingleUser();
    await alice.askApproval();
    await alice.askApproval({ approval: other(1) });
    const row = alice.home.tables.get('approvals', other(1))!;
    alice.home.tables.put('approvals', { ...row, expires: 2 ** 48, at: 2 ** 48 });
    expect(inbox(alice.home, false).items).toMatchObject([
      { id: other(1), expires: '9999-12-31T23:59:59.000Z' },
      { id: APPROVAL },
    ]);
  });
  test('T113 is in the order in which things came here, whatever their clocks say', async () => {
    const alice = await startSingleUser();
    for (const [n, at] of [NOW, NOW + 86_400, NOW - 86_400].entries())
      await alice.askApproval({ approval: other(n), at });
    const order = [other(2), other(1), other(0)];
    expect([inboxIds(alice), inboxIds(alice, true)]).toEqual([order, order]);
  });
  test('T113 shows what waits however much lies there that waits for nobody', async () => {
    const alice = await startSingleUser();
    await alice.askApproval();
    await alice.hearRoutes(REPLACED);
    for (let n = 0; n < 5; n++) await alice.askApproval({ approval: other(n), from: 'peer' });
    await alice.hearRoutes();
    for (let n = 5; n < 10; n++) await alice.askApproval({ approval: other(n) });
    for (let n = 5; n < 10; n++)
      await decide(alice.user, alice.home.tables.get('approvals', other(n))!, 'rejected');
    expect(inbox(alice.home, false, { size: 3 })).toMatchObject({ items: [{ id: APPROVAL }], next: null });
  });
  test('has each question once, whichever node asks it', async () => {
    const alice = await startSingleUser();
    const agent = '{ kind: agent, engine: { type: exec, auth: none, command: ["true"] } }';
    const nodes = `  auditor: ${agent}\n  idle: ${agent}\n  builder:`;
    const text = USER_GRAPH.replace('  builder:', nodes).replace(
      'edges: [',
      'edges: [alice approves auditor, alice approves idle, ',
    );
    await alice.hearRoutes({ alice: 'user', bob: 'bob', builder: 'node', auditor: 'peer' }, text);
    await alice.askApproval();
    await alice.askApproval({ approval: other(1), from: 'peer' });
    expect(inboxIds(alice)).toEqual([other(1), APPROVAL]);
  });
  test('has no question before its cursor, though it waits', async () => {
    const { alice, update } = await startSingleSession();
    await update('accepted');
    const { request: re, line } = alice.home.tables.get('sessions', SESSION)!;
    const body = { session: SESSION, attempt: 1, step: 1, question: other(1), text: 'which port?' };
    await alice.hear({ type: 'question', from: 'node', to: 'user', re: re!, body });
    for (const all of [false, true]) {
      const pages = [undefined, line + 1].map((cursor) => inbox(alice.home, all, { cursor }));
      const shown = pages.map(({ items }) => items.map(({ id }) => id));
      expect(shown).toEqual([[other(1), SESSION], [SESSION]]);
    }
  });
  test('has no page after one that is just full', async () => {
    const alice = await startSingleUser();
    for (let n = 0; n < 3; n++) await alice.askApproval({ approval: other(n) });
    for (const all of [false, true])
      expect([3, 2].map((size) => inbox(alice.home, all, { size }).next === null)).toEqual([true, false]);
  });
  test('T113 has pages that leave nothing out and say nothing twice', async () => {
    const alice = await startSingleUser();
    await alice.launch();
    for (let n = 0; n < 6; n++) await alice.askApproval({ approval: other(n) });
    for (const all of [false, true]) {
      const seen: string[] = [];
      let cursor: number | undefined;
      do {
        const page = inbox(alice.home, all, { cursor, size: 3 });
        expect(page.items.length).toBeLessThanOrEqual(3);
        seen.push(...page.items.map(({ id }) => id));
        cursor = page.next === null ? undefined : Number(page.next);
      } while (cursor !== undefined);
      expect(seen).toEqual([5, 4, 3, 2, 1, 0].map(other).concat(SESSION));
    }
  });
});

test('what is published is as this person approved it, or its node’s word', async () => {
  const alice = await startSingleUser();
  await alice.launch();
  const { place } = await alice.askApproval();
  const hear = (n: number, approved: string | null) =>
    alice.hear({
      ...{ type: 'artifact.ref', from: 'node', to: 'user' },
      body: { artifact: artifactOf(n), session: SESSION, ...place, approval: approved },
    });
  const signed = () =>
    sessionView(alice.home, alice.home.tables.get('sessions', SESSION)!).artifacts.map((one) => one.isSigned);
  await hear(2, null);
  expect(signed()).toEqual([false]);
  await decide(alice.user, approval(alice), 'approved');
  await hear(1, APPROVAL);
  expect(signed().sort()).toEqual([false, true]);
});

test('whether its node took a decision is known while the node has that key, and unknown afterwards', async () => {
  const alice = await startSingleUser();
  await alice.askApproval();
  const taken = () => ownDecision(alice.home, approval(alice)).acknowledged;
  expect(taken()).toBeNull();
  await decide(alice.user, approval(alice), 'rejected');
  expect(taken()).toBe(false);
  await alice.hearRoutes(REPLACED);
  expect(alice.home.tables.count('outbox', { type: 'approval.response' })).toBe(0);
  expect(taken()).toBeNull();
});
