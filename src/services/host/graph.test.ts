/** What becomes the next revision: each rule with the one graph that only it refuses. */
import { describe, expect, test } from 'vitest';
import { graphOf } from '../../../test/sim/single-home.ts';
import { HOST_GRAPH, OPERATOR, type SingleHost, startSingleHost } from '../../../test/sim/single-host.ts';
import { canonicalGraph } from '../../core/graph/revision.ts';
import { applyGraph, showGraph } from './graph.ts';
import { listHistory } from './graph-state.ts';
import { headOf, loadGraph } from './host.ts';

const FIRST = { n: 0, digest: null };
const revisions = ({ home }: SingleHost): number => home.tables.count('revisions');
/** Canonical, but with a quorum that nobody can reach: only a changed client would send it. */
const unsound = (one: SingleHost): string => {
  const policy = 'policy: { sandbox: none, approval: { source.publish: { by: [alice, bob], quorum: 2 } } }';
  const edges = 'edges: [alice approves builder, bob approves builder, ';
  const text = HOST_GRAPH.replace('policy: { sandbox: none }', policy).replace('edges: [', edges);
  return canonicalGraph(graphOf(one.world, text)).replace('"quorum":2', '"quorum":3');
};
const apply = (one: SingleHost, canonical: string, base: { n: number; digest: string | null } = FIRST) =>
  applyGraph(one.host, { canonical, base }, OPERATOR);

describe('a revision is refused', () => {
  type Refused = { rule: string; code: string; words: string; act(one: SingleHost): Promise<unknown> };
  const REFUSED: readonly Refused[] = [
    {
      rule: 'of another graph',
      code: 'invalid',
      words: 'governs the graph "acme"',
      act: (one) => one.apply(HOST_GRAPH.replace('graph: acme', 'graph: other')),
    },
    {
      rule: 'in which a runner’s key is a person',
      code: 'invalid',
      words: 'key_reuse',
      act: async (one) => {
        await one.join('runner', 'r1');
        return one.apply(HOST_GRAPH.replace('$bob', '$runner'));
      },
    },
    {
      rule: 'in which the Host’s own key is a person',
      code: 'invalid',
      words: 'key_reuse',
      act: (one) => one.apply(HOST_GRAPH.replace('$bob', '$host')),
    },
    {
      rule: 'that its own tests contradict',
      code: 'invalid',
      words: 'own tests',
      act: (one) => one.apply(`${HOST_GRAPH}tests: [alice may_not task.request builder]\n`),
    },
    {
      rule: 'that the editor’s client should have refused',
      code: 'invalid',
      words: 'graph is not valid',
      act: (one) => apply(one, unsound(one)),
    },
    {
      rule: 'with a node that fits no offer',
      code: 'invalid',
      words: 'too large to be offered',
      act: (one) => one.apply(HOST_GRAPH.replace('"true"', `"${'世'.repeat(8_000)}"`)),
    },
    {
      rule: 'made against another number',
      code: 'conflict',
      words: 'no revision yet',
      act: (one) =>
        apply(one, canonicalGraph(graphOf(one.world, HOST_GRAPH)), { n: 1, digest: '00'.repeat(32) }),
    },
  ];
  test.each(REFUSED)('$rule', async ({ code, words, act }) => {
    const one = await startSingleHost();
    await expect(act(one)).rejects.toMatchObject({ code, message: expect.stringContaining(words) });
    expect([revisions(one), one.host.graph]).toEqual([0, null]);
  });

  test('for its base before it is read: most of many at once lose', async () => {
    const one = await startSingleHost();
    await expect(apply(one, 'no graph at all', { n: 1, digest: '00'.repeat(32) })).rejects.toMatchObject({
      code: 'conflict',
    });
  });

  test('made against another digest of the right number', async () => {
    const one = await startSingleHost();
    await one.apply();
    const next = canonicalGraph(graphOf(one.world, HOST_GRAPH.replace('$bob', '$stranger')));
    await expect(apply(one, next, { n: 1, digest: '00'.repeat(32) })).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('against revision 1 (sha256:00'),
      hint: expect.stringContaining('graph plan'),
    });
    await expect(apply(one, next)).rejects.toThrow('against no revision; the head is revision 1');
    expect(revisions(one)).toBe(1);
  });

  test('made against the right digest of an older number: what was undone meanwhile was seen by nobody', async () => {
    const one = await startSingleHost();
    const other = HOST_GRAPH.replace('$bob', '$stranger');
    await one.apply();
    const { digest } = headOf(one.home)!;
    await one.apply(other);
    await one.apply();
    const next = canonicalGraph(graphOf(one.world, other));
    await expect(apply(one, next, { n: 1, digest })).rejects.toMatchObject({ code: 'conflict' });
    expect(revisions(one)).toBe(3);
  });

  test('that another has overtaken while it was read', async () => {
    const one = await startSingleHost();
    const texts = [HOST_GRAPH, HOST_GRAPH.replace('$bob', '$stranger')];
    const made = await Promise.allSettled(texts.map((text) => one.apply(text, null)));
    expect(made.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(revisions(one)).toBe(1);
  });
});

test('the same graph again is no revision; another is the next, by who applied it', async () => {
  const one = await startSingleHost();
  expect(await one.apply()).toMatchObject({ revision: 1, changed: true, parent: null, by: 'operator' });
  expect(await one.apply()).toMatchObject({ revision: 1, changed: false });
  const { digest } = headOf(one.home)!;
  const next = await one.apply(HOST_GRAPH.replace('$bob', '$stranger'));
  expect(next).toMatchObject({ revision: 2, changed: true, parent: `sha256:${digest}` });
  expect(listHistory(one.host, null).items.map(({ revision, active }) => [revision, active])).toEqual([
    [2, true],
    [1, false],
  ]);
  await expect(showGraph(one.host, 3)).rejects.toMatchObject({ code: 'not_found' });
});

describe('what is wrong with a graph is told', () => {
  /** Alice beside so many agents, with the edges and tests that each of them gives. */
  const many = (count: number, policy: string, edge: string, tests: string): string => {
    const names = Array.from({ length: count }, (_, i) => `n${i}`);
    const agent = `kind: agent, engine: { type: exec, auth: none, command: ["true"] }, policy: { ${policy} }`;
    const nodes = names.map((name) => `  ${name}: { ${agent} }\n`).join('');
    const each = (text: string) => names.map((name) => `alice ${text} ${name}`).join(', ');
    const last = tests === '' ? '' : `tests: [${each(tests)}]\n`;
    return `graph: acme\nnodes:\n  alice: { kind: user, pubkey: $user }\n${nodes}edges: [${each(edge)}]\n${last}`;
  };
  test('by code, place and words, a hundred at most', async () => {
    const one = await startSingleHost();
    const policy = 'approval: { source.publish: { by: [alice], quorum: 1 } }';
    const unreachable = (count: number) =>
      canonicalGraph(graphOf(one.world, many(count, policy, 'approves', ''))).replaceAll(
        '"quorum":1',
        '"quorum":2',
      );
    const path = 'nodes.n0.policy.approval.source.publish.quorum';
    const problem = { code: 'quorum_unreachable', path, message: expect.stringContaining('needs 2') };
    await expect(apply(one, unreachable(1))).rejects.toMatchObject({ details: [problem] });
    const { details } = await apply(one, unreachable(101)).catch((error) => error);
    expect(details).toHaveLength(100);
  });
  test('by test and reason, a hundred at most', async () => {
    const one = await startSingleHost();
    const wrong = (count: number) => many(count, 'sandbox: none', 'delegates_to', 'may_not task.request');
    const failed = { test: 'alice may_not task.request n0', why: expect.stringContaining('delegates_to') };
    await expect(one.apply(wrong(1))).rejects.toMatchObject({ details: [failed] });
    const { details } = await one.apply(wrong(101)).catch((error) => error);
    expect(details).toHaveLength(100);
  });
});

test('a revision that is not there is not found: before the first, and behind the last', async () => {
  const one = await startSingleHost();
  const none = { code: 'not_found', message: 'no graph was applied yet' };
  await expect(showGraph(one.host, null)).rejects.toMatchObject({
    ...none,
    hint: expect.stringContaining('graph apply'),
  });
  const missing = { code: 'not_found', hint: expect.stringContaining('graph history') };
  await expect(showGraph(one.host, 1)).rejects.toMatchObject({ ...missing, message: 'no revision 1' });
  await one.apply();
  expect(await showGraph(one.host, null)).toMatchObject({ revision: 1 });
  await expect(showGraph(one.host, 2)).rejects.toMatchObject({ ...missing, message: 'no revision 2' });
});

test('a Host whose graph is not there does not govern', async () => {
  const one = await startSingleHost();
  expect(await loadGraph(one.home)).toBeNull();
  await one.apply();
  expect(await loadGraph(one.home)).toEqual(one.host.graph);
  one.home.disk.blobs.clear();
  const missing = { code: 'invalid', message: expect.stringContaining('blob') };
  await expect(loadGraph(one.home)).rejects.toMatchObject(missing);
  await expect(showGraph(one.host, null)).rejects.toMatchObject(missing);
});

test('a revision that could not be written is not acted on, and one that is there is', async () => {
  const one = await startSingleHost();
  const { ledger } = one.home;
  const append = ledger.append.bind(ledger);
  ledger.append = async (build) => {
    build();
    throw new Error('the disk is full');
  };
  await expect(one.apply()).rejects.toThrow('the disk is full');
  expect([one.host.graph, revisions(one)]).toEqual([null, 0]);
  ledger.append = append;
  await one.apply();
  expect([one.host.graph, revisions(one)]).toEqual([await loadGraph(one.home), 1]);
});
