/** Repeats that a person answered in advance: which they are, how many, until when, and whose vote they are. */
import { describe, expect, test } from 'vitest';
import type { EngineTurn } from '../../../test/sim/scripted-engine.ts';
import { RUNNER_GRAPH, startReadyRunner } from '../../../test/sim/single-runner.ts';
import { uuidOf } from '../../../test/support/world.ts';
import { scopeOf } from '../../core/protocol/granting.ts';
import type { BodyOf } from '../../core/protocol/table.ts';
import type { Permission, PermissionRequest } from '../../ports/index.ts';

const S = uuidOf(0xe1);
const G = uuidOf(0xf1);
const ALICE = 'by: [alice], quorum: 1';
const BOTH = 'by: [alice, carol], quorum: 2';
const graphWith = (rule: string): string =>
  RUNNER_GRAPH.replace(
    'builder:\n    kind: agent\n    engine: { type: exec',
    'builder:\n    kind: agent\n    engine: { type: acp',
  ).replace(/approval: \{ source\.publish: \{[^}]*\} \}/, `approval: { command.run: { ${rule} } }`);

type Asked = Partial<PermissionRequest>;
const start = async (all: Asked[], { rule = ALICE, atOnce = false } = {}) => {
  const answers: Permission[] = [];
  const script = async ({ ask }: EngineTurn) => {
    const answer = async (one: Asked) => {
      const { still: _, ...said } = await ask(one);
      answers.push(said);
    };
    if (atOnce) await Promise.all(all.map(answer));
    else for (const one of all) await answer(one);
  };
  const one = await startReadyRunner({ script, hasAgents: true, graph: graphWith(rule) });
  await one.request(S);
  const asked = () => one.said('approval.request');
  /** Of each approval, in the order in which they were asked for. */
  const approvals = () => [...new Set(asked().map(({ body }) => body.approval))];
  const until = (count: number) =>
    one.time.until(`${count} asked`, () => approvals().length >= count, 10_000);
  const answered = (count: number) =>
    one.time.until(`${count} answers`, () => answers.length >= count, 20_000);
  const nth = (n: number) => asked().find(({ body }) => body.approval === approvals()[n])!;
  const grant = (n: number, more: Partial<BodyOf<'grant'>> = {}, from: 'user' | 'stranger' = 'user') => {
    const { approval, subject, subjectDigest } = nth(n).body;
    const { reach = 'session' } = more;
    const scope = scopeOf(one.home.suite, subject, one.actors.node.pubkey, reach);
    const expiresAt = Math.floor(one.time.clock.now() / 1000) + 3_600;
    const re = one.home.tables.get('approval_requests', approval, one.actors[from].pubkey)!.message;
    const body = { grant: G, approval, subject, subjectDigest, scope, reach, uses: 5, expiresAt, ...more };
    return one.hear({ type: 'grant', from, to: 'node', re, body });
  };
  const revoke = (grant = G, from: 'user' | 'stranger' = 'user') =>
    one.hear({
      ...{ type: 'grant.revoke', from, to: 'node', body: { grant } },
      re: one.home.tables.get('grants', grant)!.message,
    });
  /** One more of it is put to people, and nobody answers. */
  const isAsked = async (n: number) => {
    await until(n);
    await one.time.pass(2_000);
    expect(answers).toHaveLength(n - 1);
  };
  const closed = () =>
    one.said('approval.closed').map(({ body: { state, grants } }) => [state, grants?.map(({ use }) => use)]);
  return { one, answers, asked, until, answered, nth, grant, revoke, isAsked, closed };
};
const BY_GRANT = { decision: 'approved', reason: `approved by alice (grant ${G.slice(-8)})` };

describe('a grant', () => {
  test('answers the request and its exact repeats, each told to people and to the Host with the grant', async () => {
    const { one, answers, until, answered, grant, closed } = await start([{}, {}, {}]);
    await until(1);
    await grant(0, { uses: 3 });
    await answered(3);
    expect(answers).toEqual([BY_GRANT, BY_GRANT, BY_GRANT]);
    expect(closed()).toEqual([1, 2, 3].map((use) => ['approved', [use]]));
    const told = one.said('approval.observed').filter(({ body }) => body.state === 'approved');
    const signed = one.home.tables.get('grants', G)!.message;
    for (const [n, { body }] of told.entries()) {
      expect(body.granted?.grants).toEqual([{ grant: G, use: n + 1 }]);
      expect(body.evidence.map(({ id }) => id)).toEqual([signed]);
    }
    expect(told).toHaveLength(3);
    // Who gave it need not look: the request says so
    expect(one.said('approval.request').map(({ body }) => body.grants)).toEqual([undefined, [G], [G]]);
  });

  const OTHERS: [what: string, asked: Asked][] = [
    ['one more byte of its command', { command: 'make ' }],
    ['other words', { words: 'Run Make' }],
    ['another directory', { input: '{"cwd":"/tmp"}' }],
    ['another answer to the agent', { option: { id: 'always', kind: 'allow_always', name: 'Always' } }],
  ];
  test.each(OTHERS)('does not answer %s', async (_, other) => {
    const { until, grant, isAsked } = await start([{}, other]);
    await until(1);
    await grant(0);
    await isAsked(2);
  });

  test('is asked again when its uses are gone, and after its end', async () => {
    const used = await start([{}, {}, {}]);
    await used.until(1);
    await used.grant(0, { uses: 2 });
    await used.isAsked(3);
    const late = await start([{}, {}]);
    await late.until(1);
    await late.grant(0, { expiresAt: Math.floor(late.one.time.clock.now() / 1000) });
    await late.isAsked(1);
  });

  test('answers no request after it is revoked, and not the one that waits', async () => {
    const { one, answers, until, answered, grant, revoke, isAsked } = await start([{}, {}], { rule: BOTH });
    await until(1);
    await grant(0);
    await revoke();
    await one.decide(S, 'stranger');
    await one.time.pass(2_000);
    expect(answers).toEqual([]);
    await one.decide(S, 'user');
    await answered(1);
    expect(answers[0]).toEqual({ decision: 'approved', reason: 'approved by carol, alice' });
    await isAsked(2);
  });

  test('answers nothing where it is revoked while that is being said', async () => {
    const { one, until, grant, revoke, isAsked, closed } = await start([{}]);
    await until(1);
    const { exchange } = one.runner;
    const send = exchange.send.bind(exchange);
    let isRevoked = false;
    exchange.send = async (drafts) => {
      if (!isRevoked && one.home.tables.get('grants', G)) {
        isRevoked = true;
        await revoke();
      }
      return send(drafts);
    };
    await grant(0);
    await one.time.until('the revocation', () => isRevoked, 5_000);
    await isAsked(1);
    await one.time.pass(3_000);
    expect(closed()).toEqual([]);
  });

  test('has one last use, though two requests saw it open', async () => {
    const { one, asked, answers, until, grant, closed } = await start([{}, {}], { atOnce: true });
    await until(2);
    const [held, other] = asked().map(({ body }) => body.approval);
    const isOpen = (id = '') => one.home.tables.get('approvals', id)?.open === 1;
    const { message } = one.home.tables.get('approval_requests', held!, one.actors.user.pubkey)!;
    const { line } = one.home.tables.get('messages', message, 'out')!;
    const { ledger } = one.home;
    const read = ledger.read.bind(ledger);
    const gate = Promise.withResolvers<void>();
    let reads = 0;
    // Of what is delivered the same line is read
    const isCounting = () => new Error().stack?.includes('subjectPut') && one.home.tables.get('grants', G);
    // It was found to be answered, and its votes are counted once more when the other one has the use
    ledger.read = async function* (from) {
      if (from === line && isCounting() && ++reads === 2) await gate.promise;
      yield* read(from);
    };
    await grant(1, { uses: 1 });
    await one.time.until('the other answer', () => reads >= 2 && !isOpen(other), 10_000);
    gate.resolve();
    await one.time.pass(3_000);
    expect([answers, isOpen(held), closed()]).toEqual([[BY_GRANT], true, [['approved', [1]]]]);
  });

  test('is the vote of one person, and no more than that: the others are asked', async () => {
    const { one, answers, until, answered, grant, isAsked, closed } = await start([{}, {}], { rule: BOTH });
    await until(1);
    await grant(0);
    await grant(0, { grant: uuidOf(0xf2) });
    await isAsked(1);
    await one.decide(S, 'stranger');
    await answered(1);
    expect(answers[0]!.reason).toBe(`approved by carol, alice (grant ${G.slice(-8)})`);
    await isAsked(2);
    // To both of them, and only one use of one grant
    expect(closed()).toEqual(Array(2).fill(['approved', [1]]));
  });

  test('of two people is used where one is enough, and one that is used up is in the way of no other', async () => {
    const rule = BOTH.replace('quorum: 2', 'quorum: 1');
    const { until, answered, grant, closed, answers } = await start([{}, {}, {}], { rule, atOnce: true });
    await until(3);
    await grant(0, { uses: 1 });
    await answered(1);
    await grant(1, { grant: uuidOf(0xf4) }, 'stranger');
    await answered(3);
    expect(answers.map(({ decision }) => decision)).toEqual(['approved', 'approved', 'approved']);
    expect(closed().map(([, uses]) => uses)).toEqual([[1], [1], [1], [1], [2], [2]]);
  });

  test('gives way to what its person decides of the one request', async () => {
    const { one, answers, until, answered, grant } = await start([{}], { rule: BOTH });
    await until(1);
    await grant(0);
    await one.decide(S, 'user', 'rejected', { reason: 'not now' });
    await answered(1);
    expect(answers).toEqual([{ decision: 'rejected', reason: 'rejected by alice (not now)' }]);
  });

  test('clears what is equal and waits, no more of it than it has uses', async () => {
    const { one, answers, until, answered, grant } = await start([{}, {}, { command: 'ls' }, {}, {}], {
      atOnce: true,
    });
    await until(5);
    await grant(0, { uses: 3 });
    await answered(3);
    await one.time.pass(2_000);
    expect(answers).toEqual([BY_GRANT, BY_GRANT, BY_GRANT]);
  });

  test('is of its session, or of its node where it says so', async () => {
    for (const reach of ['session', 'node'] as const) {
      const { one, until, answered, grant, isAsked } = await start([{}]);
      await until(1);
      await grant(0, { reach });
      await one.reach(S, 'completed');
      await one.request(uuidOf(0xe2));
      if (reach === 'session') await isAsked(2);
      else await answered(2);
    }
  });

  test('is nobody’s when its person may not approve any more, or the policy is another', async () => {
    type Routes = BodyOf<'routes'>;
    const CHANGES: ((body: Routes) => Routes)[] = [
      (body) => ({ ...body, approval: { 'command.run': { by: ['carol'], quorum: 1 } } }),
      (body) => ({ ...body, policy: { 'command.run': '99'.repeat(32) } }),
      (body) => ({
        ...body,
        peers: body.peers.map((peer) =>
          peer.name === 'alice'
            ? {
                ...peer,
                relations: peer.relations.map((one) =>
                  one.relation === 'approves'
                    ? { ...one, only: ['approval.request', 'approval.closed'] }
                    : one,
                ),
              }
            : peer,
        ),
      }),
    ];
    for (const change of CHANGES) {
      const { one, answers, until, answered, grant } = await start([{}]);
      await until(1);
      await grant(0, { reach: 'node' });
      await answered(1);
      await one.reach(S, 'completed');
      await one.hearRoutes(change);
      await one.request(uuidOf(0xe2));
      await one.time.pass(3_000);
      expect(answers.slice(1).filter(({ decision }) => decision === 'approved')).toEqual([]);
    }
  });

  test('is not for a task that its person launched, under four eyes', async () => {
    const rule = `${BOTH.replace('quorum: 2', 'quorum: 1')}, four_eyes: true`;
    const { one, asked, until, answered, grant, isAsked } = await start([{}], { rule });
    await until(1);
    await grant(0, { reach: 'node' }, 'stranger');
    await answered(1);
    await one.request(uuidOf(0xe2), 'stranger');
    await isAsked(2);
    expect(asked().map(({ to }) => to)).toEqual([one.actors.stranger.pubkey, one.actors.user.pubkey]);
  });
});
