import canonicalize from 'canonicalize';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { entry, sealed, sha256, testEvent } from '../../../test/support/ledger-events.ts';
import { toHex, utf8 } from '../encoding/bytes.ts';
import { chainOf, GENESIS, type Line, leafOf, nextLine, parseLine, verifyChain, writeLine } from './line.ts';

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
    for (const lines of [[a, forged], [a, content], [a, seal], [a, c], [b], [a, b, b], [b, a]])
      expect(() => verifyChain(sha256, lines)).toThrowError(/not a ledger line/);
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

  test('refuses every other spelling', () => {
    const text = writeLine(three()[1]!);
    for (const bad of [
      `${text} `,
      ` ${text}`,
      text.replace('{"n":2', '{"n":2.0'),
      text.replace('{"n":2', '{"n":1,"n":2'),
      text.replace('{"n":2', '{"extra":1,"n":2'),
      text.replace('{"n":2,"at"', '{"at"'),
      text.replace('"dir":"out"', '"dir":"up"'),
      text.replace('"dir":"out"', '"dir":"in"'),
      text.replace('000Z', '000+01:00'),
      text.replace(/"kind":\d+/, '"kind":-1'),
      text.replace(/"sig":"./, '"sig":"'),
      text.replace('entangle/1', '\\ud800'),
      text.slice(0, -1),
      '',
      'null',
      '[]',
      '['.repeat(300_000),
    ])
      expect(() => parseLine(bad)).toThrowError(/not a ledger line/);
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
