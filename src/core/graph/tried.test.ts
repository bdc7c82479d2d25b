/** Where a node runs whose agent has to be seen to ask. */
import { describe, expect, test } from 'vitest';
import { probedAs, UNASKED_FACTS } from '../../../test/support/probe-records.ts';
import type { PublishGate } from '../vocabulary.ts';
import { mismatch, probeRemedy } from './fit.ts';
import type { AgentNode } from './model.ts';
import { heldPolicies, notEnforced, triedWords, withTried } from './tried.ts';

const NODE: AgentNode = {
  kind: 'agent',
  engine: { type: 'acp', auth: 'none', command: ['agent', '--acp'] },
  policy: {
    approval: new Map([['command.run', { by: ['alice'], quorum: 1, four_eyes: false }]]),
    ...{ sandbox: 'bwrap', network: [], require: 'enforced' },
  },
  placement: { labels: new Map() },
  secrets: [],
};
const R1 = { name: 'r1', engines: ['acp'] as const, labels: {}, sandbox: ['bwrap'] as const, probes: [] };
const AGENT = '["agent","--acp"]';
const inBwrap = { sandbox: 'bwrap' as const };
const withProbes = (...probes: ReturnType<typeof probedAs>[]) => ({ ...R1, probes });

describe('a node whose approvals of commands are to be enforced', () => {
  test.each([
    ['runs where its agent was seen to ask', probedAs(AGENT, inBwrap), null],
    ['not where another was', probedAs('["agent"]', inBwrap), 'was not tried in sandbox "bwrap"'],
    ['not where that was in another sandbox', probedAs(AGENT), 'was not tried in sandbox "bwrap"'],
    [
      'not where it was seen not to',
      probedAs(AGENT, { ...inBwrap, facts: UNASKED_FACTS }),
      'tried there: not enforced: it runs commands without asking',
    ],
    [
      'not where that could not be tried',
      probedAs(AGENT, { ...inBwrap, facts: { ...UNASKED_FACTS, command_asked: 'untried' } }),
      'not all of it could be tried',
    ],
  ])('%s', (_name, probe, expected) => {
    const why = mismatch(NODE, withProbes(probe));
    if (expected === null) expect(why).toBeNull();
    else expect(why).toContain(expected);
  });

  test('not over version 2 of its protocol, which no probe speaks', () => {
    const draft = { ...NODE, engine: { ...NODE.engine, protocol: 2 } as AgentNode['engine'] };
    expect(mismatch(draft, withProbes(probedAs(AGENT, inBwrap)))).toContain(
      'was not tried in sandbox "bwrap"',
    );
  });

  test('and no other is held up by it', () => {
    const { require: _require, ...open } = NODE.policy;
    expect(mismatch({ ...NODE, policy: open }, R1)).toBeNull();
    expect(mismatch({ ...NODE, policy: { ...NODE.policy, approval: new Map() } }, R1)).toBeNull();
  });

  test('is told how its agent is tried, where nothing else is in the way and a line can say it', () => {
    const line = '`entangle runner probe "agent --acp" --sandbox bwrap` on the machine of r1';
    expect(probeRemedy(NODE, [{ ...R1, name: 'r0', engines: [] }, R1])).toContain(line);
    const known = { type: 'acp', auth: 'none', profile: 'kimi' } as const;
    const kimi = { ...known, command: ['agent'] };
    expect(probeRemedy({ ...NODE, engine: known }, [R1])).toContain('probe kimi --sandbox bwrap');
    const odd = { ...NODE, engine: { ...NODE.engine, command: ['a b', '$(c)'] } };
    for (const [node, among] of [
      [odd, [R1]],
      [{ ...NODE, engine: kimi }, [R1]],
      [NODE, [withProbes(probedAs(AGENT, inBwrap))]],
      [NODE, []],
    ] as const)
      expect(probeRemedy(node, among)).toBeNull();
  });
});

test('a plan says what runners saw of an agent that has to ask, and adds that to no other problem', () => {
  const both = [
    withProbes(probedAs(AGENT, inBwrap)),
    { ...withProbes(probedAs(AGENT, { ...inBwrap, facts: UNASKED_FACTS })), name: 'r2' },
  ];
  const named = `${AGENT}, programs aaaaaaaaaaaa`;
  const words = `tried on r1 (${named}): holds; tried on r2 (${named}): not enforced: it runs commands without asking`;
  expect(triedWords(NODE, both)).toBe(words);
  expect(triedWords(NODE, [R1])).toBe('not enforced: no runner has tried it as it is there now');
  const graph = { nodes: new Map([['builder', NODE]]) } as never;
  const problem = {
    severity: 'warning',
    code: 'asked_by_agent',
    path: 'nodes.builder.policy',
    line: 1,
    column: 1,
    message: 'it asks',
  } as const;
  expect(withTried(problem, graph, both).message).toBe(`it asks; ${words}`);
  const other = { ...problem, code: 'no_network' } as const;
  expect(withTried(other, graph, both)).toBe(other);
  const exec = { ...NODE, engine: { type: 'exec', auth: 'none', command: ['true'] } };
  const graphOfCommand = { nodes: new Map([['builder', exec]]) } as never;
  expect(withTried(problem, graphOfCommand, both)).toBe(problem);
});

describe('a policy that the agent itself has to keep', () => {
  const asked = NODE.policy.approval.get('command.run')!;
  const open: AgentNode = {
    ...NODE,
    policy: {
      ...NODE.policy,
      approval: new Map([
        ['command.run', asked],
        ['source.publish', asked],
      ]),
    },
  };
  const good = withProbes(probedAs(AGENT, inBwrap));
  const bad = withProbes(probedAs(AGENT, { ...inBwrap, facts: UNASKED_FACTS }));

  test('holds where it was seen to, and nowhere else', () => {
    expect(notEnforced(open, [good])).toBeNull();
    expect(notEnforced(open, [R1])).toBe('no runner has tried it as it is there now');
    expect(notEnforced(open, [bad])).toContain('it runs commands without asking');
    expect(notEnforced(open, [good, { ...bad, name: 'r2' }])).toContain('tried on r2');
  });

  test('is told beside those that the runner keeps', () => {
    const words = (runner: typeof good | typeof R1) =>
      heldPolicies(open, [runner], 'promised').map(({ operation, holds }) => [operation, holds]);
    expect(words(good)).toEqual([
      ['command.run', true],
      ['source.publish', true],
    ]);
    expect(words(R1)[0]).toEqual(['command.run', false]);
    expect(heldPolicies(open, [R1], 'promised')[0]?.words).toBe(
      'not enforced: no runner has tried it as it is there now',
    );
  });

  test('says of a publication where it lands when others work there', () => {
    const words = (workspace: AgentNode['workspace'], gate: PublishGate = 'promised') =>
      heldPolicies({ ...open, ...(workspace && { workspace }) }, [good], gate).at(-1)!.words;
    const promised = 'promised: its runner, which can push, holds it back until it is approved';
    const workspace = { repository: 'file:///r', base: 'main' };
    expect(words(workspace)).toBe(promised);
    expect(words(workspace, 'enforced')).toBe(
      'enforced: the Host withholds what pushes until it is approved',
    );
    expect(words({ ...workspace, publish: 'target' })).toBe(`${promised}; then it lands on main`);
    expect(words({ ...workspace, evidence: 'digests' })).toBe(promised);
    expect(words({ ...workspace, evidence: 'full' })).toContain(
      '; beside it whoever reads the repository reads',
    );
    expect(words({ ...workspace, evidence: 'none' })).toContain('; nothing beside it proves that');
  });

  test('is held of a command, and of an agent that no probe speaks with, as far as can be said without one', () => {
    const command: AgentNode['engine'] = { type: 'exec', auth: 'none', command: ['true'] };
    const exec = { ...open, engine: command };
    const [first] = heldPolicies(exec, [R1], 'promised');
    expect(first).toEqual({
      ...{ operation: 'command.run', holds: false },
      words: 'not enforced: of the commands of its engine only those wait that it has its runner run',
    });
    const next = { ...open, engine: { ...NODE.engine, protocol: 2 } as AgentNode['engine'] };
    expect(notEnforced(next, [good])).toBe('version 2 of the protocol cannot be tried');
  });

  test('is none where nothing is asked about commands', () => {
    const approval = new Map([['source.publish', asked]]);
    expect(notEnforced({ ...open, policy: { ...open.policy, approval } }, [R1])).toBeNull();
  });
});
