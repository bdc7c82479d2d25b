import { describe, expect, test } from 'vitest';
import { type Candidate, choose, mismatch, sandboxRemedy, whyNowhere } from './fit.ts';
import type { AgentNode } from './model.ts';

const NODE: AgentNode = {
  kind: 'agent',
  engine: { type: 'exec', auth: 'none', command: ['true'] },
  policy: { approval: new Map(), sandbox: 'bwrap', network: [] },
  placement: { labels: new Map([['os', 'linux']]) },
  secrets: [],
};
const placed = (runner: string): AgentNode => ({ ...NODE, placement: { ...NODE.placement, runner } });
const labelled = (key: string): AgentNode => ({ ...NODE, placement: { labels: new Map([[key, 'x']]) } });
const R1: Candidate = {
  name: 'r1',
  engines: ['exec', 'acp'],
  labels: { os: 'linux' },
  sandbox: ['bwrap'],
  probes: [],
  live: true,
  load: 0,
};

const agent = (memory: number): AgentNode => ({
  ...NODE,
  engine: { type: 'acp', auth: 'none', command: ['true'], memory },
});
const LACK = 'its agent wants 600 MiB of memory, and 599 are there';

describe('a runner carries a node', () => {
  test.each([
    ['that fits', NODE, R1, null],
    ['that does not leave', NODE, { ...R1, leaving: true as const }, 'it leaves this federation'],
    ['placed on it by name', placed('r1'), R1, null],
    ['not placed on another', placed('r2'), R1, 'the graph places it on r2'],
    ['not of an engine that it lacks', NODE, { ...R1, engines: [] }, 'it has no exec engine'],
    ['not without the sandbox', NODE, { ...R1, sandbox: ['none' as const] }, 'it offers no sandbox "bwrap"'],
    ['not with another label', NODE, { ...R1, labels: { os: 'macos' } }, 'label os is macos, not linux'],
    ['not without a label', labelled('gpu'), R1, 'label gpu is not set, not x'],
    ['not with more memory than there is', agent(600), { ...R1, memory: 599 }, LACK],
    ['with as much as there is', agent(600), { ...R1, memory: 600 }, null],
    ['where nobody knows how much there is', agent(600), R1, null],
    ['a command whatever memory there is', NODE, { ...R1, memory: 1 }, null],
    ['not by what every object has', labelled('constructor'), R1, 'label constructor is not set, not x'],
  ])('%s', (_name, node, runner, expected) => {
    expect(mismatch(node, runner)).toBe(expected);
  });
});

describe('among runners', () => {
  const [busy, silent] = [
    { ...R1, name: 'r0', load: 1 },
    { ...R1, name: 'r2', live: false },
  ];
  test.each([
    ['the one with the fewest nodes', NODE, [busy, R1], null, 'r1'],
    ['the first by name of equals', NODE, [{ ...R1, name: 'r3' }, R1], null, 'r1'],
    ['where it ran last', NODE, [R1, busy], 'r0', 'r0'],
    ['not where it ran last if that is not heard', NODE, [R1, silent], 'r2', 'r1'],
    [
      'one with memory for all its agents before one with fewer nodes',
      agent(600),
      [
        { ...R1, memory: 1000, taken: 600 },
        { ...busy, memory: 1000 },
      ],
      null,
      'r0',
    ],
    [
      'one without, where none has so much left: its turns wait for each other',
      agent(600),
      [{ ...R1, memory: 1000, taken: 600 }],
      null,
      'r1',
    ],
    [
      'for a command only nodes count',
      NODE,
      [
        { ...R1, memory: 1000, taken: 1000 },
        { ...busy, memory: 1000 },
      ],
      null,
      'r1',
    ],
    ['none that does not fit', placed('r9'), [busy, R1], 'r1', undefined],
    ['none', NODE, [], null, undefined],
  ])('%s', (_name, node, among, last, expected) => {
    expect(choose(node, among, last)?.name).toBe(expected);
  });

  test('why none was found is told of three', () => {
    const four = ['r1', 'r2', 'r3', 'r4'].map((name) => ({ ...R1, name, live: false }));
    const asleep = 'r1: it is not live; r2: it is not live; r3: it is not live';
    expect(whyNowhere(NODE, [])).toBe('no runner is trusted');
    expect(whyNowhere(NODE, [], 'r1')).toBe('no other runner is trusted');
    expect(whyNowhere(NODE, four.slice(0, 3))).toBe(`no runner fits (${asleep})`);
    expect(whyNowhere(NODE, four)).toBe(`no runner fits (${asleep}; …)`);
  });
});

describe('where only the sandbox is in the way, what to do', () => {
  const open = { ...R1, sandbox: ['none' as const] };
  const bare: AgentNode = { ...NODE, policy: { ...NODE.policy, sandbox: 'none' } };
  test.each([
    [
      'names the key of the graph and the flag of the runner',
      NODE,
      [open],
      ['{ sandbox: none }', '--sandbox bwrap'],
    ],
    ['and the other way round', bare, [R1], ['{ sandbox: bwrap }', '--sandbox none']],
    ['finds that runner among others', NODE, [{ ...R1, engines: [] }, open], ['{ sandbox: none }']],
  ])('%s', (_name, node, among, parts) => {
    for (const part of parts) expect(sandboxRemedy(node, among)).toContain(part);
  });
  test.each([
    ['where it is offered', NODE, [R1]],
    ['where a label is missing too', NODE, [{ ...open, labels: {} }]],
    ['where nobody is', NODE, []],
  ])('is not told %s', (_name, node, among) => {
    expect(sandboxRemedy(node, among)).toBe(null);
  });
});
