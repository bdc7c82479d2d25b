import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { sha256, sound } from '../../../test/graphs/acme.ts';
import { agent, faults, graphText, USERS } from '../../../test/graphs/small.ts';
import { TYPES } from '../../../test/graphs/types.ts';
import { readShape } from '../encoding/read-shape.ts';
import { parseGraph } from './file/parse.ts';
import type { AgentNode } from './model.ts';
import { isLoopback, partsOf, reachOf, reachSchema, reachText, targetProblem, targetsOf } from './network.ts';
import { routesOf } from './routes.ts';

test.each([
  ['https://api.example.com/v1', ['api.example.com:443']],
  ['http://API.example.com', ['api.example.com:80']],
  ['https://api.example.com:8443/v1', ['api.example.com:8443']],
  ['http://[::1]:8080/v1', ['[::1]:8080']],
  ['', []],
])('the endpoint %j is at %j', (endpoint, expected) => {
  expect(targetsOf(endpoint)).toEqual(expected);
});

test('an agent reaches its endpoint and what its policy lists, each once', () => {
  const { graph } = sound(
    graphText({
      nodes: { ...USERS, a: agent('policy: { network: [b.example:1, a.example:443] }') },
      edges: [],
    }),
  );
  const node = graph.nodes.get('a') as AgentNode;
  expect(reachOf(node)).toEqual(['a.example:443', 'b.example:1']);
  const engine = { type: 'acp', auth: 'none', profile: 'kimi', model: 'm' } as const;
  const known = { ...node, engine: { ...engine, endpoint: 'https://a.example/v1' } };
  expect(reachOf(known)).toEqual(['a.example:443', 'b.example:1']);
  expect(reachOf({ ...known, engine: { ...engine, endpoint: 'https://c.example/v1' } })).toContain(
    'c.example:443',
  );
});

const withEndpoint = (endpoint: string, sandbox = 'bwrap') => {
  const engine = `{ type: acp, auth: none, profile: kimi, model: m, endpoint: ${JSON.stringify(endpoint)} }`;
  const node = `{ kind: agent, engine: ${engine}, policy: { sandbox: ${sandbox} } }`;
  return graphText({ nodes: { ...USERS, a: node }, edges: ['alice delegates_to a'] });
};

test.each([
  ...['https://api.example.com./v1', 'http://model:0/v1', 'https://model-/v1', 'http://model:080/v1'],
  ...['http://a..b/v1', `http://${'a'.repeat(64)}/v1`, 'http://[:]/v1', `http://${'a.'.repeat(10)}a/v1`],
])('an endpoint that no routes could tell of is no endpoint: %s', (endpoint) => {
  for (const sandbox of ['bwrap', 'none'])
    expect(faults(withEndpoint(endpoint, sandbox))).toContain('wrong_value nodes.a.engine.endpoint');
});

test('a switch is refused with what to write instead', () => {
  const { problems } = parseGraph(
    graphText({ nodes: { ...USERS, a: agent('policy: { network: true }') }, edges: [] }),
    { types: TYPES },
  );
  expect(problems[0]).toMatchObject({
    ...{ code: 'wrong_type', path: 'nodes.a.policy.network' },
    message: 'must be a list of HOST:PORT, such as ["api.example.com:443"], and [] for no network',
  });
});

test('what a sound graph has for an endpoint, routes can say', () => {
  const host = fc.stringMatching(/^(?:[Aa0.-]{1,8}|\[[0a:.]{1,4}\])$/);
  const port = fc.stringMatching(/^(?::[0-9]{1,5})?$/);
  let told = 0;
  fc.assert(
    fc.property(fc.constantFrom('http', 'https'), host, port, (scheme, name, number) => {
      const text = withEndpoint(`${scheme}://${name}${number}/v1`);
      if (faults(text).includes('wrong_value nodes.a.engine.endpoint')) return;
      told += 1;
      const reach = routesOf(sound(text).graph, 'alice', sha256)!.peers[0]!.reach;
      expect(readShape(reachSchema(), reach)).toEqual({ success: true, data: reach });
    }),
    { numRuns: 300 },
  );
  expect(told).toBeGreaterThan(30);
});

test.each([
  ['localhost:8080', true],
  ['127.9.9.9:8080', true],
  ['[::1]:8080', true],
  ['localhost.example:8080', false],
  ['128.0.0.1:8080', false],
])('%s is of this machine: %s', (target, expected) => {
  expect(isLoopback(target)).toBe(expected);
});

test.each([
  ['a.example:443', null],
  ['1.2.3.4:1', null],
  ['localhost:1024', null],
  ['localhost:1023', /ports from 1024 on/],
  ['[::1]:80', /ports from 1024 on/],
  ['a.example:65536', /above 65535/],
  ['1.2.3.256:443', /no whole address/],
  ['2130706433:443', /no whole address/],
])('%s: %s', (target, problem) => {
  if (problem === null) expect(targetProblem(target)).toBeNull();
  else expect(targetProblem(target)).toMatch(problem);
});

test('an address of IPv6 is apart from its port without brackets', () => {
  expect(partsOf('[2001:db8::1]:443')).toEqual({ host: '2001:db8::1', port: 443 });
});

test.each([
  ['none', ['a:1'], 'not sandboxed: it may do all that the account of its runner may'],
  ['bwrap', [], 'in a sandbox, reaches no network'],
  ['bwrap', ['a:1', 'b:2'], 'in a sandbox, reaches a:1, b:2'],
] as const)('%s with %j: %s', (sandbox, network, words) => {
  expect(reachText({ sandbox, network: [...network] })).toBe(words);
});
