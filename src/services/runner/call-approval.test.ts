/** A command that an agent asks about: who is asked, what lets it run, and what becomes of it when its turn ends. */
import { describe, expect, test } from 'vitest';
import type { EngineTurn } from '../../../test/sim/scripted-engine.ts';
import { RUNNER_GRAPH, type RunnerSetup, startReadyRunner } from '../../../test/sim/single-runner.ts';
import { probedAs } from '../../../test/support/probe-records.ts';
import { uuidOf } from '../../../test/support/world.ts';
import type { ProbeRecord } from '../../core/acp/probe-record.ts';
import { MAX_ASKED, MAX_OPEN_CALLS } from '../../core/bounds.ts';
import { utf8 } from '../../core/encoding/bytes.ts';
import type { BodyOf } from '../../core/protocol/table.ts';
import type { Permission, PermissionRequest } from '../../ports/index.ts';
import { type AskingTurn, askCall } from './call-approval.ts';
import { permissionOf } from './permission.ts';
import { SignedWrites } from './signed-writes.ts';

const S = uuidOf(0xe1);
/** `rule`: what the policy says of commands. */
const graphWith = (rule: string): string =>
  RUNNER_GRAPH.replace(
    'builder:\n    kind: agent\n    engine: { type: exec',
    'builder:\n    kind: agent\n    engine: { type: acp',
  ).replace(
    /approval: \{ source\.publish: \{[^}]*\} \}/,
    rule === '' ? 'network: []' : `approval: { command.run: { ${rule} } }`,
  );
const ALICE = 'by: [alice], quorum: 1';

type Ready = Awaited<ReturnType<typeof startReadyRunner>>;
type Asked = Partial<PermissionRequest>;
/** A turn that asks about each, one after another or all at once, and then leaves a file. */
const asking = async (all: Asked[], setup: RunnerSetup & { rule?: string; atOnce?: true } = {}) => {
  const answers: Permission[] = [];
  /** Of those that people approved. */
  const stills: NonNullable<Permission['still']>[] = [];
  const script = async ({ ask, write }: EngineTurn) => {
    const answer = async (one: Asked) => {
      const { still, ...said } = await ask(one);
      answers.push(said);
      if (still) stills.push(still);
    };
    if (setup.atOnce) await Promise.all(all.map(answer));
    else for (const one of all) await answer(one);
    write('done.txt', `${answers.length}`);
  };
  const one = await startReadyRunner({
    script,
    hasAgents: true,
    graph: graphWith(setup.rule ?? ALICE),
    ...setup,
  });
  await one.request(S);
  const asked = () =>
    one.said('approval.request').filter(({ body }) => body.subject.operation === 'command.run');
  const until = (count: number) => one.time.until(`${count} asked`, () => asked().length >= count, 5_000);
  const answered = (count: number) =>
    one.time.until(`${count} answers`, () => answers.length >= count, 20_000);
  const decide = (
    n: number,
    decision: 'approved' | 'rejected' | 'changes_wanted',
    reason?: string,
    from: 'user' | 'stranger' = 'user',
  ) => one.decide(S, from, decision, reason === undefined ? {} : { reason }, asked()[n]!.body.approval);
  return { one, answers, stills, asked, until, answered, decide };
};

describe('a command', () => {
  test('is put to whom the policy names, with all that the agent gave of it, and runs when they approve', async () => {
    const input = '{"cwd":"/tmp"}';
    const { one, answers, asked, until, answered, decide } = await asking([{ input }]);
    await until(1);
    const { body, to } = asked()[0]!;
    expect(to).toBe(one.actors.user.pubkey);
    expect(body).toMatchObject({
      session: S,
      diff: [],
      size: 0,
      files: 0,
      task: 'write',
      path: ['alice', 'builder'],
    });
    expect(body.subject).toMatchObject({
      ...{ operation: 'command.run', session: S, attempt: 1, fence: 1, turn: 1 },
      ...{ binding: 'declared', command: 'make', words: 'Run make', input },
      option: { id: 'once', kind: 'allow_once', name: 'Allow once' },
    });
    expect([one.session(S)!.state, answers]).toEqual(['active', []]);
    await decide(0, 'approved');
    await answered(1);
    expect(answers).toEqual([{ decision: 'approved', reason: 'approved by alice' }]);
    const states = one.said('approval.observed').map((said) => [said.body.operation, said.body.state]);
    expect(states).toEqual([
      ['command.run', 'pending'],
      ['command.run', 'approved'],
    ]);
    expect(one.said('approval.closed').map(({ body: { state } }) => state)).toEqual(['approved']);
  });

  test.each([
    ['as long as nothing changed', () => undefined, 'approved'],
    [
      'not under another policy',
      (one: Ready) => one.hearRoutes((body) => ({ ...body, policy: { 'command.run': '99'.repeat(32) } })),
      'the graph changed',
    ],
    [
      'not by who may approve no more',
      (one: Ready) =>
        one.hearRoutes((body) => ({ ...body, peers: body.peers.filter(({ name }) => name !== 'alice') })),
      'rejected',
    ],
    ['not after its time', (one: Ready) => one.time.pass(61_000), 'nobody decided it in time'],
  ])('that was approved stands for what comes of it later: %s', async (_, change, words) => {
    const rule = `${ALICE}, expires: 1m`;
    const { one, stills, until, answered, decide } = await asking([{}, { command: 'ls' }], { rule });
    await until(1);
    await decide(0, 'approved');
    await answered(1);
    await change(one);
    const { decision, reason } = await one.time.finish('whether it stands', stills[0]!());
    expect([decision, decision === 'approved' ? decision : reason]).toEqual([
      words === 'approved' ? 'approved' : 'rejected',
      expect.stringContaining(words),
    ]);
  });

  test('says whether its agent was seen to ask, where it would run it itself', async () => {
    const rule = `${ALICE}, binding: declared`;
    const probes: ProbeRecord[] = [];
    const { asked, until, decide } = await asking(
      [{}, { command: 'ls' }, { binding: 'exact', option: null }],
      {
        ...{ rule, probes },
      },
    );
    await until(1);
    await decide(0, 'approved');
    await until(2);
    probes.push(probedAs('["true"]'));
    await decide(1, 'approved');
    await until(3);
    expect(asked().map(({ body }) => body.seen)).toEqual([false, false, undefined]);
    const later = await asking([{}], { rule, probes });
    await later.until(1);
    expect(later.asked().map(({ body }) => body.seen)).toEqual([true]);
  });

  test('that is rejected does not run: the agent is told why, and its turn goes on', async () => {
    const { one, answers, until, answered, decide } = await asking([{}, { command: 'ls' }]);
    await until(1);
    await decide(0, 'rejected', 'not here');
    await until(2);
    expect(answers).toEqual([{ decision: 'rejected', reason: 'rejected by alice (not here)' }]);
    await decide(1, 'approved');
    await answered(2);
    await one.reach(S, 'completed');
  });

  test('of which changes are wanted does not run', async () => {
    const { answers, until, answered, decide } = await asking([{}]);
    await until(1);
    await decide(0, 'changes_wanted', 'other');
    await answered(1);
    expect(answers).toMatchObject([
      { decision: 'rejected', reason: 'sent back, which a call cannot be: rejected by alice (other)' },
    ]);
  });

  test.each([
    [`${ALICE}`, 'described', null],
    [`${ALICE}, binding: described`, 'described', null],
    [`${ALICE}, binding: exact`, 'declared', 'make'],
  ] as const)(
    'that its runner will ask about comes so far under %s where it is %s',
    async (rule, binding, command) => {
      const { answers, asked, answered } = await asking([{ binding, command, isThrough: true }], { rule });
      await answered(1);
      // Nobody decided it: nothing that comes later stands on it
      expect(answers).toEqual([{ decision: 'approved', reason: 'its runner asks for it before it does it' }]);
      expect(asked()).toEqual([]);
    },
  );

  test.each([
    [`${ALICE}`, 'declared'],
    [`${ALICE}, binding: exact`, 'exact'],
  ] as const)('that its runner will do is asked now under %s where it is %s', async (rule, binding) => {
    const { answers, until, answered, decide } = await asking([{ binding, isThrough: true }], { rule });
    await until(1);
    expect(answers).toEqual([]);
    await decide(0, 'rejected');
    await answered(1);
    expect(answers).toEqual([{ decision: 'rejected', reason: 'rejected by alice' }]);
  });

  test('that is exact satisfies whatever a policy demands; under exact, a text alone does not', async () => {
    const exact = { binding: 'exact', option: null } as const;
    const { answers, asked, until, answered, decide } = await asking([{}, exact], {
      rule: `${ALICE}, binding: exact`,
    });
    await until(1);
    expect(answers).toEqual([
      { decision: 'rejected', reason: expect.stringContaining('this one is declared alone') },
    ]);
    expect(asked()[0]!.body.subject).toMatchObject({ binding: 'exact', option: null });
    await decide(0, 'approved');
    await answered(2);
    expect(answers[1]).toEqual({ decision: 'approved', reason: 'approved by alice' });
  });

  test('is asked for under the newest policy: without one it runs, with nobody left it does not', async () => {
    const free = await asking([{}], { rule: '' });
    await free.answered(1);
    expect(free.answers).toEqual([{ decision: 'approved', reason: 'command.run needs no approval here' }]);
    const alone = await asking([{}], { rule: 'by: [alice, phone, carol], quorum: 1, four_eyes: true' });
    await alone.until(1);
    // Carol alone did not launch it
    expect(alone.asked().map(({ to }) => to)).toEqual([alone.one.actors.stranger.pubkey]);
    const nobody = await asking([{}], { rule: 'by: [alice], quorum: 1, four_eyes: true' });
    await nobody.answered(1);
    expect(nobody.answers).toMatchObject([
      { decision: 'rejected', reason: expect.stringContaining('nobody may') },
    ]);
  });

  test('needs as many persons as the policy says', async () => {
    const { answers, asked, until, answered, decide, one } = await asking([{}], {
      rule: 'by: [alice, carol], quorum: 2',
    });
    await until(2);
    await decide(0, 'approved');
    await one.time.pass(2_000);
    expect(answers).toEqual([]);
    expect(new Set(asked().map(({ body }) => body.approval)).size).toBe(1);
    await decide(0, 'approved', undefined, 'stranger');
    await answered(1);
    expect(answers).toEqual([{ decision: 'approved', reason: 'approved by alice, carol' }]);
  });

  const REFUSED: [what: string, asked: Asked, words: string][] = [
    ['of which there is a description alone', { binding: 'described', command: null }, 'described alone'],
    ['that is too long to be shown whole', { command: 'x'.repeat(MAX_ASKED + 1) }, 'shown whole'],
    ['that takes more where it is quoted', { command: '"'.repeat(MAX_ASKED / 2) }, 'shown whole'],
  ];
  test.each(REFUSED)('%s is refused, and put to nobody', async (_, one, words) => {
    const { answers, asked, answered } = await asking([one]);
    await answered(1);
    expect(answers).toMatchObject([{ decision: 'rejected', reason: expect.stringContaining(words) }]);
    expect(asked()).toEqual([]);
  });

  /** As a second one beside that of the turn. */
  const ASKED: PermissionRequest = {
    ...{ operation: 'command.run', binding: 'declared', command: 'make', words: 'Run', input: null },
    option: { id: 'once', kind: 'allow_once', name: 'once' },
  };
  type Waiting = Awaited<ReturnType<typeof waitingTurn>>;
  const waitingTurn = async (setup?: Parameters<typeof asking>[1]) => {
    const all = await asking([{}], setup);
    const { one } = all;
    await all.until(1);
    const turn: AskingTurn = {
      ...{ runner: one.runner, session: one.session(S)!, turn: 1, task: 'write' },
      ...{ ends: () => 2 ** 31, isOver: () => false, signed: new SignedWrites() },
      request: one.heard('task.request')[0]!.body,
      secrets: [{ name: 'key', bytes: utf8('sk-1\n') }],
      signal: new AbortController().signal,
    };
    const rejected = async (answer: Promise<Permission>, words: string) =>
      expect(await answer).toEqual({ decision: 'rejected', reason: expect.stringContaining(words) });
    const rule = one.home.tables.get('routes', turn.session.node)!.approval['command.run']!;
    return { ...all, turn, rule, rejected };
  };

  test.each(['command', 'words', 'input'] as const)(
    'with a secret in its %s is put to nobody',
    async (where) => {
      const { turn, rule, asked, rejected } = await waitingTurn();
      await rejected(askCall(turn, { ...ASKED, [where]: 'echo sk-1 x' }, rule), 'the value of a secret');
      expect(asked()).toHaveLength(1);
    },
  );

  test.each([
    ['writes', '@@ -0,0 +1,2 @@', '+'],
    ['takes away', '@@ -1,2 +0,0 @@', '-'],
    ['stands beside what it writes', '@@ -1,2 +1,3 @@\n+first', ' '],
  ])('of a file that %s a secret of several lines is put to nobody', async (_, head, sign) => {
    const { turn, rule, asked, rejected } = await waitingTurn();
    const secrets = [{ name: 'key', bytes: utf8('BEGIN\nsk-1\n') }];
    const command = `--- a/id\n+++ b/id\n${head}\n${sign}BEGIN\n${sign}sk-1\n`;
    const write = { ...ASKED, operation: 'file.write', binding: 'content', command } as const;
    await rejected(askCall({ ...turn, secrets }, write, rule), 'the value of a secret');
    expect(asked()).toHaveLength(1);
  });

  test('of a turn that is over, or of a node without a lease, is put to nobody', async () => {
    const { one, turn, rule, asked, rejected } = await waitingTurn();
    await rejected(askCall({ ...turn, isOver: () => true }, ASKED, rule), 'the turn ended');
    one.home.leases.remove(turn.session.node);
    await rejected(askCall(turn, ASKED, rule), 'lease is over');
    expect(asked()).toHaveLength(1);
  });

  const FILES_OF: [
    what: string,
    change: (all: Waiting) => Promise<AskingTurn> | AskingTurn,
    words: string,
  ][] = [
    [
      'a node without a lease',
      ({ one, turn }) => {
        one.home.leases.remove(turn.session.node);
        return turn;
      },
      'lease is over',
    ],
    [
      'a call that nobody may approve',
      async ({ one, turn }) => {
        await one.hearRoutes((body) => ({
          ...body,
          peers: body.peers.filter(({ name }) => name !== 'alice'),
        }));
        return turn;
      },
      'nobody may approve it',
    ],
  ];
  test.each(FILES_OF)('T122 for %s no file is looked at', async (_, change, words) => {
    const all = await waitingTurn();
    const looked: string[] = [];
    const late = async () => looked.push('all of them').toString();
    const answer = askCall(await change(all), { ...ASKED, late }, all.rule);
    await all.rejected(all.one.time.finish('the answer', answer), words);
    expect(looked).toEqual([]);
  });

  test('T122 of many at once one at a time looks at files, and none when enough wait', async () => {
    const { turn, rule, asked, one } = await waitingTurn();
    let [now, most, all] = [0, 0, 0];
    const late = async () => {
      [now, all] = [now + 1, all + 1];
      most = Math.max(most, now);
      await one.home.clock.sleep(10);
      now -= 1;
      return '{}';
    };
    const answers: Permission[] = [];
    for (let n = 0; n < 64; n += 1)
      void askCall(turn, { ...ASKED, late }, rule).then((answer) => answers.push(answer));
    await one.time.until('the refusals', () => answers.length === 64 - (MAX_OPEN_CALLS - 1), 60_000);
    expect([most, asked().length]).toEqual([1, MAX_OPEN_CALLS]);
    expect(all).toBeLessThan(2 * MAX_OPEN_CALLS);
  });

  test('T122 whose lease goes while its files are looked at is put to nobody, nor with a secret in what was found', async () => {
    const { one, turn, rule, asked, rejected } = await waitingTurn();
    const secret = { ...ASKED, late: async () => 'echo sk-1 x' };
    await rejected(one.time.finish('the answer', askCall(turn, secret, rule)), 'the value of a secret');
    const late = async () => {
      one.home.leases.remove(turn.session.node);
      return '{}';
    };
    const answer = askCall(turn, { ...ASKED, late }, rule);
    await rejected(one.time.finish('the answer', answer), 'lease is over');
    expect(asked()).toHaveLength(1);
  });

  test('waits no longer than its turn', async () => {
    const { one, turn, rule, asked } = await waitingTurn({ rule: `${ALICE}, expires: 1h` });
    const ends = Math.floor(one.time.clock.now() / 1000) + 7;
    void askCall({ ...turn, ends: () => ends }, ASKED, rule);
    await one.time.until('the second', () => asked()[1], 5_000);
    expect(asked()[1]!.body.subject.expiresAt).toBe(ends);
  });

  test('is put to nobody under a policy that came meanwhile', async () => {
    const { turn, rule, asked, rejected } = await waitingTurn();
    await rejected(askCall(turn, ASKED, { ...rule, binding: 'described' }), 'the graph changed');
    expect(asked()).toHaveLength(1);
  });

  test('is over at its runner too where nobody is left who could be told', async () => {
    const { one } = await waitingTurn();
    await one.hearRoutes((body) => ({ ...body, peers: body.peers.filter(({ name }) => name !== 'alice') }));
    await one.time.until('its end', () => one.approval(S)?.open === 0, 20_000);
    expect(one.said('approval.closed')).toEqual([]);
  });

  test('that was approved when the lease was over runs when that is renewed, and not before', async () => {
    const { one, turn, answers, answered, decide } = await waitingTurn();
    one.home.leases.remove(turn.session.node);
    await decide(0, 'approved');
    await one.time.pass(3_000);
    expect(answers).toEqual([]);
    one.home.leases.grant(turn.session.node, one.time.elapsed() + 60_000);
    await answered(1);
    expect(answers).toMatchObject([{ decision: 'approved' }]);
  });

  test('does not run where its lease ended while its end was told', async () => {
    const { one, turn, answers, answered, decide } = await waitingTurn();
    const { exchange } = one.runner;
    const send = exchange.send.bind(exchange);
    exchange.send = async (drafts) => {
      const sent = await send(drafts);
      if (one.approval(S)?.open === 0) one.home.leases.remove(turn.session.node);
      return sent;
    };
    await decide(0, 'approved');
    await answered(1);
    expect(one.approval(S)).toMatchObject({ state: 'approved' });
    expect(answers).toEqual([{ decision: 'rejected', reason: 'this node’s lease is over' }]);
  });

  test('that its agent takes back is withdrawn, and decided by nobody', async () => {
    const { one, turn, rule, asked, rejected } = await waitingTurn();
    const taken = new AbortController();
    const answer = askCall(turn, ASKED, rule, taken.signal);
    await one.time.until('the second', () => asked()[1], 5_000);
    taken.abort();
    await one.time.until('its end', () => one.said('approval.closed')[0], 5_000);
    await rejected(answer, 'taken back');
    const { approval } = asked()[1]!.body;
    expect(one.said('approval.closed')[0]!.body).toMatchObject({ approval, state: 'withdrawn' });
  });

  test('that one approved and another rejected is rejected by that one', async () => {
    const { answers, until, answered, decide } = await waitingTurn({ rule: 'by: [alice, carol], quorum: 2' });
    await until(2);
    await decide(0, 'approved', 'fine');
    await decide(0, 'rejected', 'no', 'stranger');
    await answered(1);
    expect(answers).toEqual([{ decision: 'rejected', reason: 'rejected by carol (no)' }]);
  });

  test('of an engine that cannot ask, or of a node whose policy is not here, does not run', async () => {
    const { one, turn, rule, rejected } = await waitingTurn();
    const routes = one.home.tables.get('routes', turn.session.node)!;
    one.home.tables.put('routes', { ...routes, approval: { 'file.write': rule } });
    await rejected(permissionOf(turn, 'exec')({ ...ASKED, operation: 'file.write' }), 'exec cannot ask');
    one.home.tables.remove('routes', turn.session.node);
    await rejected(permissionOf(turn, 'acp')(ASKED), 'not known here');
  });

  test('that is only described is put to people where the policy lets it', async () => {
    const { asked, until } = await asking([{ binding: 'described', command: null }], {
      rule: `${ALICE}, binding: described`,
    });
    await until(1);
    expect(asked()[0]!.body.subject).toMatchObject({
      binding: 'described',
      command: null,
      words: 'Run make',
    });
  });

  test('waits beside others, each with its own answer; of too many the last are refused', async () => {
    const many = Array.from({ length: MAX_OPEN_CALLS + 1 }, (_, n) => ({ command: `make ${n}` }));
    const { answers, asked, until, answered, decide } = await asking(many, { atOnce: true });
    await until(MAX_OPEN_CALLS);
    await answered(1);
    expect(answers).toMatchObject([
      { decision: 'rejected', reason: expect.stringContaining('wait already') },
    ]);
    expect(asked()).toHaveLength(MAX_OPEN_CALLS);
    await decide(3, 'approved');
    await answered(2);
    expect(answers[1]).toMatchObject({ decision: 'approved' });
  });

  test('nobody decides in time expires', async () => {
    const { one, answers, until, answered } = await asking([{}], { rule: `${ALICE}, expires: 5s` });
    await until(1);
    await answered(1);
    expect(answers).toMatchObject([{ decision: 'rejected', reason: 'nobody decided it in time' }]);
    expect(one.approval(S)).toMatchObject({ state: 'expired' });
  });

  test('is taken back when its turn ends, and by a cancellation', async () => {
    const { one, until } = await asking([{}]);
    await until(1);
    await one.hear({ type: 'task.cancel', from: 'user', to: 'node', body: { session: S, reason: 'enough' } });
    await one.time.until('the end', () => one.session(S)?.open === 0, 20_000);
    expect(one.approval(S)).toMatchObject({ state: 'withdrawn' });
  });

  test('that its engine does not wait for is taken back when the turn is over', async () => {
    const script = async ({ ask, sleep }: EngineTurn) => {
      void ask({});
      await sleep(1_000);
    };
    const one = await startReadyRunner({ script, hasAgents: true, graph: graphWith(ALICE) });
    await one.request(S);
    await one.reach(S, 'completed');
    expect(one.said('approval.closed').map(({ body: { state } }) => state)).toEqual(['withdrawn']);
    expect(one.said('approval.observed').map(({ body: { state } }) => state)).toEqual([
      'pending',
      'withdrawn',
    ]);
  });

  test('that was approved under another policy is not approved', async () => {
    const { one, answers, until, answered, decide } = await asking([{}]);
    await until(1);
    type Routes = BodyOf<'routes'>;
    await one.hearRoutes((body: Routes) => ({ ...body, policy: { 'command.run': '99'.repeat(32) } }));
    await decide(0, 'approved');
    await answered(1);
    expect(answers).toMatchObject([
      { decision: 'rejected', reason: expect.stringContaining('the graph changed') },
    ]);
    expect(one.approval(S)).toMatchObject({ state: 'invalidated' });
  });
});
