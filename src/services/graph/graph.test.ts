import { describe, expect, test } from 'vitest';
import { ACME, KEYS, sha256 } from '../../../test/graphs/acme.ts';
import { TYPES } from '../../../test/graphs/types.ts';
import { testSshKey } from '../../../test/support/ssh-token.ts';
import { suiteWasm } from '../../adapters/crypto/suite-wasm.ts';
import { MAX_SPEC } from '../../core/bounds.ts';
import { toHex, utf8Length } from '../../core/encoding/bytes.ts';
import { nodeFile } from '../../core/graph/common-parts.ts';
import { parseGraph } from '../../core/graph/file/parse.ts';
import type { TemplateValues } from '../../core/graph/file/templates.ts';
import { canonicalGraph } from '../../core/graph/revision.ts';
import { routesOf } from '../../core/graph/routes.ts';
import { writeRoutesList } from '../../core/protocol/routes-list.ts';
import { MAX_BODY_BYTES, wireBytes } from '../../core/protocol/size.ts';
import { difference } from './diff.ts';
import { initGraph } from './init.ts';
import { sizeProblems } from './size.ts';
import { soundGraph } from './sound.ts';
import { explainFile, testGraph } from './test.ts';
import { validateGraph } from './validate.ts';

const parse = (text: string) => parseGraph(text, { filename: 'acme.yaml', types: TYPES });
const strict = { strict: true, sha256 };

describe('graph services', () => {
  test('validate counts, digests and lists', () => {
    const good = validateGraph(parse(ACME), strict);
    expect(good).toMatchObject({
      valid: true,
      graph: 'acme',
      errors: 0,
      counts: { nodes: 5, edges: 7, tests: 2 },
    });
    expect(good.digest).toMatch(/^sha256:[0-9a-f]{64}$/);
    const bad = validateGraph(parse(ACME.replace('kind: user', 'kind: usr')), strict);
    expect(bad).toMatchObject({ valid: false, graph: null, digest: null, errors: 1 });
  });

  test('warnings fail only with strict', () => {
    const parsed = parse(ACME.replace('by: [alice, bob], quorum: 2', 'by: []'));
    expect(validateGraph(parsed, { ...strict, strict: false })).toMatchObject({ valid: true, warnings: 1 });
    expect(validateGraph(parsed, strict)).toMatchObject({ valid: false, errors: 0, warnings: 1 });
  });

  test('a bad file is invalid with all its problems', () => {
    const run = () => testGraph(parse(ACME.replaceAll('helper', 'x y')), TYPES);
    expect(run).toThrow(
      expect.objectContaining({ code: 'invalid', hint: expect.stringContaining('graph validate') }),
    );
    expect(run).toThrow('acme.yaml:14:3');
  });

  test('errors are counted; what only warns is told with them, and is none', () => {
    // Of an approval by nobody the file only warns.
    const warned = ACME.replace('by: [alice, bob], quorum: 2', 'by: []');
    const broken = (text: string, words: string, details: number) => {
      const parsed = parse(text);
      expect(parsed.problems).toHaveLength(details);
      expect(() => soundGraph(parsed)).toThrow(
        expect.objectContaining({ message: expect.stringContaining(words), details: parsed.problems }),
      );
    };
    const wrong = warned.replace('2/minute', '2/fortnight');
    broken(wrong, 'the graph has 1 error: ', 2);
    broken(warned.replaceAll('helper', 'x y'), 'the graph has 4 errors: ', 5);
  });

  test('test runs the file’s tests; explain answers one question', () => {
    const parsed = parse(ACME.replace('alice may task.request builder', 'bob may task.request builder'));
    expect(testGraph(parsed, TYPES)).toMatchObject({ passed: 1, failed: 1 });
    const answer = explainFile(parsed, { from: 'bob', type: 'approval.response', to: 'builder' }, TYPES);
    expect(answer).toMatchObject({ allowed: true, edge: 'bob approves builder', place: { line: 23 } });
  });

  test('diff of two graphs needs no Host', () => {
    const one = soundGraph(parse(ACME));
    const two = soundGraph(parse(ACME.replace('rate: 2/minute', 'rate: 1/second')));
    expect(difference(one, one).changed).toBe(false);
    const { json, markdown, consequences } = difference(one, two);
    expect(difference(one, two).changed).toBe(true);
    expect(json.changes).toMatchObject([{ what: 'edge', op: 'change', name: 'alice delegates_to builder' }]);
    expect(markdown).toContain('2/minute -> 1/second');
    expect(consequences).toBeNull();
  });

  test('init makes what validates, and refuses values that do not fit', () => {
    const values: TemplateValues = {
      graph: 'acme',
      user: { name: 'alice', pubkey: KEYS[0] },
      repository: 'https://example.org/a.git',
      base: 'main',
    };
    const text = initGraph('team', values, TYPES);
    expect(validateGraph(parse(text), strict)).toMatchObject({ valid: true });
    const make = (change: Partial<TemplateValues>) => () =>
      initGraph('solo', { ...values, ...change }, TYPES);
    expect(make({ graph: 'Acme Corp' })).toThrow('Acme Corp');
    expect(make({ user: { name: 'alice', pubkey: 'npub1nope' } })).toThrow('npub');
    expect(make({ repository: 'https://me:secret@example.org/a.git' })).toThrow(
      /^the remote address cannot be used: it carries a user or password$/,
    );
    expect(make({ user: { ...values.user, name: 'builder' } })).toThrow(/^`builder` is written twice$/);
  });

  test('a list of neighbours is smaller than the graph that they stand in: what holds one holds the other', () => {
    const zero = '0'.repeat(64);
    const agent = { kind: 'agent', engine: { type: 'exec', auth: 'none', command: ['x'] } };
    const sizes = (relations: readonly string[], length: number, count: number) => {
      const names = Array.from({ length: count }, (_, i) => `a${String(i).padStart(length - 1, '0')}`);
      const nodes = Object.fromEntries(['h', ...names].map((name) => [name, agent]));
      const edges = names.flatMap((from) => relations.map((relation) => ({ from, relation, to: 'h' })));
      const { graph } = parse(JSON.stringify({ graph: 'a', nodes, edges }));
      const peers = routesOf(graph!, 'h', () => zero)!.peers.map((one) => ({
        ...one,
        pubkey: zero,
        relays: [],
      }));
      const list = writeRoutesList({ owner: zero, epoch: 2 ** 48, n: 2 ** 48, peers });
      return { graph: utf8Length(canonicalGraph(graph!)), list: list.length };
    };
    for (const relations of [['peers_with'], ['consults', 'delegates_to', 'hands_off_to']])
      for (const length of [3, 63]) {
        const [few, more] = [sizes(relations, length, 20), sizes(relations, length, 21)];
        expect(more.list - few.list).toBeLessThan(more.graph - few.graph);
        expect(more.list).toBeLessThan(more.graph);
      }
  });

  test('T173 people and SSH keys that no evidence could state are a problem of the file, unless none is made', () => {
    const blob = (seed: number) => testSshKey({ curve: 'p256', seed }).line;
    const problemsOf = (people: number, keys: number, evidence = 'digests') => {
      const names = Array.from({ length: people }, (_, i) => `p${i}`);
      const person = (at: number) => ({
        ...{ kind: 'user', pubkey: toHex(suiteWasm.publicKey(new Uint8Array(32).fill(at + 1))) },
        ssh: Array.from({ length: keys }, (_, i) => blob(1 + at * keys + i)),
      });
      const workspace = { repository: 'https://git.example/acme.git', base: 'main', evidence };
      const policy = { approval: { 'source.publish': { by: names, quorum: 1, assurance: 'touch' } } };
      const text = JSON.stringify({
        graph: 'a',
        nodes: {
          ...Object.fromEntries(names.map((name, at) => [name, person(at)])),
          x: { kind: 'agent', engine: { type: 'exec', auth: 'none', command: ['true'] }, workspace, policy },
        },
        edges: names.map((from) => ({ from, relation: 'approves', to: 'x' })),
      });
      const { graph, source, problems } = parse(text);
      expect(problems.filter(({ severity }) => severity === 'error')).toEqual([]);
      return sizeProblems(graph!, source).map(({ path, code }) => `${path} ${code}`);
    };
    expect(problemsOf(6, 4)).toEqual([]);
    expect(problemsOf(6, 8)).toEqual(['nodes.x out_of_bounds']);
    expect(problemsOf(6, 8, 'none')).toEqual([]);
  });

  test('a node that no offer could carry, and an address that no approval could name, are problems of the file', () => {
    const agentOf = (command: string, more = '') =>
      `graph: acme\nnodes:\n  big: { kind: agent, engine: { type: exec, auth: none, command: ["${command}"] }${more} }\n`;
    const problemsOf = (command: string) => {
      const { graph, source } = parse(agentOf(command));
      return sizeProblems(graph!, source);
    };
    expect(problemsOf('x'.repeat(8_000))).toEqual([]);
    for (const large of ['世'.repeat(8_000), '\\"'.repeat(4_000)])
      expect(problemsOf(large)).toMatchObject([{ code: 'out_of_bounds', path: 'nodes.big', line: 3 }]);
    const two = `${agentOf('世'.repeat(8_000))}${agentOf('世'.repeat(8_000)).split('\n')[2]!.replace('big', 'also')}\n`;
    const both = parse(two);
    expect(sizeProblems(both.graph!, both.source).map(({ path }) => path)).toEqual([
      'nodes.also',
      'nodes.big',
    ]);
    // To the last character of ASCII, and to the last byte of what the wire makes of others
    const specOf = (command: string) => {
      const node = parse(agentOf(command)).graph!.nodes.get('big')!;
      return JSON.stringify(nodeFile(node));
    };
    const half = 'x'.repeat(5_000);
    const least = specOf(`${half}", "x`);
    const ascii = `${half}", "${'x'.repeat(MAX_SPEC - least.length + 1)}`;
    expect([problemsOf(ascii).length, problemsOf(`${ascii}x`).length]).toEqual([0, 1]);
    const room = MAX_BODY_BYTES - 700 - wireBytes(least) + 1;
    const exact = `${half}", "${'世'.repeat(Math.floor(room / 3))}${'x'.repeat(room % 3)}`;
    expect([problemsOf(exact).length, problemsOf(`${exact}x`).length]).toEqual([0, 1]);
    const remote = `https://example.org/${'r'.repeat(490)}.git`;
    const { problems } = parse(agentOf('x', `, workspace: { repository: "${remote}", base: main }`));
    expect(problems).toMatchObject([{ code: 'out_of_bounds', path: 'nodes.big.workspace.repository' }]);
  });
});
