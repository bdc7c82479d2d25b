import { describe, expect, test } from 'vitest';
import { ACME, changed, KEYS, sha256, sound } from '../../../test/graphs/acme.ts';
import { consequences } from './consequences.ts';
import { applyPlan, plan } from './plan.ts';
import { isPlanFile, readPlan, writePlan } from './plan-file.ts';
import { planJson, planLines, planMarkdown, planText } from './render.ts';
import { canonicalGraph } from './revision.ts';

const { graph } = sound(ACME);
const STATE = {
  assignments: [
    { node: 'builder', runner: 'laptop' },
    { node: 'helper', runner: 'server' },
  ],
  sessions: [
    { id: 's1', nodes: ['alice', 'builder'] },
    { id: 's2', nodes: ['bob', 'helper'] },
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

  test('does not apply to another graph', () => {
    const two = plan(graph, changed(['quorum: 2', 'quorum: 1']));
    const moved = changed(['quorum: 2', 'quorum: 2, four_eyes: true']);
    expect(() => applyPlan(two, moved)).toThrow(expect.objectContaining({ code: 'conflict' }));
    const edge = plan(graph, changed(['rate: 2/minute', 'rate: 3/minute']));
    expect(() => applyPlan(edge, changed(['rate: 2/minute', 'rate: 4/minute']))).toThrow('another');
  });
});

describe('consequences', () => {
  const of = (...pairs: [string, string][]) => consequences(plan(graph, changed(...pairs)), STATE);

  test('a moved label moves its assignment; a new command restarts it; a policy voids approvals', () => {
    expect(of(['os: linux', 'os: macos']).assignments).toEqual([
      { effect: 'move', node: 'builder', runner: 'laptop', because: 'its placement changed' },
    ]);
    expect(
      of(['helper:\n    kind: agent', 'helper:\n    kind: agent\n    secrets: [model]']).assignments,
    ).toEqual([{ effect: 'restart', node: 'helper', runner: 'server', because: 'its secrets changed' }]);
    expect(of(['quorum: 2', 'quorum: 1'])).toEqual({
      assignments: [],
      sessions: [],
      approvals: [{ node: 'builder', operation: 'source.publish', because: 'policy' }],
    });
  });

  test('a removed or disabled edge is lost by the sessions over it only', () => {
    expect(of(['  - bob delegates_to helper\n', '']).sessions).toEqual([
      { session: 's2', edge: 'bob delegates_to helper', because: 'removed' },
    ]);
    expect(of(['rate: 2/minute, max_concurrent: 1', 'disabled: true']).sessions).toEqual([
      { session: 's1', edge: 'alice delegates_to builder', because: 'disabled' },
    ]);
    expect(of(['rate: 2/minute', 'rate: 3/minute']).sessions).toEqual([]);
  });

  test('a new key of an approver voids approvals, a new edge elsewhere does not', () => {
    expect(of([KEYS[1], KEYS[2]]).approvals).toEqual([
      { node: 'builder', operation: 'source.publish', because: 'approvers or edges' },
    ]);
    expect(of(['bob delegates_to spare', 'alice delegates_to helper']).approvals).toEqual([]);
  });

  test('new and removed agents start and stop', () => {
    const text = ACME.replaceAll('helper', 'second');
    const found = consequences(plan(graph, sound(text).graph), STATE);
    expect(found.assignments).toEqual([
      { effect: 'stop', node: 'helper', runner: 'server', because: 'it is removed' },
      { effect: 'start', node: 'second', runner: null, because: 'it is new' },
    ]);
  });
});

describe('renderings', () => {
  const after = changed(
    ['command: ["true"]', 'command: ["echo", "```\\u001b[31m\\u202e"]'],
    ['quorum: 2', 'quorum: 1'],
  );
  const both = plan(graph, after);
  const found = consequences(both, STATE);

  test('nothing in a graph reaches the terminal as control or bidi characters, or closes the Markdown fence', () => {
    const markdown = planMarkdown(both, found);
    expect(markdown).not.toMatch(/[\u001b\u202e]/);
    expect(markdown.match(/^````/gm)).toHaveLength(2);
    expect(planText(planLines(both, found))).not.toMatch(/[\u001b\u202e]/);
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
    expect(() => readPlan(text.replace('quorum\\":2', 'quorum\\":1'), sha256)).toThrow('digest');
    expect(() => readPlan(text.replace('"n":3', '"n":0'), sha256)).toThrow('shape');
    expect(() => readPlan('nonsense', sha256)).toThrow('JSON');
  });
});
