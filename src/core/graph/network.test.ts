import { expect, test } from 'vitest';
import { sound } from '../../../test/graphs/acme.ts';
import { agent, graphText, USERS } from '../../../test/graphs/small.ts';
import type { AgentNode } from './model.ts';
import { isLoopback, partsOf, reachOf, reachText, targetProblem, targetsOf } from './network.ts';

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
