import canonicalize from 'canonicalize';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { entry, sealed, sha256, testEvent } from '../../../test/support/ledger-events.ts';
import { toHex, utf8 } from '../encoding/bytes.ts';
import {
  chainOf,
  encodeLine,
  GENESIS,
  type Line,
  leafOf,
  MAX_LINE_BYTES,
  nextLine,
  parseLine,
  verifyChain,
  writeLine,
} from './line.ts';

const AT = '2026-11-23T10:00:00.000Z';
const three = (): Line[] => {
  const lines: Line[] = [];
  for (const e of [entry('a'), sealed('b'), { ...entry('c'), dir: 'local' as const }])
    lines.push(nextLine(sha256, lines.at(-1) ?? GENESIS, AT, e));
  return lines;
};

describe('docs/design.md §7: leaf and chain', () => {
  test('leaf is sha256 of the RFC 8785 form of everything but the content', () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(fc.string({ unit: 'grapheme' }))),
        fc.nat(),
        fc.string(),
        (tags, n, content) => {
          const event = { ...testEvent('x'), tags, content };
          const { id, pubkey, kind, created_at, sig } = event;
          const form = canonicalize({ n, at: AT, dir: 'in', id, pubkey, kind, created_at, tags, sig });
          expect(leafOf(sha256, { n, at: AT, dir: 'in', event })).toBe(toHex(sha256(utf8(form!))));
        },
      ),
    );
  });

  test('chain is sha256 of the raw previous chain and leaf, the first after 32 zero bytes', () => {
    const line = three()[0]!;
    const leaf = Buffer.from(leafOf(sha256, line), 'hex');
    expect(line.chain).toBe(toHex(sha256(Buffer.concat([Buffer.alloc(32), leaf]))));
    expect(chainOf(sha256, GENESIS.chain, leaf.toString('hex'))).toBe(line.chain);
  });

  test('a pruned content leaves the chain whole', () => {
    const lines = three().map((line) => ({ ...line, event: { ...line.event, content: '' } }));
    expect(verifyChain(sha256, lines)).toEqual({ n: 3, chain: lines[2]!.chain });
  });

  test('T102: a line changed, removed, repeated or moved breaks the chain', () => {
    const [a, b, c] = three() as [Line, Line, Line];
    const forged = { ...b, event: { ...b.event, tags: [['v', 'entangle/2']] } };
    const content = { ...b, event: { ...b.event, content: '{}' } };
    const seal = { ...b, seal: { ...b.seal!, content: 'AA' } };
    const rows: [Line[], string][] = [
      [[a, forged], 'event id is wrong'],
      [[a, content], 'event id is wrong'],
      [[a, seal], 'seal id is wrong'],
      [[a, c], 'its number is 3 where 2 follows'],
      [[b], 'its number is 2 where 1 follows'],
      [[a, b, b], 'its number is 2 where 3 follows'],
      [[a, { ...b, chain: c.chain }], 'its chain value is wrong'],
      [[a, { ...b, at: '2026-11-23T10:00:00.001Z' }], 'its chain value is wrong'],
    ];
    for (const [lines, words] of rows)
      expect(() => verifyChain(sha256, lines)).toThrow(`not a ledger line: ${words}`);
    expect(verifyChain(sha256, [b, c], a).n).toBe(3);
  });
});

describe('a line as text', () => {
  test('reads back what was written, in one line of text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (content) => {
        const text = `${content}\u2028\u2029\n\r`;
        const line = nextLine(sha256, GENESIS, AT, { dir: 'in', event: testEvent('x', text) });
        expect(writeLine(line)).not.toMatch(/[\n\r\u2028\u2029]/);
        expect(parseLine(writeLine(line))).toEqual(line);
      }),
    );
  });

  const sealedLine = writeLine(three()[1]!);
  const plain = writeLine(three()[0]!);
  const [, at = ''] = /"at":("[^"]*")/.exec(plain)!;
  test.each<[string, string, string]>([
    ['a space behind it', `${sealedLine} `, 'it is not in canonical form'],
    ['a space before it', ` ${sealedLine}`, 'it is not in canonical form'],
    ['another spelling of a number', plain.replace('{"n":1', '{"n":1.0'), 'it is not in canonical form'],
    ['a key said twice', plain.replace('{"n":1', '{"n":2,"n":1'), 'it is not in canonical form'],
    ['a member more', plain.replace('{"n":1', '{"extra":1,"n":1'), 'it is not in canonical form'],
    ['a member less', plain.replace('{"n":1,"at"', '{"at"'), 'n is not a count'],
    ['the number nought', plain.replace('{"n":1', '{"n":0'), 'n is not a count'],
    ['a broken number', plain.replace('{"n":1', '{"n":1.5'), 'n is not a count'],
    ['a time of another zone', plain.replace('000Z', '000+01:00'), 'at is not a time'],
    ['a time in a list', plain.replace(at, `[${at}]`), 'at is not a time'],
    ['an unknown direction', plain.replace('"dir":"in"', '"dir":"up"'), 'dir is unknown'],
    [
      'a chain of capitals',
      plain.replace(/"chain":"\w+/, (c) => c.toUpperCase().replace('CHAIN', 'chain')),
      'chain is not a digest',
    ],
    [
      'a seal on what came in',
      sealedLine.replace('"dir":"out"', '"dir":"in"'),
      'only outgoing lines have a seal',
    ],
    ['half a seal', sealedLine.replace(/"seal":\{"id":"\w+",/, '"seal":{'), 'seal is not a signed event'],
    ['a negative kind', plain.replace(/"kind":\d+/, '"kind":-1'), 'event is not a signed event'],
    ['an empty signature', plain.replace(/"sig":"./, '"sig":"'), 'event is not a signed event'],
    ['half a character', plain.replace('entangle/1', '\\ud800'), 'event is not a signed event'],
    ['its beginning', plain.slice(0, -1), 'it is not JSON'],
    ['nothing', '', 'it is not JSON'],
    ['null', 'null', 'it is not an object'],
    ['a number', '1', 'it is not an object'],
    ['a list', '[]', 'n is not a count'],
    ['what is too deep', '['.repeat(200_000), 'it is not JSON'],
    ['what is too long', ' '.repeat(MAX_LINE_BYTES), 'it is too long'],
  ])('refuses %s', (_what, bad, words) => {
    expect(() => parseLine(bad)).toThrow(
      expect.objectContaining({ code: 'invalid', message: `not a ledger line: ${words}` }),
    );
  });
  test('has as many bytes as a line may have, and not one more', () => {
    const sized = (letters: number) =>
      nextLine(sha256, GENESIS, AT, { dir: 'in', event: testEvent('x', 'x'.repeat(letters)) });
    const letters = MAX_LINE_BYTES - encodeLine(sized(1)).length + 1;
    const text = writeLine(sized(letters));
    expect(encodeLine(sized(letters))).toEqual(utf8(`${text}\n`));
    expect(parseLine(text)).toEqual(sized(letters));
    expect(() => encodeLine(sized(letters + 1))).toThrow(`at most ${MAX_LINE_BYTES} bytes`);
    expect(() => parseLine(writeLine(sized(letters + 1)))).toThrow('it is too long');
  });
  test('an entry that could not be read back is refused when appended', () => {
    const event = testEvent('x');
    for (const bad of [
      { dir: 'in' as const, event: { ...event, id: event.id.toUpperCase() } },
      { dir: 'in' as const, event: { ...event, content: 'other' } },
      { dir: 'in' as const, event, seal: event },
      { dir: 'out' as const, event, seal: { ...event, content: 'other' } },
    ])
      expect(() => nextLine(sha256, GENESIS, AT, bad)).toThrowError(/not a ledger line/);
    expect(() => nextLine(sha256, GENESIS, 'now', { dir: 'in', event })).toThrowError(/not a time/);
  });
});
