import { describe, expect, test } from 'vitest';
import { agent, graphText } from '../../../../test/graphs/small.ts';
import { TYPES } from '../../../../test/graphs/types.ts';
import { suiteWasm } from '../../../adapters/crypto/suite-wasm.ts';
import { MAX_GRAPH_BYTES } from '../../bounds.ts';
import { toHex } from '../../encoding/bytes.ts';
import { parseGraph } from './parse.ts';

const NPUB = 'npub10xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqpkge6d';
const HEX = 'c6047f9441ed7d6d3045406e95c07cd85c778e4b8cef3ca7abac09b95c709ee5';
const GOOD = `graph: acme
nodes:
  alice:   { kind: user, pubkey: ${NPUB} }
  bob:     { kind: user, pubkey: ${HEX}, person: bob }
  builder:
    kind: agent
    engine: { type: exec, auth: none, command: ["bash", "-lc", "true"] }
    workspace: { repository: "ssh://git@example.org/acme/app.git", base: main, principal: ci-bot }
    policy: { approval: { source.publish: { by: [alice], quorum: 1, expires: 60m } } }
    placement: { labels: { os: linux } }
edges:
  - alice delegates_to builder
  - alice approves builder
  - { from: bob, relation: delegates_to, to: builder, rate: 10/minute }
tests:
  - alice may task.request builder
  - builder may_not approval.response alice
`;
const parse = (text: string) => parseGraph(text, { types: TYPES });
const codes = (text: string) => parse(text).problems.map(({ code, line }) => `${code}:${line}`);

describe('parseGraph', () => {
  test('reads an example of each part without a problem', () => {
    const { graph, problems } = parse(GOOD);
    expect(problems).toEqual([]);
    expect([...graph!.nodes.keys()]).toEqual(['alice', 'bob', 'builder']);
    expect(graph!.nodes.get('alice')).toEqual({
      kind: 'user',
      pubkey: '79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798',
    });
    const builder = graph!.nodes.get('builder');
    expect(builder?.kind === 'agent' && builder.policy.approval.get('source.publish')).toEqual({
      by: ['alice'],
      quorum: 1,
      four_eyes: false,
      expires: '1h',
    });
  });

  test('reads JSON the same', () => {
    const text = JSON.stringify({ graph: 'a', nodes: { alice: { kind: 'user', pubkey: HEX } } }, null, '\t');
    expect(parse(text).problems.map(({ code }) => code)).toEqual(['no_agents']);
    expect(parse(text).graph!.name).toBe('a');
  });

  test('reports every problem at once, with a suggestion where one is near', () => {
    const text = GOOD.replace('- alice delegates_to builder', '- alice delegates_to bulider')
      .replace('quorum: 1', 'quorm: 1')
      .replace('alice approves', 'alice aproves');
    const { problems, graph } = parse(text);
    expect(graph).toBeNull();
    expect(problems.map(({ code, suggestion }) => [code, suggestion])).toEqual([
      ['unknown_key', 'quorum'],
      ['unknown_node', 'builder'],
      ['unknown_relation', 'approves'],
    ]);
    expect(problems[1]).toMatchObject({
      path: 'edges.0',
      line: 12,
      column: 5,
      message: 'no node `bulider`; did you mean `builder`?',
    });
  });

  test.each([
    ['tests:', 'tsts:', 'tests'],
    ['person: bob', 'persn: bob', 'person'],
    ['auth: none', 'auth: none, modle: m', 'model'],
    ['principal: ci-bot', 'princpal: ci-bot', 'principal'],
    ['expires: 60m', 'expire: 60m', 'expires'],
    ['rate: 10/minute', 'rat: 10/minute', 'rate'],
  ])('a key of the schema is suggested wherever it stands: %s as %s', (right, wrong, suggestion) => {
    expect(parse(GOOD.replace(right, wrong)).problems).toMatchObject([{ code: 'unknown_key', suggestion }]);
  });
  test.each([
    ['policy: {', 'policy: { quorum: 1,', 'quorum', 'a rule of `approval`'],
    ['by: [alice]', 'by: [alice], require: enforced', 'require', '`policy`'],
    ['policy: {', 'policy: { command.run: { by: [alice] },', 'command.run', '`approval`'],
    ['auth: none', 'auth: none, profile: kimi', 'profile', 'another kind of engine'],
    ['kind: user,', 'kind: user, engine: {},', 'engine', 'another kind of node'],
    ['graph: acme', 'graph: acme\nsandbox: none', 'sandbox', '`policy`'],
    ['graph: acme', 'graph: acme\nworkspace: {}', 'workspace', 'a node'],
    ['by: [alice]', 'by: [alice], edges: []', 'edges', 'the file'],
    ['policy: {', 'policy: { rate: 1/m,', 'rate', 'an edge'],
  ])('a key in the wrong place is told where it belongs: %s, %s', (right, wrong, key, where) => {
    const [problem] = parse(GOOD.replace(right, wrong)).problems;
    expect(problem?.message).toBe(`no key \`${key}\` here; it is a key of ${where}`);
  });

  test('a wrong kind hides nothing else that is wrong with the node', () => {
    const agent = GOOD.replace('kind: agent', 'kind: agnet').replace('base: main', 'bas: main');
    expect(codes(agent)).toEqual(['wrong_value:6', 'missing:8', 'unknown_key:8']);
    const user = GOOD.replace(`user, pubkey: ${NPUB}`, 'usr, pubkey: npub1, person: []');
    expect(codes(user)).toEqual(['wrong_value:3', 'wrong_value:3', 'wrong_type:3']);
    expect(codes(GOOD.replace(`kind: user, pubkey: ${NPUB}`, 'kind: usr'))).toEqual(['wrong_value:3']);
  });

  test('takes a node named constructor for a node', () => {
    const { graph, problems } = parse(GOOD.replaceAll('builder', 'constructor'));
    expect(problems).toEqual([]);
    expect(graph!.nodes.get('constructor')?.kind).toBe('agent');
    expect(graph!.nodes.has('toString')).toBe(false);
  });

  test('a touch that nobody can give is said as that', () => {
    const [problem] = parse(GOOD.replace('quorum: 1,', 'quorum: 1, assurance: touch,')).problems;
    expect(problem!.message).toBe(
      'source.publish needs 1 person and names 0 with an `sk-` key in `ssh`, as `assurance: touch` wants',
    );
  });

  test('two keys of one person count once', () => {
    const text = GOOD.replace('person: bob', 'person: alice')
      .replace('by: [alice], quorum: 1', 'by: [alice, bob], quorum: 2')
      .replace('- alice approves builder', '- alice approves builder\n  - bob approves builder');
    expect(codes(text)).toEqual(['quorum_unreachable:9']);
  });
});

describe('what is refused quickly', () => {
  const quick = (text: string) => {
    // Time of this process, not of the wall: a busy machine makes nothing slower here.
    const start = process.cpuUsage();
    const { graph, problems } = parse(text);
    expect(process.cpuUsage(start).user / 1000).toBeLessThan(3_000);
    expect(graph).toBeNull();
    return problems.map(({ code }) => code);
  };
  test.each([
    ['over 8 MiB', `graph: a\n# ${'x'.repeat(8_400_000)}`, 'too_large'],
    ['flow depth 10,000', `graph: a\nnodes: ${'['.repeat(10_000)}${']'.repeat(10_000)}`, 'too_deep'],
    ['half a million brackets', '['.repeat(500_000), 'too_deep'],
    ['maps in maps', '{"a":'.repeat(100_000), 'too_deep'],
    ['block depth', Array.from({ length: 1_000 }, (_, i) => `${' '.repeat(i)}a:\n`).join(''), 'too_deep'],
    ['compact lists', '- '.repeat(100_000), 'too_deep'],
    ['explicit keys', '? '.repeat(100_000), 'too_deep'],
    ['duplicate keys', 'graph: a\ngraph: b\nnodes: {}', 'duplicate_key'],
    ['a tag', 'graph: !!js/function "function () {}"\nnodes: {}', 'tag'],
    ['an own tag', 'graph: !mine a\nnodes: {}', 'tag'],
    ['an alias', 'graph: &a b\nnodes: { x: *a }', 'alias'],
    ['two documents', 'graph: a\nnodes: {}\n---\ngraph: b\n', 'documents'],
    ['__proto__', 'graph: a\nnodes: { __proto__: { kind: user } }', 'key'],
    ['a lone surrogate', 'graph: "\ud800"\nnodes: {}', 'not_text'],
    ['a merge key', 'graph: a\nnodes: { <<: { b: 1 } }', 'wrong_value'],
    ['nothing', '', 'missing'],
    ['a list', '- 1', 'wrong_type'],
    ['null', 'null', 'wrong_type'],
    [
      'one edge many times over',
      graphText({ nodes: { a: agent(), b: agent() }, edges: Array<string>(20_000).fill('a consults b') }),
      'duplicate_edge',
    ],
    ['a NUL', 'graph: a\u0000b\nnodes: {}', 'syntax'],
    ['a NUL by its number', 'graph: "a\\0b"\nnodes: {}', 'wrong_value'],
  ])('%s', (_name, text, code) => {
    expect(quick(text)).toContain(code);
  });

  test('an alias bomb expands nothing', () => {
    const levels = Array.from(
      { length: 20 },
      (_, i) => `  l${i + 1}: &l${i + 1} [${`*l${i}, `.repeat(9)}*l${i}]`,
    );
    expect(new Set(quick(`graph: a\nnodes:\n  l0: &l0 [x]\n${levels.join('\n')}\n`))).toContain('alias');
  });

  test('fifty thousand keys', () => {
    const text = `graph: a\nnodes: {}\n${Array.from({ length: 50_000 }, (_, i) => `k${i}:\n`).join('')}`;
    expect(quick(text)).toContain('too_many');
  });

  test('a file whose canonical form is over 8 MiB', () => {
    const agent = (command: string[]) =>
      `{kind: agent, engine: {type: exec, auth: none, command: [${command.join(', ')}]}}`;
    const long = agent(Array.from({ length: 64 }, () => 'x'.repeat(4_096)));
    const names = Array.from({ length: 500 }, (_, i) => `n${i}`);
    const nodes = names.map((name, i) => `  ${name}: ${i < 30 ? long : agent(['a'])}\n`).join('');
    const edges = names.flatMap((name, i) =>
      names.slice(i + 1, i + 21).map((next) => `  - ${name} peers_with ${next}\n`),
    );
    const text = `graph: a\nnodes:\n${nodes}edges:\n${edges.join('')}`;
    expect(text.length).toBeLessThan(MAX_GRAPH_BYTES);
    expect(quick(text)).toContain('too_large');
  });

  test('names that are all wrong', () => {
    const edges = Array.from({ length: 20_000 }, (_, i) => `  - nobody${i} delegates_to builder\n`).join('');
    expect(quick(GOOD.replace('edges:\n', `edges:\n${edges}`))).toContain('unknown_node');
  });
});

describe('an approver', () => {
  const approves = '  - alice approves builder\n';
  const found = (edge: string): string[] =>
    parse(GOOD.replace(approves, `  - ${edge}\n`)).problems.map(({ code, path }) => `${code} ${path}`);
  const approver = 'nodes.builder.policy.approval.source.publish.by.0';
  const narrowed = (only: string) => `{ from: alice, relation: approves, to: builder, only: [${only}] }`;

  test('approves by an edge of its own, not by one that leads to it', () => {
    expect(found('builder approves alice')).toContain(`approver_without_edge ${approver}`);
  });

  test('can be asked and can answer', () => {
    expect(found(narrowed('approval.request, approval.response, approval.closed'))).toEqual([]);
    for (const half of ['approval.response', 'approval.request, approval.closed'])
      expect(found(narrowed(half))).toContain(`approver_edge_narrowed ${approver}`);
  });
});

test('each part of an agent is in the graph as the file has it', () => {
  const whole = GOOD.replace(
    'policy: { approval',
    'secrets: [c, b]\n    policy: { secrets: [a], sandbox: bwrap, require: enforced, network: [b.example:443, a.example:80], budget: { hops: 2, turns: 3, time: 90m }, approval',
  )
    .replace('labels: { os: linux }', 'runner: laptop, labels: { os: linux, arch: arm }')
    .replace('auth: none', 'auth: secret:model')
    .replace('rate: 10/minute', 'rate: 10/minute, max_concurrent: 2, disabled: false');
  const { graph } = parse(`${whole}principals: [z, ci-bot]\n`);
  expect(graph?.nodes.get('builder')).toStrictEqual({
    kind: 'agent',
    engine: { type: 'exec', auth: 'secret:model', command: ['bash', '-lc', 'true'] },
    workspace: { repository: 'ssh://git@example.org/acme/app.git', base: 'main', principal: 'ci-bot' },
    policy: {
      approval: new Map([['source.publish', { by: ['alice'], quorum: 1, four_eyes: false, expires: '1h' }]]),
      sandbox: 'bwrap',
      require: 'enforced',
      network: ['a.example:80', 'b.example:443'],
      budget: { hops: 2, turns: 3, time: '1h30m' },
    },
    placement: {
      labels: new Map([
        ['arch', 'arm'],
        ['os', 'linux'],
      ]),
      runner: 'laptop',
    },
    secrets: ['a', 'b', 'c'],
  });
  expect(graph?.edges[2]).toStrictEqual({
    from: 'bob',
    relation: 'delegates_to',
    to: 'builder',
    max_concurrent: 2,
    rate: '10/minute',
  });
  expect(graph?.nodes.get('alice')).toStrictEqual({ kind: 'user', pubkey: expect.any(String) });
  expect(graph?.principals).toEqual(['ci-bot', 'z']);
  const plain = parse(
    GOOD.replace(/ {4}(workspace|placement|policy).*\n/g, '')
      .replace('  - alice approves builder\n', '')
      .replace('  - builder may_not approval.response alice\n', ''),
  );
  expect(plain.graph?.nodes.get('builder')).toStrictEqual({
    kind: 'agent',
    engine: { type: 'exec', auth: 'none', command: ['bash', '-lc', 'true'] },
    policy: { approval: new Map(), sandbox: 'bwrap', network: [] },
    placement: { labels: new Map() },
    secrets: [],
  });
});

test('a graph has five thousand nodes, not one more', () => {
  const found = (count: number) => {
    const nodes = Array.from({ length: count }, (_, i) => `  n${i}: {}\n`).join('');
    return new Set(parse(`graph: a\nnodes:\n${nodes}`).problems.map(({ code }) => code));
  };
  expect([...found(5_001)]).toEqual(['out_of_bounds']);
  expect(found(5_000)).not.toContain('out_of_bounds');
});

test('a revision names a thousand people, not one more', () => {
  const people = (count: number): string => {
    const nodes = Array.from({ length: count }, (_, i) => {
      const secretKey = new Uint8Array(32);
      new DataView(secretKey.buffer).setUint32(28, i + 1_000);
      return `  p${i}: { kind: user, pubkey: "${toHex(suiteWasm.publicKey(secretKey))}" }`;
    });
    return GOOD.replace('nodes:\n', `nodes:\n${nodes.join('\n')}\n`);
  };
  const bounds = (text: string) => parse(text).problems.filter(({ code }) => code === 'out_of_bounds');
  expect(bounds(people(998))).toEqual([]);
  expect(bounds(people(999))).toMatchObject([
    { path: 'nodes', message: expect.stringContaining('1001 users') },
  ]);
});

test('an item that was left out has the place of its dash, and no edge that is neither text nor a map is one', () => {
  const text = `graph: g
nodes: {}
edges:
  -
  - a delegates_to b
  # - no item
  - 12
  -
  - # of two lists
    - a
    -
  -
tests:
  - - x
  -
  -`;
  const told = parseGraph(text, { types: [] }).problems.filter(({ code }) => code === 'wrong_type');
  const edge = 'must read `A relation B`, or be a map';
  expect(told.map(({ path, line, column, message }) => [path, line, column, message])).toEqual([
    ['edges.0', 4, 3, edge],
    ['edges.2', 7, 5, edge],
    ['edges.3', 8, 3, edge],
    ['edges.4', 10, 5, edge],
    ['edges.5', 12, 3, edge],
    ['tests.0', 14, 5, 'must be text'],
    ['tests.1', 15, 3, 'must be text'],
    ['tests.2', 16, 3, 'must be text'],
  ]);
});
