import { describe, expect, test } from 'vitest';
import { ACME, changed, KEYS, sound } from '../../../../test/graphs/acme.ts';
import { testSshKey } from '../../../../test/support/ssh-token.ts';
import type { Graph } from '../model.ts';
import { plan } from './plan.ts';
import { relaxations } from './relaxations.ts';

const BUDGET = 'budget: { hops: 3 }';
const APPROVERS = 'by: [alice, bob], quorum: 2';
const ALICE = 'alice: { kind: user';
const BOB = `pubkey: ${KEYS[1]}, person: bob`;
const PLACE = 'placement: { labels: { os: linux } }';
const FIRST = 'rate: 2/minute, max_concurrent: 1';
const ONLY = 'only: [task.request, task.accept, task.update, task.result]';

const PUBLISH = 'quorum: 2';
const NOTHING: string[] = [];

const told = (before: Graph, after: Graph): string[] =>
  relaxations(plan(before, after)).map(({ node, what }) => `${node} ${what}`);

describe('a plan tells what is less safe afterwards', () => {
  test.each([
    ['fewer people', PUBLISH, 'quorum: 2', 'quorum: 1', ['needs 1 instead of 2 for source.publish']],
    ['more people', PUBLISH, 'quorum: 1', 'quorum: 2', NOTHING],
    [
      'no second person',
      PUBLISH,
      'quorum: 1, four_eyes: true',
      'quorum: 1',
      ['lets who launched it approve source.publish (no four_eyes)'],
    ],
    ['a second person', PUBLISH, 'quorum: 1', 'quorum: 1, four_eyes: true', NOTHING],
    [
      'a second person as before',
      PUBLISH,
      'quorum: 1, four_eyes: true, expires: 1h',
      'quorum: 1, four_eyes: true, expires: 2h',
      NOTHING,
    ],
    [
      'one more approver',
      APPROVERS,
      'by: [alice], quorum: 1',
      'by: [alice, bob], quorum: 1',
      ['lets bob approve source.publish'],
    ],
    ['one approver less', APPROVERS, 'by: [alice, bob], quorum: 1', 'by: [alice], quorum: 1', NOTHING],
    [
      'another key',
      BOB,
      BOB,
      `pubkey: ${KEYS[2]}, person: bob`,
      ['lets another key of bob approve source.publish'],
    ],
    [
      'two keys of one person as two persons',
      ALICE,
      `${ALICE}, person: bob`,
      ALICE,
      ['counts alice and bob as two persons for source.publish'],
    ],
    ['two persons as one', ALICE, ALICE, `${ALICE}, person: bob`, NOTHING],
    ['another name of a person', BOB, BOB, `pubkey: ${KEYS[1]}, person: robert`, NOTHING],
  ])('of an approval: %s', (_name, part, old, now, expected) => {
    // One person with two keys is no quorum of two: such a graph needs one.
    const graph = (words: string) =>
      changed([part, words], ...(part === ALICE ? [['quorum: 2', 'quorum: 1'] as const] : []));
    expect(told(graph(old), graph(now))).toEqual(expected.map((what) => `builder ${what}`));
  });

  test.each([
    ['on the branch of its sessions as before', 'base: main', NOTHING],
    ['on the branch of others', 'base: main, publish: target', ['lands on main, which others work on']],
    ['on another branch of others', 'base: prod, publish: target', ['lands on prod, which others work on']],
  ])('of where its commits go: %s', (_name, now, expected) => {
    const before = changed([
      'base: main',
      now.includes('prod') ? 'base: main, publish: target' : 'base: main',
    ]);
    expect(told(before, changed(['base: main', now]))).toEqual(expected.map((what) => `builder ${what}`));
    expect(told(changed(['base: main', now]), changed(['base: main', now]))).toEqual(NOTHING);
  });

  test.each([
    ['full', 'digests', ['has its tasks and reasons read by whoever reads its repository (evidence: full)']],
    ['full', 'full', NOTHING],
    ['digests', 'full', NOTHING],
  ])('of what may be read beside its commits: %s instead of %s', (now, before, expected) => {
    const graph = (level: string) => changed(['base: main', `base: main, evidence: ${level}`]);
    expect(told(graph(before), graph(now))).toEqual(expected.map((what) => `builder ${what}`));
  });

  test.each([
    ['no sandbox', '', 'sandbox: none', ['is no longer isolated (sandbox: none)']],
    ['a sandbox', 'sandbox: none', 'sandbox: bwrap', NOTHING],
    ['no sandbox as before', 'sandbox: none', `sandbox: none, ${BUDGET}`, NOTHING],
    ['a host', 'network: [a:1]', 'network: [a:1, b:2]', ['reaches b:2']],
    ['another port of a host', 'network: [a:1]', 'network: [a:2]', ['reaches a:2']],
    ['a host as before', 'network: [a:1]', `network: [a:1], ${BUDGET}`, NOTHING],
    ['a host less', 'network: [a:1, b:2]', 'network: [b:2]', NOTHING],
    ['a host where none was out of reach', 'sandbox: none', 'network: [a:1]', NOTHING],
    ['a host where none is held back', 'sandbox: none', 'sandbox: none\n      network: [a:1]', NOTHING],
    ['any runner', 'require: enforced', '', ['may run where its policy is not enforced']],
    ['only a runner that enforces', '', 'require: enforced', NOTHING],
    ['such a runner as before', 'require: enforced', `require: enforced, ${BUDGET}`, NOTHING],
    ['more hops', BUDGET, 'budget: { hops: 4 }', ['may take 4 hops instead of 3']],
    ['fewer hops', BUDGET, 'budget: { hops: 2 }', NOTHING],
    ['any hops', BUDGET, '', ['may take any hops instead of 3']],
    ['more turns', 'budget: { turns: 9 }', 'budget: { turns: 10 }', ['may take 10 turns instead of 9']],
    ['more time', 'budget: { time: 90s }', 'budget: { time: 2m }', ['may take longer: 2m instead of 1m30s']],
    ['less time', 'budget: { time: 2m }', 'budget: { time: 90s }', NOTHING],
    ['the usual time', 'budget: { time: 90s }', BUDGET, ['may take longer: 30m instead of 1m30s']],
    ['the usual time, which is less', 'budget: { time: 2h }', BUDGET, NOTHING],
    [
      'more than the usual time',
      BUDGET,
      'budget: { hops: 3, time: 8h }',
      ['may take longer: 8h instead of 30m'],
    ],
    ['one of them', 'budget: { hops: 3 }', 'budget: { hops: 3, turns: 5 }', NOTHING],
  ])('of a policy: %s', (_name, old, now, expected) => {
    const graph = (words: string) => changed([BUDGET, words.replace(`, ${BUDGET}`, `\n      ${BUDGET}`)]);
    expect(told(graph(old), graph(now))).toEqual(expected.map((what) => `builder ${what}`));
  });

  test.each([
    ['without a label', PLACE, '', ['builder may run where os is not linux']],
    ['with one more label', PLACE, 'placement: { labels: { os: linux, arch: x64 } }', NOTHING],
    ['with another value', PLACE, 'placement: { labels: { os: mac } }', NOTHING],
    ['off its runner', 'placement: { runner: r1 }', PLACE, ['builder may run on another runner than r1']],
    ['on another runner', 'placement: { runner: r1 }', 'placement: { runner: r2 }', NOTHING],
  ])('of where it runs: %s', (_name, old, now, expected) => {
    expect(told(changed([PLACE, old]), changed([PLACE, now]))).toEqual(expected);
  });

  test.each([
    ['longer silence', '', 'silence: 2h', ['may be silent longer: 2h instead of 30m']],
    ['less silence', 'silence: 2h', 'silence: 1h', NOTHING],
    ['a later end', '', 'cancel: 10s', ['may go on after it is cancelled longer: 10s instead of 2s']],
    ['as long as is usual', 'cancel: 2s', '', NOTHING],
    ['a later start', '', 'start: 1h', NOTHING],
  ])('of how long an agent is waited for: %s', (_name, old, now, expected) => {
    const agent = (said: string) =>
      changed(['engine: { type: exec,', `engine: { type: acp, timeouts: { ${said} },`]);
    expect(told(agent(old), agent(now))).toEqual(expected.map((what) => `builder ${what}`));
  });

  test('of a touch: none any more, or by another key', () => {
    const [one, other] = [testSshKey({ seed: 1 }).line, testSshKey({ seed: 2 }).line];
    const graph = (keys: readonly string[], touch: boolean) =>
      changed(
        [ALICE, `${ALICE}, ssh: ${JSON.stringify(keys)}`],
        ['quorum: 2', touch ? 'quorum: 1, assurance: touch' : 'quorum: 1'],
      );
    expect(told(graph([one], true), graph([one], false))).toEqual([
      'builder lets source.publish be approved without a touch',
    ]);
    expect(told(graph([one], true), graph([one, other], true))).toEqual([
      'builder lets another SSH key of alice approve source.publish',
    ]);
    for (const now of [graph([one], true), graph([other, one], false)])
      expect(told(graph([one], false), now)).toEqual([]);
    expect(told(graph([one, other], true), graph([one], true))).toEqual([]);
  });

  test('of commands: a description alone, or nobody', () => {
    const agent = ['engine: { type: exec,', 'engine: { type: acp,'] as const;
    const commands = (rule: string) => changed([...agent], ['source.publish: {', `command.run: { ${rule}`]);
    const described = 'builder lets command.run be approved by a description alone';
    expect(told(commands(''), commands('binding: described, '))).toEqual([described]);
    expect(told(commands('binding: described, '), commands(''))).toEqual([]);
    expect(told(commands(''), changed([...agent]))).toContain('builder runs commands without approval');
  });

  const FROM_ALICE = '(`alice delegates_to builder`)';
  const FROM_BUILDER = '(`builder delegates_to helper`)';
  test.each([
    [
      'a higher rate',
      FIRST,
      'rate: 2/minute',
      'rate: 3/minute',
      [`alice may carry 3/minute instead of 2/minute ${FROM_ALICE}`],
    ],
    [
      'more at once',
      FIRST,
      'rate: 1/minute',
      'rate: 60/hour',
      [`alice may carry 60/hour instead of 1/minute ${FROM_ALICE}`],
    ],
    [
      'faster, in smaller parts',
      FIRST,
      'rate: 60/hour',
      'rate: 2/second',
      [`alice may carry 2/second instead of 60/hour ${FROM_ALICE}`],
    ],
    ['the same in smaller parts', FIRST, 'rate: 60/hour', 'rate: 1/minute', NOTHING],
    [
      'no rate',
      FIRST,
      FIRST,
      'max_concurrent: 1',
      [`alice may carry any number instead of 2/minute ${FROM_ALICE}`],
    ],
    [
      'more open',
      FIRST,
      'max_concurrent: 1',
      'max_concurrent: 2',
      [`alice may have 2 open instead of 1 ${FROM_ALICE}`],
    ],
    [
      'any number open',
      FIRST,
      FIRST,
      'rate: 2/minute',
      [`alice may have any number open instead of 1 ${FROM_ALICE}`],
    ],
    ['a limit', FIRST, 'rate: 3/minute', FIRST, NOTHING],
    ['not disabled', FIRST, 'disabled: true', FIRST, [`alice is joined again ${FROM_ALICE}`]],
    ['disabled, without its limits', FIRST, FIRST, 'disabled: true', NOTHING],
    [
      'more types',
      ONLY,
      ONLY,
      ONLY.replace(']', ', artifact.ref]'),
      [`builder may also carry artifact.ref ${FROM_BUILDER}`],
    ],
    ['fewer types', ONLY, ONLY.replace(']', ', artifact.ref]'), ONLY, NOTHING],
    [
      'every type',
      ONLY,
      ONLY,
      'rate: 9/day',
      [`builder is not narrowed to task.accept, task.request, task.result, task.update ${FROM_BUILDER}`],
    ],
  ])('of an edge: %s', (_name, part, old, now, expected) => {
    expect(told(changed([part, old]), changed([part, now]))).toEqual(expected);
  });

  test('of secrets: one that an agent gets besides', () => {
    const open = ['secrets: [model]', 'secrets: [model, forge]'] as const;
    const having = (words: string) => changed(open, [PLACE, `${PLACE}${words}`]);
    const one = having('\n    secrets: [model]');
    const two = having('\n    secrets: [forge, model]');
    expect(told(one, two)).toEqual(['builder gets the secret forge']);
    expect(told(two, one)).toEqual([]);
  });

  test('nothing of a first revision, and nothing of a node that is new', () => {
    const { graph } = sound(ACME);
    expect(relaxations(plan(null, graph))).toEqual([]);
    expect(relaxations(plan(sound(ACME.replaceAll('helper', 'second')).graph, graph))).toEqual([]);
  });
});
