/** What holds for every message at the one door, on both implementations of the cryptography. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { suiteNoble } from '../../src/adapters/crypto/suite-noble.ts';
import { suiteWasm } from '../../src/adapters/crypto/suite-wasm.ts';
import { open, Rejected } from '../../src/core/protocol/open.ts';
import type { OpenContext } from '../../src/core/protocol/open-checks.ts';
import type { MessageType } from '../../src/core/protocol/table.ts';
import { messageTypes, rowOf } from '../../src/core/protocol/table.ts';
import { bodiesOf } from '../support/bodies.ts';
import { isSlow, times } from '../support/counts.ts';
import type { Name, Said, Tamper } from '../support/world.ts';
import { createWorld, uuidOf } from '../support/world.ts';

const FLIPS = times(200, 20_000);
const BODIES = times(8, 200);
const world = createWorld(suiteWasm);

const outcome = (text: string, door: OpenContext): unknown => {
  try {
    return open(text, door);
  } catch (error) {
    if (error instanceof Rejected) return error.reason;
    throw error;
  }
};
const task: Said<'task.request'> = {
  type: 'task.request',
  from: 'user',
  to: 'node',
  body: { session: uuidOf(1), attempt: 1, task: 'mend it', budget: { hops: 8, turns: 5, path: ['user'] } },
};

/** A signer and a recipient of the type; each type with its foremost roles. */
const pairOf = (type: MessageType): { from: Name; to: Name } => {
  const { signers, to } = rowOf(type)!;
  const from = signers[0]!;
  return { from, to: to.find((role) => role !== from) ?? (from === 'node' ? 'peer' : to[0]!) };
};

describe('bytes', () => {
  test('T05 a bit flipped anywhere in a wrap: refused, and nothing but Rejected is thrown', () => {
    const text = world.deliver(task);
    const door = world.door('node');
    const bytes = Buffer.from(text);
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.nat(7), (at, bit) => {
        const flipped = Buffer.from(bytes);
        flipped[at]! ^= 1 << bit;
        expect(outcome(flipped.toString('utf8'), door)).toBeTypeOf('string');
      }),
      { numRuns: FLIPS },
    );
  });

  test.each(['sealText', 'rumorText', 'eventText'] as const)(
    'T05 a character changed in the %s by whoever wraps it: refused',
    (layer) => {
      const door = world.door('node');
      let length = 0;
      world.deliver(task, {
        [layer]: (text: string) => {
          length = text.length;
          return text;
        },
      });
      fc.assert(
        fc.property(fc.nat(length - 1), fc.nat(94), (at, shift) => {
          const change = (text: string): string => {
            const code = 32 + ((text.charCodeAt(at) - 32 + 1 + (shift % 94)) % 95);
            return text.slice(0, at) + String.fromCharCode(code) + text.slice(at + 1);
          };
          const tamper: Tamper = { [layer]: change };
          expect(outcome(world.deliver(task, tamper), door)).toBeTypeOf('string');
        }),
        { numRuns: FLIPS / 5 },
      );
    },
  );

  test('T05 truncated anywhere, or anything else that is text: refused', () => {
    const text = world.deliver(task);
    const door = world.door('node');
    fc.assert(
      fc.property(fc.nat(text.length - 1), (at) => {
        expect(outcome(text.slice(0, at), door)).toBeTypeOf('string');
      }),
      { numRuns: FLIPS / 5 },
    );
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.string({ unit: 'binary' })), (junk) => {
        expect(outcome(junk, door)).toBeTypeOf('string');
        expect(outcome(world.deliver(task, { sealText: () => junk || ' ' }), door)).toBeTypeOf('string');
        expect(outcome(world.deliver(task, { rumorText: () => junk || ' ' }), door)).toBeTypeOf('string');
        expect(outcome(world.deliver(task, { eventText: () => junk }), door)).toBeTypeOf('string');
        const content = (event: { content: string }) => ({ ...event, content: junk });
        expect(outcome(world.deliver(task, { event: content as never }), door)).toBeTypeOf('string');
      }),
      { numRuns: FLIPS / 10 },
    );
  });
});

describe('open(compose(x)) = x', () => {
  test.each(messageTypes().map(([type]) => type))('%s: any body its schema allows', (type) => {
    const { from, to } = pairOf(type);
    fc.assert(
      fc.property(bodiesOf(type), fc.nat(1e9), (body, n) => {
        const said = { type, from, to, body, n: n + 1 } as Said;
        const { nonce, ...rest } = open(world.deliver(said), world.door(to)).body as { nonce: string };
        expect(rest).toEqual(body);
        expect(nonce).toMatch(/^[0-9a-f]{32}$/);
      }),
      { numRuns: BODIES },
    );
  });

  test('T08 T76 a body of one type is never let in as another that says something else', () => {
    const types = messageTypes().map(([type]) => type);
    fc.assert(
      fc.property(fc.constantFrom(...types), fc.constantFrom(...types), (type, claimed) => {
        const { from, to } = pairOf(type);
        const body = fc.sample(bodiesOf(type), 1)[0]!;
        const tamper: Tamper = {
          event: (event) => ({
            ...event,
            tags: event.tags.map((tag) => (tag[0] === 'type' ? ['type', claimed] : tag)),
          }),
        };
        const text = world.deliver({ type, from, to, body } as Said, tamper);
        const result = outcome(text, world.door(to));
        const fits = rowOf(claimed)!.body.safeParse({ ...(body as object), nonce: '00'.repeat(16) }).success;
        const carried = rowOf(claimed)!.ephemeral === rowOf(type)!.ephemeral;
        // Consent has a kind and a sentence of its own.
        const consented = rowOf(claimed)!.consent === rowOf(type)!.consent;
        expect(typeof result).toBe(fits && carried && consented ? 'object' : 'string');
      }),
      { numRuns: times(60, 2000) },
    );
  });
});

describe('both suites', () => {
  const noble = createWorld(suiteNoble, 'noble');

  test('each opens what the other composed, to the same message', () => {
    for (const [type] of messageTypes().filter((_, i) => isSlow || i % 6 === 0)) {
      const { from, to } = pairOf(type);
      const body = fc.sample(bodiesOf(type), { numRuns: 1, seed: 7 })[0]!;
      const said = { type, from, to, body } as Said;
      for (const author of [world, noble]) {
        const text = author.deliver(said);
        const [one, other] = [world, noble].map((reader) => outcome(text, reader.door(to)));
        expect(one).toEqual(other);
        expect(one).toBeTypeOf('object');
      }
    }
  });

  test('T05 each refuses a flipped bit for the same reason', () => {
    const bytes = Buffer.from(world.deliver(task));
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.nat(7), (at, bit) => {
        const flipped = Buffer.from(bytes);
        flipped[at]! ^= 1 << bit;
        const text = flipped.toString('utf8');
        expect(outcome(text, noble.door('node'))).toBe(outcome(text, world.door('node')));
      }),
      { numRuns: FLIPS / 10 },
    );
  });

  test('the same seed and time give the same bytes', () => {
    const [one, other] = [suiteWasm, suiteNoble].map((suite) => createWorld(suite, 'same').deliver(task));
    expect(one).toBe(other);
  });
});
