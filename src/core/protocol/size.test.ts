import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createTaskDrafts } from '../../../test/support/task-draft.ts';
import { uuidOf } from '../../../test/support/world.ts';
import { isWellFormed, utf8Length } from '../encoding/bytes.ts';
import { cutTail, cutText } from '../encoding/cut.ts';
import { composeRumor } from '../nostr/envelope.ts';
import { composeMessage, type Draft } from './compose.ts';
import {
  fittingEvidence,
  isDecidable,
  MAX_BODY_BYTES,
  MAX_RUMOR_BYTES,
  rumorBytes,
  wireBytes,
} from './size.ts';

const { world, stamp, request } = createTaskDrafts();
const { user, node, runner, host } = world.actors;
const compose = (task: string) => composeMessage(world.suite, request(task), stamp);
/** Any character that is longer in JSON than in memory, and some that are not. */
const hard = fc.string({
  unit: fc.constantFrom('a', '"', '\\', '\n', '\u0001', 'é', '世', '🚀', '\u2028'),
  maxLength: 300,
});

describe('sizes are exact', () => {
  test('of a whole rumor', () => {
    fc.assert(
      fc.property(hard, (task) => {
        const event = compose(task);
        const rumor = composeRumor(world.suite, event, node.pubkey);
        expect(rumorBytes(event)).toBe(utf8Length(JSON.stringify(rumor)));
      }),
    );
  });
  test('of a part alone: as it stands in JSON in JSON in JSON', () => {
    expect(wireBytes('a')).toBe(String.raw`\\\"a\\\"`.length);
    expect(wireBytes(['a', 1])).toBe(String.raw`[\\\"a\\\",1]`.length);
  });
  test('of a part of its body: what it adds to the rumor', () => {
    const bare = rumorBytes(compose('')) - wireBytes('');
    fc.assert(
      fc.property(hard, (task) => {
        expect(rumorBytes(compose(task))).toBe(bare + wireBytes(task));
      }),
    );
  });
});

describe('evidence', () => {
  const rest = {
    session: uuidOf(1),
    attempt: 1,
    step: 1,
    state: 'accepted',
    node: 'builder',
    requester: user.pubkey,
  };
  const observed = (evidence: unknown[]): Draft<'session.observed'> => ({
    type: 'session.observed',
    from: runner.pubkey,
    to: host.pubkey,
    body: { ...rest, evidence } as never,
    dedup: 'x'.repeat(120),
  });
  const observe = (evidence: unknown[]) =>
    composeMessage(world.suite, observed(evidence), {
      ...stamp,
      role: 'runner',
      secretKey: runner.secretKey,
    });

  test('of any task that may be sent fits beside the observation, however it is written', () => {
    fc.assert(
      fc.property(hard, fc.integer({ min: 1, max: 60 }), (text, times) => {
        const task = cutText(text.repeat(times), 6000);
        let event: ReturnType<typeof compose>;
        try {
          event = compose(task);
        } catch (error) {
          expect(error).toMatchObject({ code: 'invalid' });
          return;
        }
        expect(fittingEvidence(rest, [event], 2)).toEqual([event]);
        expect(rumorBytes(observe([event]))).toBeLessThanOrEqual(MAX_RUMOR_BYTES);
      }),
      { numRuns: 200 },
    );
  });
  test('that does not fit is left out, and what comes after it is not', () => {
    const small = compose('x');
    const large = compose('x'.repeat(5000));
    const many = [large, large, large, large, small];
    const fitting = fittingEvidence(rest, many, 4);
    expect(fitting.length).toBeLessThan(5);
    expect(fitting.at(-1)).toBe(small);
    expect(wireBytes({ ...rest, evidence: fitting })).toBeLessThanOrEqual(MAX_BODY_BYTES);
    expect(fittingEvidence(rest, [undefined, small, small, small], 2)).toEqual([small, small]);
  });
  test('fits up to the last byte of the body that it stands in', () => {
    const event = compose('x');
    const alone = wireBytes({ ...rest, note: '', evidence: [] }) + wireBytes(event) + 1;
    const filled = (free: number) => ({ ...rest, note: 'x'.repeat(MAX_BODY_BYTES - alone - free) });
    expect(fittingEvidence(filled(0), [event], 2)).toEqual([event]);
    expect(fittingEvidence(filled(-1), [event], 2)).toEqual([]);
    expect(fittingEvidence(filled(0), [event, event], 2)).toEqual([event]);
  });
});

test('a task of 5,600 CJK characters with 300 quotation marks is refused, not composed for ever', () => {
  const task = '世'.repeat(5600) + '"'.repeat(300);
  expect(() => compose(task)).toThrow(
    expect.objectContaining({
      code: 'invalid',
      message: expect.stringMatching(/^the task is too long: [0-9]+ bytes/),
      hint: expect.stringContaining('repository'),
    }),
  );
  expect(() => compose('世'.repeat(5600))).not.toThrow();
});

test('a text is cut between characters: half of one no recipient would take', () => {
  fc.assert(
    fc.property(hard, fc.nat(300), (text, max) => {
      for (const cut of [cutText(text, max), cutTail(text, max)]) {
        expect(isWellFormed(cut)).toBe(true);
        expect(cut.length).toBeLessThanOrEqual(max);
        expect(cut.length).toBeGreaterThanOrEqual(Math.min(text.length, max) - 1);
      }
    }),
  );
  expect([cutText('a🚀b', 2), cutTail('a🚀b', 2)]).toEqual(['a', 'b']);
});

test('a subject is decidable while the longest decision about it fits as evidence', () => {
  const most = (character: string): number => {
    let [least, above] = [0, 20_000];
    while (above - least > 1) {
      const middle = (least + above) >> 1;
      if (isDecidable({ command: character.repeat(middle) })) least = middle;
      else above = middle;
    }
    return least;
  };
  // Quotation marks take sixteen times as much as letters, four levels deep
  expect([most('x') / most('"') > 14, most('x') > 6_000]).toEqual([true, true]);
});
