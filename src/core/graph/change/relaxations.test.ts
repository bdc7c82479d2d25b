import { describe, expect, test } from 'vitest';
import { ACME, changed, sound } from '../../../../test/graphs/acme.ts';
import { plan } from './plan.ts';
import { relaxations } from './relaxations.ts';

const BUDGET = 'budget: { hops: 3 }';
const PUBLISH = 'quorum: 2';
const NOTHING: string[] = [];

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
    ['no sandbox', BUDGET, BUDGET, 'sandbox: none', ['is no longer isolated (sandbox: none)']],
    ['a sandbox', BUDGET, 'sandbox: none', 'sandbox: bwrap', NOTHING],
    ['no sandbox as before', BUDGET, 'sandbox: none', `sandbox: none, ${BUDGET}`, NOTHING],
    ['the network', BUDGET, BUDGET, 'network: true', ['reaches the network']],
    ['the network as before', BUDGET, 'network: true', `network: true, ${BUDGET}`, NOTHING],
    ['any runner', BUDGET, 'require: enforced', BUDGET, ['may run where its policy is not enforced']],
    ['only a runner that enforces', BUDGET, BUDGET, 'require: enforced', NOTHING],
    ['such a runner as before', BUDGET, 'require: enforced', `require: enforced, ${BUDGET}`, NOTHING],
  ])('%s', (_name, part, old, now, expected) => {
    const graph = (words: string) =>
      changed([part, words.replace(', ', part === BUDGET ? '\n      ' : ', ')]);
    expect(relaxations(plan(graph(old), graph(now))).map(({ node, what }) => `${node} ${what}`)).toEqual(
      expected.map((what) => `builder ${what}`),
    );
  });

  test('nothing of a first revision, and nothing of a node that is new', () => {
    const { graph } = sound(ACME);
    expect(relaxations(plan(null, graph))).toEqual([]);
    expect(relaxations(plan(sound(ACME.replaceAll('helper', 'second')).graph, graph))).toEqual([]);
  });
});
