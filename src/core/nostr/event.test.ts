import fc from 'fast-check';
import { finalizeEvent, getEventHash, verifyEvent as nostrVerify } from 'nostr-tools/pure';
import { describe, expect, test } from 'vitest';
import { times } from '../../../test/support/counts.ts';
import { suiteNoble } from '../../adapters/crypto/suite-noble.ts';
import { suiteWasm } from '../../adapters/crypto/suite-wasm.ts';
import { toHex } from '../encoding/bytes.ts';
import {
  type EventTemplate,
  eventId,
  isRumorShape,
  isSignedEventShape,
  type SignedEvent,
  signEvent,
  verifyEvent,
  verifySignature,
} from './event.ts';

const suite = suiteWasm;
const key = new Uint8Array(32).fill(3);
const aux = new Uint8Array(32).fill(4);
const text = fc.string({ unit: 'grapheme' });
const template: fc.Arbitrary<EventTemplate> = fc.record({
  kind: fc.integer({ min: 0, max: 65_535 }),
  created_at: fc.nat(),
  tags: fc.array(fc.array(text, { maxLength: 4 }), { maxLength: 4 }),
  content: text,
});
const signed = (): SignedEvent =>
  signEvent(
    suite,
    { kind: 24158, created_at: 1_700_000_000, tags: [['p', 'x']], content: 'héllo\n' },
    key,
    aux,
  );

describe('signEvent and verifyEvent', () => {
  test('agree with nostr-tools, both ways', () => {
    fc.assert(
      fc.property(template, (value) => {
        const ours = signEvent(suite, value, key, aux);
        expect(ours.id).toBe(getEventHash({ ...value, pubkey: ours.pubkey }));
        expect(nostrVerify({ ...ours })).toBe(true);
        expect(verifyEvent(suite, finalizeEvent(structuredClone(value), key))).toBe(true);
        expect(verifyEvent(suiteNoble, JSON.parse(JSON.stringify(ours)))).toBe(true);
      }),
      { numRuns: times(25, 500) },
    );
  });

  test('signing leaves the template alone and freezes its own result to the bottom', () => {
    const input = { kind: 1, created_at: 5, tags: [['p', 'x']], content: 'a' };
    const event = signEvent(suite, input, key, aux);
    expect(input).toEqual({ kind: 1, created_at: 5, tags: [['p', 'x']], content: 'a' });
    input.tags[0]?.push('later');
    expect(event.tags).toEqual([['p', 'x']]);
    expect(() => event.tags[0]?.push('later')).toThrow(TypeError);
    expect(() => event.tags.push([])).toThrow(TypeError);
    expect(() => {
      event.content = 'b';
    }).toThrow(TypeError);
    expect(Object.keys(event).sort()).toEqual([
      'content',
      'created_at',
      'id',
      'kind',
      'pubkey',
      'sig',
      'tags',
    ]);
  });

  test.each([
    [{ kind: -1 }],
    [{ kind: 65_536 }],
    [{ kind: 1.5 }],
    [{ created_at: -1 }],
    [{ created_at: 2 ** 53 }],
    [{ created_at: 253_402_300_800 }],
    [{ content: 'a\ud800' }],
    [{ tags: [['\udc00']] }],
    [{ tags: [[1]] }],
  ])('refuses to sign %o', (bad) => {
    const input = { kind: 1, created_at: 1, tags: [], content: '', ...bad } as EventTemplate;
    expect(() => signEvent(suite, input, key, aux)).toThrow('malformed event template');
  });

  test('no verdict sticks to the object: a spread or changed copy is judged anew', () => {
    const event = signed();
    expect(verifyEvent(suite, event)).toBe(true);
    expect(verifyEvent(suite, { ...event, content: 'FORGED' })).toBe(false);
    const loose = structuredClone(event);
    expect(verifyEvent(suite, loose)).toBe(true);
    expect(verifySignature(suite, loose)).toBe(true);
    loose.content = 'FORGED';
    expect(verifyEvent(suite, loose)).toBe(false);
    loose.sig = 'ab'.repeat(64);
    expect(verifySignature(suite, loose)).toBe(false);
    const theirs = finalizeEvent({ kind: 1, created_at: 1, tags: [], content: 'a' }, key);
    expect(nostrVerify(theirs)).toBe(true);
    theirs.content = 'FORGED';
    expect(verifyEvent(suite, theirs)).toBe(false);
  });

  test('flip any character of any member: refused', () => {
    const event = signed();
    const json = JSON.stringify(event);
    for (let at = 0; at < json.length; at++) {
      const flipped = json.slice(0, at) + String.fromCharCode(json.charCodeAt(at) ^ 1) + json.slice(at + 1);
      let parsed: unknown;
      try {
        parsed = JSON.parse(flipped);
      } catch {
        continue;
      }
      expect([at, verifyEvent(suite, parsed)]).toEqual([at, false]);
    }
  });
});

describe('shape', () => {
  const event = signed();
  const { sig, ...rumor } = event;

  test.each<[string, unknown]>([
    ['null', null],
    ['an array', [event]],
    ['a text', JSON.stringify(event)],
    ['a missing member', rumor],
    ['one member more', { ...event, extra: 1 }],
    ['an inherited member', Object.assign(Object.create({ sig }) as object, rumor, { extra: 1 })],
    ['an upper-case id', { ...event, id: event.id.toUpperCase() }],
    ['a short signature', { ...event, sig: sig.slice(2) }],
    ['a long pubkey', { ...event, pubkey: `${event.pubkey}00` }],
    ['kind as text', { ...event, kind: '1' }],
    ['kind minus zero', { ...event, kind: -0 }],
    ['kind out of range', { ...event, kind: 65_536 }],
    ['time with a fraction', { ...event, created_at: 0.5 }],
    ['tags as an object', { ...event, tags: { 0: [] } }],
    ['a tag as text', { ...event, tags: ['p'] }],
    ['a number in a tag', { ...event, tags: [['p', 1]] }],
    ['content as a number', { ...event, content: 1 }],
    ['a lone surrogate', { ...event, content: '\udfff' }],
  ])('refuses %s', (_, value) => {
    expect(isSignedEventShape(value)).toBe(false);
    expect(verifyEvent(suite, value)).toBe(false);
  });

  test('a rumor is exactly an event without its signature', () => {
    expect(isRumorShape(rumor)).toBe(true);
    expect(isRumorShape(event)).toBe(false);
    const { id, ...unsigned } = rumor;
    expect(isRumorShape(unsigned)).toBe(false);
    expect(eventId(suite, rumor)).toBe(id);
    expect(event.pubkey).toBe(toHex(suite.publicKey(key)));
  });
});
