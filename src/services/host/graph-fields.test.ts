/** Whatever a plan can change reaches what runs: every field of the graph, changed and applied over a node at work. */

import { expect, test } from 'vitest';
import * as z from 'zod';
import { type SingleHost, startSingleHost } from '../../../test/sim/single-host.ts';
import { testSshKey } from '../../../test/support/ssh-token.ts';
import { edgeObjectSchema, nodeSchema } from '../../core/graph/file/schema.ts';
import type { Operation } from '../../core/vocabulary.ts';

type Tree = { [key: string]: unknown };
const TASKS = ['task.request', 'task.accept', 'task.update', 'task.result'];
const NAMED = {
  author: 'Ada <ada@example.com>',
  message: '{node}: {title}',
  trailers: ['Reviewed-by: Bob <bob@example.com>'],
  branch: 'a/{session}',
};
const node = (): Tree => ({
  kind: 'agent',
  engine: { type: 'exec', auth: 'secret:key', command: ['true'] },
  workspace: { repository: 'file:///r', base: 'main', principal: 'ci', ...NAMED },
  policy: {
    sandbox: 'none',
    network: [],
    approval: { 'source.publish': { by: ['alice', 'bob'], quorum: 1, four_eyes: false, expires: '1h' } },
    budget: { hops: 2, turns: 3, time: '1m' },
    secrets: ['key'],
  },
  placement: { labels: { zone: 'a' }, runner: 'r1' },
  secrets: ['key'],
});
const file = (): Tree => ({
  graph: 'acme',
  nodes: {
    alice: { kind: 'user', pubkey: '$user', person: 'alice', ssh: [testSshKey().line] },
    bob: { kind: 'user', pubkey: '$bob' },
    builder: node(),
  },
  edges: [
    {
      from: 'alice',
      relation: 'delegates_to',
      to: 'builder',
      rate: '9/minute',
      max_concurrent: 9,
      only: TASKS,
    },
    'alice approves builder',
    'bob approves builder',
  ],
});

/** By path: another value. What a node is made of starts it anew; who it talks to, and who decides, comes as routes. */
const OF_NODE: Record<string, ['anew' | 'routes', unknown]> = {
  'engine.type': ['anew', 'acp'],
  'engine.auth': ['anew', 'none'],
  'engine.command': ['anew', ['false']],
  'engine.profile': ['anew', 'qwen'],
  'engine.memory': ['anew', 600],
  'engine.model': ['anew', 'other'],
  'engine.endpoint': ['anew', 'http://127.0.0.1:2/v1'],
  'engine.protocol': ['anew', 2],
  'engine.timeouts.start': ['anew', '5m'],
  'engine.timeouts.silence': ['anew', '2h'],
  'engine.timeouts.cancel': ['anew', '9s'],
  'workspace.repository': ['anew', 'file:///other'],
  'workspace.base': ['anew', 'next'],
  'workspace.principal': ['anew', 'other'],
  'workspace.author': ['anew', 'Bob <bob@example.com>'],
  'workspace.message': ['anew', 'agent: {title}'],
  'workspace.trailers': ['anew', ['Change-Id: {change}']],
  'workspace.branch': ['anew', 'b/{session}'],
  'workspace.publish': ['anew', 'target'],
  'workspace.evidence': ['anew', 'full'],
  'policy.approval.*.by': ['routes', ['alice']],
  'policy.approval.*.quorum': ['routes', 2],
  'policy.approval.*.four_eyes': ['routes', true],
  'policy.approval.*.expires': ['routes', '2h'],
  'policy.approval.*.binding': ['routes', 'described'],
  'policy.approval.*.assurance': ['routes', 'touch'],
  'policy.sandbox': ['anew', 'bwrap'],
  'policy.require': ['anew', 'enforced'],
  'policy.network': ['anew', ['a.example:443']],
  'policy.budget.hops': ['anew', 3],
  'policy.budget.turns': ['anew', 4],
  'policy.budget.time': ['anew', '2m'],
  'policy.secrets': ['anew', ['key', 'extra']],
  'placement.labels.*': ['anew', 'b'],
  'placement.runner': ['anew', 'r2'],
  secrets: ['anew', ['key', 'more']],
};
const OF_EDGE: Record<string, unknown> = {
  from: 'bob',
  relation: 'peers_with',
  to: 'helper',
  only: [...TASKS, 'task.cancel'],
  max_concurrent: 8,
  rate: '8/minute',
  disabled: true,
};

/** Paths of the leaves of a schema; a map of any names is one leaf, `*`. */
const leaves = (schema: Tree, path: string[] = []): string[] => {
  const variants = (schema.anyOf ?? schema.oneOf) as Tree[] | undefined;
  if (variants) return [...new Set(variants.flatMap((one) => leaves(one, path)))];
  const { properties, additionalProperties } = schema as { properties?: Tree; additionalProperties?: Tree };
  if (properties)
    return Object.entries(properties).flatMap(([key, one]) => leaves(one as Tree, [...path, key]));
  return typeof additionalProperties === 'object'
    ? leaves(additionalProperties, [...path, '*'])
    : [path.join('.')];
};
const schemaOf = (schema: z.ZodType): Tree => z.toJSONSchema(schema, { io: 'input' }) as Tree;

test('every field of agents and edges has its row', () => {
  const agent = (schemaOf(nodeSchema()).oneOf as Tree[]).find((one) =>
    JSON.stringify(one).includes('"engine"'),
  )!;
  expect(
    leaves(agent)
      .filter((path) => path !== 'kind')
      .sort(),
  ).toEqual(Object.keys(OF_NODE).sort());
  expect(leaves(schemaOf(edgeObjectSchema())).sort()).toEqual(Object.keys(OF_EDGE).sort());
});

const at = (tree: Tree, path: readonly string[]): Tree =>
  path.reduce((one, key) => one[key === '*' ? Object.keys(one)[0]! : key] as Tree, tree);
const set = (tree: Tree, path: string, value: unknown): void => {
  const keys = path.split('.');
  const last = keys.pop()!;
  const parent = at(tree, keys);
  parent[last === '*' ? Object.keys(parent)[0]! : last] = value;
};
const KNOWN_AGENT = {
  timeouts: {},
  ...{ type: 'acp', auth: 'none', command: ['true'] },
  ...{ profile: 'kimi', model: 'm', endpoint: 'http://127.0.0.1:1/v1' },
};
const working = async (start = file()): Promise<SingleHost> => {
  const one = await startSingleHost();
  await one.apply(JSON.stringify(start));
  await one.addRunner('runner', 'r1', {
    ...{ labels: { zone: 'a' }, engines: ['exec', 'acp'], sandbox: ['bwrap', 'none'] },
  });
  await one.time.until('an offer', () => one.offers()[0], 5000);
  await one.accept(one.offers()[0]!);
  await one.time.until('its routes', () => one.routesTo('node').length > 0, 5000);
  return one;
};
const revoked = (one: SingleHost) => one.said('assignment.revoke').map(({ body }) => body.reason);

test.each(Object.entries(OF_NODE))('%s of a node at work', async (path, [effect, value]) => {
  const start = file();
  // They are of another engine
  if (/^engine\.(profile|memory|model|endpoint|protocol|timeouts\..*)$/.test(path))
    set((start.nodes as Tree).builder as Tree, 'engine', KNOWN_AGENT);
  if (path.endsWith('.binding')) {
    const { builder } = start.nodes as { builder: Tree };
    set(builder, 'engine', KNOWN_AGENT);
    set(builder, 'policy.approval', { 'command.run': { by: ['alice'], quorum: 1 } });
  }
  if (path === 'policy.require') set((start.nodes as Tree).builder as Tree, 'policy.sandbox', 'bwrap');
  // It names no branch of its sessions
  if (path === 'workspace.publish')
    set((start.nodes as Tree).builder as Tree, 'workspace', { repository: 'file:///r', base: 'main' });
  // Which has no secret
  if (path === 'engine.type') set((start.nodes as Tree).builder as Tree, 'engine.auth', 'none');
  const one = await working(start);
  const before = one.routesTo('node').length;
  const changed = structuredClone(start);
  const builder = (changed.nodes as Tree).builder as Tree;
  set(builder, path, value);
  if (path === 'placement.labels.*') set(builder, 'placement.labels', { zone: 'b' });
  await one.apply(JSON.stringify(changed));
  if (effect === 'anew') {
    await one.time.until('its end', () => revoked(one).length > 0, 20_000);
    expect(revoked(one)).toEqual(['graph_changed']);
    return;
  }
  await one.time.until('new routes', () => one.routesTo('node').length > before, 20_000);
  const [old, now] = one
    .routesTo('node')
    .slice(-2)
    .map(({ body }) => body);
  expect(now!.approval).not.toEqual(old!.approval);
  const [operation] = Object.keys(old!.policy) as Operation[];
  expect(now!.policy[operation!]).not.toBe(old!.policy[operation!]);
  expect(revoked(one)).toEqual([]);
});

test.each(Object.entries(OF_EDGE))('%s of an edge of a node at work', async (path, value) => {
  const start = file();
  (start.nodes as Tree).helper = { ...node(), placement: {}, policy: { sandbox: 'none' } };
  const one = await working(start);
  const before = one.routesTo('node').length;
  const changed = structuredClone(start);
  const edge = (changed.edges as Tree[])[0]!;
  set(edge, path, value);
  if (path === 'relation') set(edge, 'from', 'helper');
  await one.apply(JSON.stringify(changed));
  await one.time.until('new routes', () => one.routesTo('node').length > before, 20_000);
  const [old, now] = one
    .routesTo('node')
    .slice(-2)
    .map(({ body }) => body);
  expect(now!.peers).not.toEqual(old!.peers);
  expect(revoked(one)).toEqual([]);
});
