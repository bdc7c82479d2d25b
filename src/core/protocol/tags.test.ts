import { describe, expect, test } from 'vitest';
import { decision } from '../../../test/support/forgeries.ts';
import { createWorld, uuidOf } from '../../../test/support/world.ts';
import { suiteWasm } from '../../adapters/crypto/suite-wasm.ts';
import { parseTags } from './tags.ts';

const world = createWorld(suiteWasm);
const { tags } = world.compose({
  ...decision,
  rev: 4,
  conversation: uuidOf(2),
  re: '1e'.repeat(32),
  expiration: 1_900_000_000,
});
const NEEDED = ['v', 'p', 'type', 'graph', 'dedup', 'epoch'];
const names = tags.map((tag) => tag[0]!);
const other = (change: (tag: string[]) => string[][], name: string) =>
  tags.flatMap((tag) => (tag[0] === name ? change(tag) : [tag]));

/** What reading such tags comes to. */
const read = (given: string[][]): 'exact' | 'inexact' | 'thrown' => {
  try {
    return parseTags(given).exact ? 'exact' : 'inexact';
  } catch {
    return 'thrown';
  }
};

describe('tags', () => {
  test('what composing writes is exact, with every tag there is', () => {
    expect(read(tags)).toBe('exact');
    expect(names.sort()).toEqual(
      [...NEEDED, 'seq', 'rev', 'e', 'session', 'conversation', 'expiration', 'alt'].sort(),
    );
    expect(parseTags(tags).tags).toMatchObject({
      rev: 4,
      seq: { n: 1 },
      session: uuidOf(1),
      conversation: uuidOf(2),
      e: '1e'.repeat(32),
      expiration: 1_900_000_000,
    });
  });

  test('their order says nothing', () => {
    expect(parseTags([...tags].reverse())).toEqual(parseTags(tags));
  });

  test.each(names)('%s: twice, one value more, one less, upper case or empty is not exact', (name) => {
    const bad = NEEDED.includes(name) ? 'thrown' : 'inexact';
    expect(read(other((tag) => [tag, tag], name))).toBe('inexact');
    expect(read(other((tag) => [[...tag, 'more']], name))).toBe(bad);
    expect(read(other((tag) => [tag.slice(0, -1)], name))).toBe(bad);
    expect(read(other(([first]) => [[first!]], name))).toBe(bad);
    expect(read(other(([first, ...rest]) => [[first!.toUpperCase(), ...rest]], name))).toBe(bad);
    expect(read(other(([first, ...rest]) => [[first!, ...rest.map(() => '')]], name))).toBe(bad);
    // A sentence may end in a space; the check that computes it again then refuses it.
    if (name !== 'alt')
      expect(read(other(([first, ...rest]) => [[first!, ...rest.map((value) => `${value} `)]], name))).toBe(
        bad,
      );
  });

  test.each(NEEDED)('%s cannot be left out', (name) => {
    expect(read(other(() => [], name))).toBe('thrown');
  });

  test.each([[['role', 'host']], [[]], [['']], [['__proto__', 'x']], [['constructor', 'x']]])(
    'T76 the unknown tag %j is not exact',
    (tag) => {
      expect(read([...tags, tag])).toBe('inexact');
    },
  );

  test.each([
    ['seq', ['5e'.repeat(16), '0']],
    ['seq', ['5e'.repeat(16), '-1']],
    ['seq', ['5e'.repeat(16), '01']],
    ['seq', ['5e'.repeat(16), '1e3']],
    ['seq', ['5e'.repeat(16), '1.0']],
    ['seq', ['5e'.repeat(16), '٣']],
    ['seq', ['5E'.repeat(16), '1']],
    ['seq', [`0${'5e'.repeat(16)}`, '1']],
    ['seq', [`${'5e'.repeat(16)}0`, '1']],
    ['epoch', ['3', 'b0'.repeat(15)]],
    ['p', [`0${'1e'.repeat(32)}`]],
    ['p', [`${'1e'.repeat(32)}0`]],
    ['e', [`0${'1e'.repeat(32)}`]],
    ['session', [`0${uuidOf(1)}`]],
    ['session', [`${uuidOf(1)}0`]],
    ['epoch', ['9007199254740993', 'b0'.repeat(16)]],
    ['p', ['npub1xyz']],
    ['v', ['entangle/1\u0000']],
    ['dedup', ['a\nb']],
    ['dedup', ['x'.repeat(201)]],
    ['session', ['not-a-uuid']],
  ])('T13 %s %j is not a value', (name, values) => {
    expect(read(other(() => [[name, ...values]], name))).not.toBe('exact');
  });

  test('a number of a tag can be said back in a body: T22 no fast-forward beyond every count', () => {
    const top = '9'.repeat(14);
    expect(Number(top)).toBeLessThan(2 ** 48);
    expect(read(other(() => [['seq', '5e'.repeat(16), top]], 'seq'))).toBe('exact');
    expect(read(other(() => [['seq', '5e'.repeat(16), `${top}0`]], 'seq'))).toBe('inexact');
  });
});
