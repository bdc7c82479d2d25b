/** Chains of keys: which are one, which stands above which, and that everybody comes to the same one. */
import { describe, expect, test } from 'vitest';
import { createDice, seededRandom } from '../../../test/sim/dice.ts';
import { times } from '../../../test/support/counts.ts';
import { idealSuite } from '../../../test/support/ideal-suite.ts';
import { suiteWasm } from '../../adapters/crypto/suite-wasm.ts';
import { MAX_SUCCESSIONS } from '../bounds.ts';
import type { Suite } from '../crypto/suite.ts';
import { toHex } from '../encoding/bytes.ts';
import { MAX_BODY_BYTES, wireBytes } from '../protocol/size.ts';
import type { Succession } from './chain.ts';
import { type Chain, isChain, relationOf, signerBy, standing, succeed } from './succession.ts';

const federation = (suite: Suite, seed = 'chains') => {
  const random = seededRandom(seed);
  const founder = random(32);
  const recovery = random(32);
  const pubkey = (key: Uint8Array): string => toHex(suite.publicKey(key));
  const founding = {
    graph: `${pubkey(founder)}/acme`,
    recovery: toHex(suite.sha256(suite.publicKey(recovery))),
  };
  const keys = new Map([[pubkey(founder), founder]]);
  /** A further statement, by the key that signs, or by the recovery key. */
  const after = (chain: Chain, isRecovery = false, by?: Uint8Array): Succession[] => {
    const to = random(32);
    keys.set(pubkey(to), to);
    const key = by ?? (isRecovery ? recovery : keys.get(signerBy(founding.graph, chain))!);
    return succeed(suite, founding.graph, chain, { by: key, isRecovery, to, epoch: 3, at: 9 }, random);
  };
  return {
    founding,
    founder,
    recovery,
    random,
    after,
    is: (chain: Chain) => isChain(suite, founding, chain),
  };
};

describe('a chain', () => {
  const { after, is, founding, founder, random, recovery } = federation(suiteWasm);
  const one = after([]);
  const two = after(one, true);
  const three = after(two);
  const first = one[0]!;

  test('is one by whoever signs, and by the recovery key, at any place', () => {
    for (const chain of [one, two, three, after([], true)]) expect(is(chain)).toBe(true);
  });
  const altered: [string, Chain][] = [
    ['nothing at all', []],
    ['a number that is another', [{ ...first, n: 2 }]],
    ['a key that it leads from and nobody has', [{ ...first, from: first.to }]],
    ['a key that it leads to and did not sign', [{ ...first, to: three[2]!.to }]],
    ['another epoch', [{ ...first, epoch: 4 }]],
    ['another time', [{ ...first, at: 10 }]],
    ['a signature of somebody else', [{ ...first, sig: first.proof }]],
    ['a proof of somebody else', [{ ...first, proof: first.sig }]],
    ['one that was by the key before, said to be by recovery', [{ ...first, recovery: two[1]!.recovery }]],
    ['a recovery that is said to be none', [one[0]!, { ...two[1]!, recovery: null }]],
    ['a recovery by a key that nobody pinned', after([], true, founder)],
    ['a beginning that is cut off', three.slice(1)],
    ['one of another chain behind it', [after([])[0]!, three[1]!]],
    ['the order changed', [three[1]!, three[0]!]],
  ];
  test.each(altered)('with %s is none', (_what, chain) => {
    expect(is(chain)).toBe(false);
  });
  test('that comes back to a key is none, nor is one of another graph', () => {
    const back = { by: recovery, isRecovery: true, to: founder, epoch: 3, at: 9 };
    expect(is(succeed(suiteWasm, founding.graph, one, back, random))).toBe(false);
    expect(isChain(suiteWasm, { ...founding, graph: `${'ab'.repeat(32)}/acme` }, one)).toBe(false);
    expect(isChain(suiteWasm, { ...founding, graph: `${founding.graph}2` }, one)).toBe(false);
    expect(isChain(suiteWasm, { ...founding, recovery: '00'.repeat(32) }, two)).toBe(false);
  });
  test('whose statement stands in another, with the same keys before it, is none', () => {
    const [graph, key] = [founding.graph, random(32)];
    const byKey = { by: founder, isRecovery: false, to: key, epoch: 3, at: 9 };
    const rotated = succeed(suiteWasm, graph, [], byKey, random);
    const recovered = succeed(suiteWasm, graph, [], { ...byKey, by: recovery, isRecovery: true }, random);
    const next = succeed(suiteWasm, graph, rotated, { ...byKey, by: key, to: random(32) }, random);
    expect(is(next)).toBe(true);
    expect(is([recovered[0]!, next[1]!])).toBe(false);
  });
  test('as long as one may be fits a message', () => {
    const { after: more } = federation(idealSuite);
    let chain: Chain = [];
    for (let n = 0; n < MAX_SUCCESSIONS; n++) chain = more(chain, true);
    expect(wireBytes({ chain: [...chain] })).toBeLessThan(MAX_BODY_BYTES);
  });
});

describe('of two chains', () => {
  const { after } = federation(idealSuite);
  const [one, other] = [after([]), after([])];
  const [two, three] = [after(one), after(after(one))];
  const recovered = after([], true);

  test.each<[string, Chain, Chain, string]>([
    ['the same is known', one, one, 'known'],
    ['a shorter one is known', two, one, 'known'],
    ['a longer one follows', one, two, 'follows'],
    ['over several at once', [], three, 'follows'],
    ['two successors of one key contradict each other', one, other, 'conflict'],
    ['also further on', two, three, 'conflict'],
    ['and two recoveries', recovered, after([], true), 'conflict'],
    ['a recovery stands above a rotation', other, recovered, 'above'],
    ['above many', after(after(other)), recovered, 'above'],
    ['also where it comes later in its own', other, after(two, true), 'above'],
    ['and a rotation below it', recovered, after(after(other)), 'below'],
    ['but not below one that it contains', two, after(two, true), 'follows'],
    ['whose next rotation contradicts another', after(recovered), after(recovered), 'conflict'],
  ])('%s', (_what, mine, theirs, relation) => {
    expect(relationOf(mine, theirs)).toBe(relation);
  });
});

/** Members hear chains in any order, twice, and not all of them; what a thief makes of the keys it has, too. */
const wrongIn = (seed: number): string[] => {
  const dice = createDice(`successions ${seed}`);
  const { after, is, founding } = federation(idealSuite, `successions ${seed}`);
  const made: Chain[] = [[]];
  const steps = dice.between(1, 7);
  // Anybody who has a key of any chain goes on from it; only the Host has the recovery key, and uses it on what it has.
  let host: Chain = [];
  for (let n = 0; n < steps; n++) {
    const from = made[dice.between(0, made.length - 1)]!;
    if (dice.between(0, 2) > 0) made.push(after(from));
    else {
      host = after(host, dice.between(0, 1) === 1);
      made.push(host);
    }
  }
  host = after(host, true);
  made.push(host);
  const heard = made.filter((chain) => chain.length > 0);
  const wrong: string[] = [];
  const holds = (isSo: boolean, what: string) => {
    if (!isSo) wrong.push(`history ${seed}: ${what}`);
  };
  holds(heard.every(is), 'a chain that was made is none');
  const members = [0, 1, 2].map(() => {
    let followed: Chain = [];
    const times = heard.length * 2;
    for (let n = 0; n < times; n++) {
      const chain = heard[dice.between(0, heard.length - 1)]!;
      const relation = relationOf(followed, chain);
      if (relation === 'follows' || relation === 'above') followed = chain;
    }
    // At last the Host is heard: nobody has a recovery that is not in its chain
    const last = relationOf(followed, host);
    holds(['known', 'follows', 'above'].includes(last), `the Host’s chain at last: ${last}`);
    return standing(followed, host);
  });
  for (const chain of heard)
    for (const mine of members) {
      const relation = relationOf(mine, chain);
      holds(['known', 'below'].includes(relation), `a chain after that: ${relation}`);
    }
  const orders = [heard, heard.toReversed(), heard.toSorted(() => dice.between(-1, 1))];
  const stands = orders.map((order) => order.reduce<Chain>(standing, []));
  for (const chain of stands)
    holds(signerBy(founding.graph, chain) === signerBy(founding.graph, host), 'another order, another key');
  return wrong;
};
test('a thousand histories come to the Host’s chain', () => {
  const seeds = Array.from({ length: times(1_000, 10_000) }, (_, seed) => seed);
  expect(seeds.flatMap(wrongIn)).toEqual([]);
});
