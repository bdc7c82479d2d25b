import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Allowance, allowed, isExceeded, share } from './budget.ts';

const fresh = (): Allowance => ({ hops: 8, turns: 50, path: ['alice'] });

describe('budget', () => {
  test('a delegation has one hop less and the sender in its path', () => {
    expect(share(fresh(), 'a', 'b')).toEqual({ hops: 7, turns: 25, path: ['alice', 'a'] });
  });
  test('the last hop and the last turn can be given away', () => {
    const last = { hops: 1, turns: 1, path: ['alice'] };
    expect(share({ ...last }, 'a', 'b')).toEqual({ hops: 0, turns: 1, path: ['alice', 'a'] });
    expect(share({ ...last, hops: 0 }, 'a', 'b')).toBeNull();
    expect(share({ ...last, turns: 0 }, 'a', 'b')).toBeNull();
  });
  test('what a node gives away is bounded by what came, and by what the graph gives the node', () => {
    expect(allowed(fresh(), undefined)).toEqual({ hops: 8, turns: 49, path: ['alice'] });
    expect(allowed(fresh(), { hops: 1, turns: 3 })).toEqual({ hops: 1, turns: 2, path: ['alice'] });
    expect(allowed(fresh(), { hops: 20, turns: 200 })).toEqual({ hops: 8, turns: 49, path: ['alice'] });
    expect(share(allowed(fresh(), { turns: 1 }), 'a', 'b')).toBeNull();
  });
  test('nobody gets a task back that they had, nor delegates to themselves', () => {
    expect(share({ ...fresh(), path: ['alice', 'b'] }, 'a', 'b')).toBeNull();
    expect(share(fresh(), 'a', 'a')).toBeNull();
  });
  test('the receiver refuses a path with itself, one that does not end at its sender, and no turns', () => {
    expect(isExceeded(fresh(), 'a', 'alice')).toBe(false);
    expect(isExceeded({ ...fresh(), path: ['a', 'alice'] }, 'a', 'alice')).toBe(true);
    expect(isExceeded(fresh(), 'a', 'bob')).toBe(true);
    expect(isExceeded({ ...fresh(), turns: 0 }, 'a', 'alice')).toBe(true);
  });
  test('however a tree delegates, it has no more turns than its root was given', () => {
    const nodes = fc.array(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i'), { maxLength: 200 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60 }), nodes, (turns, names) => {
        const open = [{ name: 'root', left: { hops: 16, turns: turns - 1, path: ['alice'] } }];
        let taken = 1;
        for (const [i, name] of names.entries()) {
          const from = open[i % open.length]!;
          const given = share(from.left, from.name, name);
          if (!given) continue;
          taken += 1;
          open.push({ name, left: { ...given, turns: given.turns - 1 } });
        }
        expect(taken).toBeLessThanOrEqual(turns);
      }),
    );
  });
});
