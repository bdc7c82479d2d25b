/** What a runner takes, what it refuses, and that a node it lost signs nothing more. */
import { describe, expect, test } from 'vitest';
import {
  ASSIGNMENT,
  ENFORCED_GRAPH,
  RUNNER_GRAPH,
  type RunnerSetup,
  type SingleRunner,
  startSingleRunner,
} from '../../../test/sim/single-runner.ts';
import { probedAs, UNASKED_FACTS } from '../../../test/support/probe-records.ts';
import { uuidOf } from '../../../test/support/world.ts';
import { npub } from '../../core/encoding/id.ts';
import { EntangleError } from '../../core/errors.ts';

const ENFORCED: RunnerSetup = { hasAgents: true, graph: ENFORCED_GRAPH, sandbox: ['bwrap'] };
const OTHER = uuidOf(0xd2);
const S = uuidOf(0xe1);
const accepts = ({ said }: SingleRunner) => said('assignment.accept').map(({ body }) => body.fence);
const rejects = ({ said }: SingleRunner) => said('assignment.reject').map(({ body }) => body.reason);
const isHere = ({ home, actors }: SingleRunner): boolean => home.identities.has(actors.node.pubkey);
const isLeased = ({ home, actors }: SingleRunner): boolean =>
  home.leases.endOf(actors.node.pubkey) !== undefined;
const trusted = async (setup: RunnerSetup = {}) => {
  const one = await startSingleRunner(setup);
  await one.trust();
  return one;
};
/** The node works on a task that does not end by itself. */
const working = async () => {
  const one = await startSingleRunner({ script: () => new Promise(() => {}) });
  await one.ready();
  await one.request(S);
  await one.time.until('a turn', () => one.runs[0]);
  return one;
};

describe('an offer', () => {
  test('is taken once, with the key that was made for it', async () => {
    const one = await trusted();
    await one.offer({ assignment: OTHER });
    await one.time.pass(5000);
    const [accept, ...more] = one.said('assignment.accept');
    expect(more).toEqual([]);
    const secretKey = one.machine.keys.get(`node-${OTHER}`)!;
    expect(accept!.body.pubkey).toBe(Buffer.from(one.suite.publicKey(secretKey)).toString('hex'));
    expect(accept!.to).toBe(one.actors.host.pubkey);
    // The key says itself what it was made for
    const { host, runner } = one.actors;
    const about = [one.graph, 'builder', OTHER, 1, runner.pubkey, host.pubkey, 'c4'.repeat(16)];
    expect(JSON.parse(accept!.body.proof.content)).toEqual(about);
  });

  test('that was answered is not answered again when a later one comes', async () => {
    const one = await trusted();
    await one.offer();
    await one.time.pass(1000);
    await one.offer({ assignment: OTHER, fence: 2 });
    await one.time.pass(3000);
    expect([accepts(one), rejects(one)]).toEqual([[1, 2], []]);
  });

  test('of another node has its own fences', async () => {
    const one = await trusted();
    await one.alsoRun('helper', 9);
    await one.offer();
    await one.time.pass(1000);
    expect([accepts(one), rejects(one), isHere(one)]).toEqual([[9, 1], [], true]);
  });

  test('that is known and not here is not answered', async () => {
    const one = await trusted();
    await one.offer();
    await one.time.pass(1000);
    const row = one.home.tables.get('assignments', ASSIGNMENT)!;
    one.home.tables.put('assignments', { ...row, id: OTHER, state: 'offered', offer: '' });
    await one.time.pass(3000);
    expect([accepts(one), rejects(one), one.logged]).toEqual([[1], [], []]);
  });

  test('is answered by a trusted runner only: not before it is trusted, and not after it was revoked', async () => {
    const one = await startSingleRunner();
    await one.offer();
    await one.time.pass(5000);
    expect([accepts(one), rejects(one)]).toEqual([[], []]);
    await one.trust();
    await one.time.pass(1000);
    expect(accepts(one)).toEqual([1]);
    await one.trust('revoked');
    await one.offer({ assignment: OTHER, fence: 2 });
    await one.time.pass(5000);
    expect([accepts(one), rejects(one)]).toEqual([[1], []]);
  });

  test('under a lower fence than one that is known is refused; one that was refused does not count', async () => {
    const one = await trusted();
    await one.offer({ assignment: OTHER, fence: 3, spec: '{}' });
    await one.offer({ fence: 2 });
    await one.time.pass(1000);
    expect([accepts(one), rejects(one)]).toEqual([[2], ['bad_spec']]);
    await one.offer({ assignment: uuidOf(0xd3), fence: 1 });
    await one.time.pass(1000);
    expect([accepts(one), rejects(one)]).toEqual([[2], ['bad_spec', 'stale_fence']]);
  });

  const AGENT = { graph: RUNNER_GRAPH.replace('type: exec', 'type: acp'), hasAgents: true };
  const spec = (change: (text: string) => string) => ({ graph: change(RUNNER_GRAPH) });
  test.each([
    ['no_engine', spec((text) => text.replace('{ type: exec,', '{ type: acp,'))],
    ['no_engine', spec((text) => text.replace('command: ["true"]', 'command: ["missing"]'))],
    ['no_sandbox', spec((text) => text.replace('sandbox: none, approval', 'sandbox: bwrap, approval'))],
    ['no_memory', { ...AGENT, memory: 511 }],
    ['no_probe', ENFORCED],
    ['no_probe', { ...ENFORCED, probes: [probedAs('["true"]', { sandbox: 'bwrap', facts: UNASKED_FACTS })] }],
  ])('that this machine cannot run is refused: %s', async (reason, setup) => {
    const one = await trusted(setup);
    await one.offer();
    await one.time.pass(1000);
    expect([accepts(one), rejects(one)]).toEqual([[], [reason]]);
  });

  test('that is to be enforced is taken where its agent was seen to ask', async () => {
    const one = await trusted({ ...ENFORCED, probes: [probedAs('["true"]', { sandbox: 'bwrap' })] });
    await one.offer();
    await one.time.pass(1000);
    expect([accepts(one), rejects(one)]).toEqual([[1], []]);
  });

  test('of a node that is no agent is refused', async () => {
    const one = await trusted();
    await one.offer({ spec: JSON.stringify({ kind: 'user', pubkey: npub(one.actors.user.pubkey) }) });
    await one.time.pass(1000);
    expect([accepts(one), rejects(one)]).toEqual([[], ['bad_spec']]);
  });

  test('whose key cannot be made keeps its own node down, and no other', async () => {
    const one = await trusted();
    one.machine.keys.get = function (name: string) {
      if (name === `node-${OTHER}`) throw new EntangleError('invalid', 'this key is damaged');
      return Map.prototype.get.call(this, name);
    };
    await one.offer({ assignment: OTHER, node: 'helper' });
    await one.offer();
    await one.time.pass(1000);
    expect(accepts(one)).toEqual([1]);
    expect(one.logged.join()).toContain('"helper" cannot run here: this key is damaged');
    expect([...one.machine.keys.keys()]).not.toContain(`node-${OTHER}`);
  });
});

test('a node whose key is gone gets no other one, and keeps no other node down', async () => {
  const before = await trusted();
  const helper = await before.alsoRun();
  await before.offer();
  await before.time.until('both', () => isHere(before), 5000);
  await before.close();
  const one = await startSingleRunner({ disk: before.home.disk });
  await one.time.until('the other node', () => isHere(one), 5000);
  expect([...one.machine.keys.keys()]).not.toContain(`node-${helper}`);
  expect(one.home.identities.size).toBe(2);
  expect(one.logged.join()).toMatch(/^"helper" cannot run here: .*\bnode-/);
});

describe('a node is let go, its turn stopped, its lease ended', () => {
  const ENDS: readonly [string, (one: SingleRunner) => Promise<unknown>][] = [
    ['T33 when its runner is trusted no more', (one) => one.trust('revoked')],
    [
      'when its assignment is revoked',
      (one) =>
        one.hear({
          type: 'assignment.revoke',
          from: 'host',
          to: 'runner',
          body: { assignment: ASSIGNMENT, fence: 1, reason: 'node_removed' },
        }),
    ],
    ['when a higher fence of it is known', (one) => one.offer({ assignment: OTHER, fence: 2 })],
  ];
  test.each(ENDS)('%s', async (_when, end) => {
    const one = await working();
    expect([isHere(one), isLeased(one), one.runs[0]!.ended]).toEqual([true, true, null]);
    expect(one.listensTo('node')).toBe(true);
    await end(one);
    await one.time.pass(5000);
    expect([isHere(one), isLeased(one), one.runs[0]!.ended?.reason]).toEqual([false, false, 'cancelled']);
    expect([one.listensTo('node'), one.logged]).toEqual([false, []]);
    expect(
      one.home.pairs.get(one.actors.node.pubkey, one.actors.user.pubkey, () => new Uint8Array(1)),
    ).toHaveLength(1);
    const lines = one.home.disk.lines.length;
    await one.time.pass(5000);
    expect(
      one.home.disk.lines.slice(lines).filter(({ event }) => event.pubkey === one.actors.node.pubkey),
    ).toEqual([]);
  });

  test('and the turns of others here go on', async () => {
    const one = await working();
    const assignment = await one.alsoRun();
    const body = { assignment, fence: 1, reason: 'node_removed' };
    await one.hear({ type: 'assignment.revoke', from: 'host', to: 'runner', body });
    await one.time.until('it is let go', () => !one.home.identities.has(one.actors.peer.pubkey), 5000);
    await one.time.pass(1000);
    expect([one.runs[0]!.ended, isHere(one)]).toEqual([null, true]);
  });

  test('and has no lease left when its runner is trusted again', async () => {
    const one = await working();
    await one.trust('revoked');
    await one.time.pass(1000);
    await one.trust();
    await one.time.pass(1000);
    expect([isHere(one), isLeased(one), one.runs]).toMatchObject([
      true,
      false,
      [{ ended: { reason: 'cancelled' } }],
    ]);
  });
});
