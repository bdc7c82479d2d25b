/** What `up` writes of an agent into the graph, and what of it a person who edits the graph keeps. */

import { expect, test } from 'vitest';
import { stringify } from 'yaml';
import { TYPES } from '../../test/graphs/types.ts';
import { npub } from '../core/encoding/id.ts';
import type { EngineSpec } from '../core/graph/engines.ts';
import { parseGraph } from '../core/graph/file/parse.ts';
import { commandEngine, type FederationWanted, graphOf, policyOf } from './graph-file.ts';

const EXEC = commandEngine(['true']);
const ACP = {
  ...{ type: 'acp', auth: 'secret:model-key', profile: 'kimi', model: 'm' },
  endpoint: 'https://m.example/v1',
} as const satisfies EngineSpec;
const wanted = (more: Partial<FederationWanted>): FederationWanted => ({
  ...{ graph: 'demo', node: 'builder', user: 'you', remote: 'file:///tmp/r.git', base: 'main' },
  ...{ engine: EXEC, sandbox: 'bwrap', offers: ['none'], capacity: 1, ...more },
});
const YOU = { by: ['you'], quorum: 1 };
const PUBLISH = { 'source.publish': YOU };

test.each([
  ['a command', wanted({ sandbox: 'none' })],
  ['an agent', wanted({ engine: ACP })],
  ['an agent that nothing fences', wanted({ engine: ACP, sandbox: 'none' })],
  ['one that reaches its service', wanted({ engine: ACP, network: { now: ['m.example:443'], before: [] } })],
])('is a sound graph: %s', (_, one) => {
  const { problems } = parseGraph(stringify(graphOf(one, npub('aa'.repeat(32)))), { types: TYPES });
  expect(problems.filter(({ severity }) => severity === 'error')).toEqual([]);
});

test('a person is asked about commands where no fence holds them back', () => {
  expect(policyOf(wanted({ engine: ACP })).approval).toEqual(PUBLISH);
  expect(policyOf(wanted({ engine: ACP, sandbox: 'none' })).approval).toEqual({
    ...PUBLISH,
    'command.run': YOU,
  });
  const own = { approval: { ...PUBLISH, 'command.run': { by: ['you', 'bob'] } } };
  expect(policyOf(wanted({ engine: ACP, sandbox: 'none' }), own).approval).toEqual(own.approval);
  // A command can be run for it, and cannot have a file written
  const both = { approval: { ...own.approval, 'file.write': YOU } };
  expect(policyOf(wanted({ sandbox: 'none' }), both).approval).toEqual(own.approval);
});

test('what a person lists of the network stays, and what another agent reached goes', () => {
  const before = { approval: PUBLISH, network: ['a.example:443', 'registry.npmjs.org:443'], budget: {} };
  const network = { now: ['b.example:443'], before: ['a.example:443'] };
  expect(policyOf(wanted({ engine: ACP, network }), before)).toMatchObject({
    network: ['b.example:443', 'registry.npmjs.org:443'],
    budget: {},
  });
});
