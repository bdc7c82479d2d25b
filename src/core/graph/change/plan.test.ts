import { describe, expect, test } from 'vitest';
import { ACME, changed, KEYS, sha256, sound } from '../../../../test/graphs/acme.ts';
import { applyPlan } from '../../../../test/graphs/apply-plan.ts';
import { TYPES } from '../../../../test/graphs/types.ts';
import type { AgentNode } from '../model.ts';
import { canonicalGraph } from '../revision.ts';
import { impactOf } from './impact.ts';
import { unplacedNodes } from './placement.ts';
import { plan } from './plan.ts';
import { isPlanFile, readPlan, writePlan } from './plan-file.ts';
import { planJson, planLines, planMarkdown, planText } from './render.ts';
import type { RunState } from './run-state.ts';

const { graph } = sound(ACME);
const STATE: RunState = {
  assignments: [
    { node: 'builder', runner: 'laptop' },
    { node: 'helper', runner: 'server' },
  ],
  sessions: [
    { id: 's1', node: 'builder', requester: 'alice', held: true },
    { id: 's2', node: 'helper', requester: 'bob', held: true },
  ],
  approvals: [{ id: 'a1', session: 's1', operation: 'source.publish' }],
  secrets: ['model'],
  principals: [],
  revoked: [],
  decisions: [],
  runners: [
    {
      name: 'laptop',
      engines: ['exec'],
      labels: { os: 'linux' },
      sandbox: ['bwrap', 'none'],
      probes: [],
      live: true,
      load: 1,
    },
    {
      name: 'server',
      engines: ['exec'],
      labels: { os: 'macos' },
      sandbox: ['bwrap'],
      probes: [],
      live: true,
      load: 1,
    },
  ],
};
const words = (after: typeof graph) =>
  plan(graph, after).changes.map(({ op, what, name }) => `${op} ${what} ${name}`);

describe('plan', () => {
  test('of equal graphs is empty', () => {
    const { changes } = plan(graph, sound(ACME).graph);
    expect(changes).toEqual([]);
    expect(planText(planLines({ changes }))).toBe('  No changes.');
    expect(planMarkdown({ changes })).toContain('No changes.');
  });

  test('tells nodes, policies, edges and tests apart, in order', () => {
    const after = changed(
      ['quorum: 2', 'quorum: 1'],
      ['os: linux', 'os: macos'],
      ['  - bob delegates_to spare\n', '  - alice delegates_to helper\n'],
      ['  - helper may_not task.request builder\n', ''],
      ['rate: 2/minute', 'rate: 3/minute'],
    );
    expect(words(after)).toEqual([
      'change node builder',
      'change policy builder source.publish',
      'change edge alice delegates_to builder',
      'add edge alice delegates_to helper',
      'remove edge bob delegates_to spare',
      'remove test helper may_not task.request builder',
    ]);
    expect(planText(planLines(plan(graph, after)))).toMatchInlineSnapshot(`
      "  Nodes
      ~   builder
      ~     placement.labels.os: linux -> macos
        Approval policies
      ~   builder source.publish
      ~     quorum: 2 -> 1
        Edges
      ~   alice delegates_to builder
      ~     rate: 2/minute -> 3/minute
      +   alice delegates_to helper
      -   bob delegates_to spare
        Tests
      -   helper may_not task.request builder
        1 to add, 3 to change, 2 to remove."
    `);
  });

  test('from nothing adds everything', () => {
    const first = plan(null, graph);
    expect(first.changes.every(({ op }) => op === 'add')).toBe(true);
    expect(canonicalGraph(applyPlan(first, null))).toBe(canonicalGraph(graph));
  });

  test('a node that changes its kind is replaced whole', () => {
    const text = ACME.replace(/ {2}spare:\n.*\n.*\n/, `  spare: { kind: user, pubkey: ${KEYS[2]} }\n`)
      .replace(
        '{ from: alice, relation: delegates_to, to: spare, disabled: true }',
        'bob delegates_to helper',
      )
      .replace('  - bob delegates_to spare\n  - bob delegates_to helper\n', '');
    const after = sound(text).graph;
    expect(canonicalGraph(applyPlan(plan(graph, after), graph))).toBe(canonicalGraph(after));
    expect(canonicalGraph(applyPlan(plan(after, graph), after))).toBe(canonicalGraph(graph));
  });
});

describe('consequences', () => {
  const of = (...pairs: [string, string][]) => impactOf(plan(graph, changed(...pairs)), STATE, TYPES);

  test('a changed node starts anew where it is, moves where it fits, or stops and says why', () => {
    const secrets = of(['helper:\n    kind: agent', 'helper:\n    kind: agent\n    secrets: [model]']);
    expect(secrets.assignments).toEqual([
      { effect: 'restart', node: 'helper', from: 'server', runner: 'server', because: 'its secrets changed' },
    ]);
    expect(secrets.sessions).toEqual([
      { session: 's2', node: 'helper', effect: 'restarts', because: 'its secrets changed' },
    ]);
    const moved = of(['os: linux', 'os: macos']);
    expect(moved.assignments).toEqual([
      {
        effect: 'move',
        node: 'builder',
        from: 'laptop',
        runner: 'server',
        because: 'its placement changed; laptop: label os is linux, not macos',
      },
    ]);
    // Nothing of its policy changed, yet who is asked now is asked in vain.
    expect(moved.approvals).toMatchObject([{ node: 'builder', pending: ['a1'] }]);
    const [stopped] = of(['os: linux', 'os: plan9']).assignments;
    expect(stopped).toMatchObject({ effect: 'stop', from: 'laptop', runner: null });
    expect(stopped?.because).toContain('no runner fits (laptop: label os is linux, not plan9;');
    expect(of(['os: linux', 'os: plan9']).sessions).toMatchObject([{ session: 's1', effect: 'waits' }]);
  });

  test('a policy voids the approvals that stand on it, and what is less safe is told', () => {
    expect(of(['quorum: 2', 'quorum: 1'])).toEqual({
      assignments: [],
      sessions: [],
      approvals: [
        { node: 'builder', operation: 'source.publish', because: 'policy changed', pending: ['a1'] },
      ],
      loosened: [{ node: 'builder', what: 'needs 1 instead of 2 for source.publish' }],
      missing: [],
      principals: [],
    });
    const without = of(['approval: { source.publish: { by: [alice, bob], quorum: 2 } }', 'sandbox: none']);
    expect(without.loosened.map(({ what }) => what)).toEqual([
      'publishes without approval',
      'is no longer isolated (sandbox: none)',
    ]);
    expect(of(['budget: { hops: 3 }', "network: ['a:1']"]).loosened).toEqual([
      { node: 'builder', what: 'reaches a:1' },
      { node: 'builder', what: 'may take any hops instead of 3' },
    ]);
  });

  test('a session fails when nothing carries its task any more, and only then', () => {
    expect(of(['  - bob delegates_to helper\n', '']).sessions).toEqual([
      { session: 's2', node: 'helper', effect: 'fails', because: '`bob delegates_to helper` is removed' },
    ]);
    expect(of(['rate: 2/minute, max_concurrent: 1', 'disabled: true']).sessions).toEqual([
      {
        session: 's1',
        node: 'builder',
        effect: 'fails',
        because: '`alice delegates_to builder` is disabled',
      },
    ]);
    expect(of(['rate: 2/minute', 'rate: 3/minute']).sessions).toEqual([]);
    const other = of(['  - bob delegates_to helper\n', '  - bob peers_with helper\n']);
    expect(other.sessions).toEqual([]);
  });

  test('what nobody runs is not started again, nor waits; that nothing carries it any more is told', () => {
    const unheld = { ...STATE, sessions: STATE.sessions.map((one) => ({ ...one, held: false })) };
    const now = changed(['os: linux', 'os: plan9'], ['  - bob delegates_to helper\n', '']);
    const found = impactOf(plan(graph, now), unheld, TYPES);
    expect(found.assignments).toMatchObject([{ node: 'builder', effect: 'stop' }]);
    expect(found.sessions).toMatchObject([{ session: 's2', effect: 'fails' }]);
  });

  test('a new key of an approver voids approvals, a new edge elsewhere does not', () => {
    expect(of([KEYS[1], KEYS[2]]).approvals).toMatchObject([
      { node: 'builder', operation: 'source.publish', because: 'approvers or edges changed' },
    ]);
    expect(of(['bob delegates_to spare', 'alice delegates_to helper']).approvals).toEqual([]);
  });

  test('of a first revision: all begins, nothing is void and nothing is less safe', () => {
    const found = impactOf(plan(null, graph), { ...STATE, assignments: [] }, TYPES);
    expect(found.assignments.map(({ effect, node }) => `${effect} ${node}`)).toEqual([
      'start builder',
      'start helper',
      'start spare',
    ]);
    expect(found).toMatchObject({ sessions: [], approvals: [], loosened: [] });
  });

  test('what agents name and the Host does not have is told, also where it was so before', () => {
    expect(of(['rate: 2/minute', 'rate: 3/minute']).missing).toEqual([]);
    const without = impactOf(plan(graph, graph), { ...STATE, secrets: [] }, TYPES);
    expect(without.missing).toEqual([{ secret: 'model', nodes: ['builder'] }]);
    const { changes } = plan(graph, changed(['rate: 2/minute', 'rate: 3/minute']));
    const text = planText(planLines({ changes }, without));
    expect(text).toContain('! the Host has no secret model: turns of builder fail'.replace('! ', '!   '));
    expect(planJson({ changes }, without).consequences?.missing).toHaveLength(1);
    expect(without.principals).toEqual([]);
    const named = changed(['base: main', 'base: main, principal: bot']);
    const found = impactOf(plan(graph, named), STATE, TYPES);
    expect(found.principals).toEqual([{ principal: 'bot', gap: 'unset', nodes: ['builder'] }]);
    expect(planText(planLines(plan(graph, named), found))).toContain(
      'the Host has no git principal bot: turns of builder fail',
    );
  });

  test('agents start where the memory is, each counted before the next, as the Host places them', () => {
    const acp = (memory: number) => `{ type: acp, auth: none, command: ["x"], memory: ${memory} }`;
    const plain = '{ type: exec, auth: none, command: ["true"] }';
    const text = ACME.replace('{ type: exec, auth: secret:model, command: ["true"] }', acp(600))
      .replace(plain, acp(16))
      .replace(plain, acp(600))
      .replace('    placement: { labels: { os: linux } }\n', '');
    const runners = STATE.runners.map((one) => ({
      ...one,
      ...{ engines: ['acp' as const], memory: 800, load: 0 },
    }));
    const state = { ...STATE, assignments: [], runners };
    const found = impactOf(plan(null, sound(text).graph), state, TYPES);
    expect(found.assignments.map(({ node, runner }) => `${node} ${runner}`)).toEqual([
      'builder laptop',
      'helper server',
      'spare server',
    ]);
  });

  test('new agents start where they fit, evenly, removed ones stop', () => {
    const text = ACME.replaceAll('helper', 'second');
    const found = impactOf(plan(graph, sound(text).graph), STATE, TYPES);
    expect(found.assignments).toEqual([
      { effect: 'stop', node: 'helper', from: 'server', runner: null, because: 'it is removed' },
      { effect: 'start', node: 'second', from: null, runner: 'server', because: 'it is new' },
    ]);
    const asleep = { ...STATE, runners: STATE.runners.map((one) => ({ ...one, live: false })) };
    const later = impactOf(plan(graph, sound(text).graph), asleep, TYPES);
    expect(later.assignments.at(-1)).toMatchObject({
      effect: 'wait',
      because: 'it is new, and no runner fits (laptop: it is not live; server: it is not live)',
    });
  });
});

describe('an agent that no runner takes for want of its sandbox', () => {
  const bare = {
    ...STATE,
    assignments: [{ node: 'helper', runner: 'server' }],
    runners: [{ ...STATE.runners[0]!, sandbox: ['none' as const] }],
  };

  test('is told with what to do, in the plan and of the graph as it is', () => {
    const first = plan(null, graph);
    const found = impactOf(first, bare, TYPES);
    const of = found.assignments.find(({ node }) => node === 'builder');
    expect(of).toMatchObject({ effect: 'wait', hint: expect.stringContaining('policy: { sandbox: none }') });
    expect(planText(planLines(first, found))).toContain(`!     ${of?.hint}`);
    expect(unplacedNodes(graph, bare)).toMatchObject([
      { node: 'builder', because: expect.stringContaining('offers no sandbox "bwrap"'), hint: of?.hint },
      { node: 'spare' },
    ]);
  });

  test('one that fits and is not placed yet says so, with nothing to do', () => {
    expect(unplacedNodes(graph, { ...STATE, assignments: bare.assignments })).toMatchObject([
      { node: 'builder', because: 'laptop fits, and does not have it yet' },
      { node: 'spare' },
    ]);
  });
});

describe('renderings', () => {
  const after = changed(
    ['command: ["true"]', 'command: ["echo", "```\\u001b[31m\\u202e"]'],
    ['quorum: 2', 'quorum: 1'],
  );
  const both = plan(graph, after);
  const found = impactOf(both, STATE, TYPES);

  test('nothing in a graph reaches the terminal as control or bidi characters, or closes the Markdown fence', () => {
    const markdown = planMarkdown(both, found);
    expect(markdown).not.toMatch(/[\u001b\u202e]/);
    expect(markdown.match(/^````/gm)).toHaveLength(2);
    expect(planText(planLines(both, found))).not.toMatch(/[\u001b\u202e]/);
  });

  test('where commits land is said, not only that they do', () => {
    const now = changed(['base: main', 'base: main, publish: target']);
    expect(planText(planLines(plan(graph, now)))).toContain('workspace.publish: target (lands on main)');
  });

  test('how long an agent is waited for is said', () => {
    const agent = (timeouts: object): typeof graph => {
      const builder = graph.nodes.get('builder') as AgentNode;
      const engine: AgentNode['engine'] = { type: 'acp', auth: 'none', command: ['agent'], timeouts };
      return { ...graph, nodes: new Map([...graph.nodes, ['builder', { ...builder, engine }]]) };
    };
    const text = planText(planLines(plan(agent({ silence: '5m' }), agent({ silence: '2h', cancel: '3s' }))));
    expect(text).toContain('~     engine.timeouts.silence: 5m -> 2h');
    expect(text).toContain('+     engine.timeouts.cancel: 3s');
  });

  test('nobody takes an isolation that is not there for one that is', () => {
    const bare = changed(['budget: { hops: 3 }', 'sandbox: none']);
    const lines = (from: typeof graph, to: typeof graph) => planText(planLines(plan(from, to)));
    expect(lines(graph, bare)).toContain('policy.sandbox: bwrap -> none (not enforced)');
    // An empty list would read as no network
    expect(lines(graph, bare)).toContain('policy.network: [] -> everything (not enforced)');
    expect(lines(bare, graph)).toContain('policy.sandbox: none (not enforced) -> bwrap');
  });
  test('nor does a list of the network where nothing isolates', () => {
    const listed = (sandbox: string) =>
      changed(['budget: { hops: 3 }', `sandbox: ${sandbox}\n      network: [a.example:443]`]);
    const lines = (one: typeof graph, two: typeof graph) => planText(planLines(plan(one, two)));
    expect(lines(graph, listed('none'))).toContain('policy.network: [] -> ["a.example:443"] (not enforced)');
    expect(lines(graph, listed('bwrap'))).toMatch(/policy\.network: \[\] -> \["a\.example:443"\]$/m);
  });

  test('Markdown of a large plan fits a comment, with its consequences', () => {
    const many = { ...graph, nodes: new Map([...graph.nodes]) };
    for (let i = 0; i < 2000; i++) many.nodes.set(`n${i}`, { kind: 'user', pubkey: KEYS[2] });
    many.nodes.delete('helper');
    const large = plan(graph, many);
    const markdown = planMarkdown(large, impactOf(large, STATE, TYPES));
    expect(markdown.length).toBeLessThan(65_000);
    expect(markdown).toMatch(/… and \d+ more lines/);
    expect(markdown).toContain('stop helper on server: it is removed');
  });

  test('JSON holds changes with old and new, and consequences', () => {
    const value = JSON.parse(JSON.stringify(planJson(both, found)));
    expect(value.summary).toEqual({ add: 0, change: 2, remove: 0 });
    expect(value.changes[1]).toMatchObject({
      what: 'policy',
      op: 'change',
      old: { quorum: 2 },
      new: { quorum: 1 },
    });
    expect(value.consequences.approvals).toHaveLength(1);
  });
});

describe('saved plans', () => {
  const base = { n: 3, digest: 'a'.repeat(64) };
  test('come back as they were', () => {
    const text = writePlan(base, graph, sha256);
    expect(isPlanFile(text)).toBe(true);
    expect(isPlanFile(ACME)).toBe(false);
    const back = readPlan(text, sha256);
    expect(back.base).toEqual(base);
    expect(canonicalGraph(back.graph)).toBe(canonicalGraph(graph));
  });

  test('are refused when touched', () => {
    const text = writePlan(base, graph, sha256);
    expect(() => readPlan(text.replace('quorum\\":2', 'quorum\\":1'), sha256)).toThrow(
      expect.objectContaining({ code: 'invalid', message: expect.stringContaining('digest') }),
    );
    expect(() => readPlan(text.replace('"n":3', '"n":0'), sha256)).toThrow('base.n: must be at least 1');
    expect(() => readPlan('nonsense', sha256)).toThrow('JSON');
  });
});
