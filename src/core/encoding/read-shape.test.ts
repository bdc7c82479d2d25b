import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import * as z from 'zod';
import { messageTypes, rowOf } from '../protocol/table.ts';
import { readShape } from './read-shape.ts';
import { list, text } from './schema.ts';
import { parseStrict } from './strict-json.ts';

const schema = z.strictObject({ words: list(text(5), 3), word: text(5), name: z.string().exactOptional() });

/** What an object of strict JSON and one of `JSON.parse` cannot be made a number of. */
const LENGTHS = ['{"length":{}}', '{"length":{"valueOf":1,"toString":1}}', '{"length":[{"toString":1}]}'];

describe('an object whose length is no number', () => {
  for (const read of [parseStrict, JSON.parse])
    for (const length of LENGTHS) {
      test(`in place of a list: ${read.name} ${length}`, () => {
        const result = readShape(schema, read(`{"words":${length},"word":"a"}`));
        expect(result.error?.issues[0]).toMatchObject({
          code: 'invalid_type',
          expected: 'array',
          path: ['words'],
        });
      });

      test(`in place of a text within a list: ${read.name} ${length}`, () => {
        const result = readShape(schema, read(`{"words":["a",${length}],"word":"a"}`));
        expect(result.error?.issues[0]).toMatchObject({
          code: 'invalid_type',
          expected: 'string',
          path: ['words', 1],
        });
      });
    }

  test('in place of each member of each message', () => {
    for (const [type] of messageTypes()) {
      const body = rowOf(type)!.body as z.ZodObject;
      for (const key of Object.keys(body.shape))
        for (const length of LENGTHS) {
          const value = parseStrict(`{${JSON.stringify(key)}:${length}}`);
          expect(readShape(body, value).success).toBe(false);
        }
    }
  });
});

test('a sound value is read as it is, members named length among them', () => {
  const numbers = z.record(z.string(), z.unknown());
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom('length', 'a', 'b'), fc.jsonValue()), (value) => {
      expect(readShape(numbers, value)).toEqual({ success: true, data: value });
    }),
  );
});

test('a schema is compiled when it has read so often that it pays, and reads the same before and after', () => {
  const own = z.strictObject({ word: text(5) });
  const compiling = vi.spyOn(globalThis, 'Function');
  try {
    const sound = { success: true, data: { word: 'a' } };
    const issuesOf = (value: unknown) => readShape(own, value).error?.issues;
    const wrong = issuesOf({ word: 'too long', other: 1 });
    for (let n = 0; n < 49; n++) expect(readShape(own, { word: 'a' })).toEqual(sound);
    expect(compiling).not.toHaveBeenCalled();
    expect(readShape(own, { word: 'a' })).toEqual(sound);
    expect(compiling).toHaveBeenCalledOnce();
    expect(issuesOf({ word: 'too long', other: 1 })).toEqual(wrong);
  } finally {
    compiling.mockRestore();
  }
});
