/** Generators derived from the message table: whatever a body's schema allows, small enough for one message. */
import fc from 'fast-check';
import * as z from 'zod';
import { RECORDS, type RecordType } from '../../src/core/protocol/messages/records.ts';
import type { MessageType } from '../../src/core/protocol/table.ts';
import { MESSAGES } from '../../src/core/protocol/table.ts';

type Json = {
  type?: string;
  const?: unknown;
  enum?: unknown[];
  anyOf?: Json[];
  oneOf?: Json[];
  pattern?: string;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  items?: Json | false;
  prefixItems?: Json[];
  maxItems?: number;
  properties?: Record<string, Json>;
  required?: string[];
  propertyNames?: Json;
  additionalProperties?: Json | false;
};

const LONGEST_TEXT = 60;
const LONGEST_LIST = 3;

/** Any text that has a UTF-8 form, by UTF-16 length as the schemas count. */
const texts = (max: number): fc.Arbitrary<string> =>
  fc
    .string({ unit: 'binary', maxLength: Math.min(max, LONGEST_TEXT) })
    .map((text) => text.slice(0, max))
    .filter((text) => text.isWellFormed());

/** A generator of strings costs milliseconds to make, and few kinds of string make up all bodies. */
const stringsOf = (schema: Json): fc.Arbitrary<string> => {
  const kind = `${schema.pattern ?? ''} ${schema.maxLength}`;
  const made =
    strings.get(kind) ??
    (schema.pattern ? fc.stringMatching(new RegExp(schema.pattern)) : texts(schema.maxLength!));
  strings.set(kind, made);
  return made;
};
const strings = new Map<string, fc.Arbitrary<string>>();

const objects = (schema: Json): fc.Arbitrary<unknown> => {
  const known = Object.entries(schema.properties ?? {}).filter(([key]) => key !== 'nonce');
  if (schema.additionalProperties)
    return fc.dictionary(
      (arbitraryOf(schema.propertyNames!) as fc.Arbitrary<string>).filter((key) => !(key in {})),
      arbitraryOf(schema.additionalProperties),
      { maxKeys: LONGEST_LIST, noNullPrototype: true },
    );
  const values = Object.fromEntries(known.map(([key, value]) => [key, arbitraryOf(value)]));
  const requiredKeys = known.map(([key]) => key).filter((key) => schema.required?.includes(key));
  return fc.record(values, { requiredKeys, noNullPrototype: true });
};

/** Throws for a kind of schema it does not know, so that a new one cannot go untested. */
const arbitraryOf = (schema: Json): fc.Arbitrary<unknown> => {
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum) return fc.constantFrom(...schema.enum);
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices) return fc.oneof(...choices.map(arbitraryOf));
  if (schema.prefixItems) return fc.tuple(...schema.prefixItems.map(arbitraryOf));
  if (schema.type === 'object') return objects(schema);
  if (schema.type === 'array' && schema.items)
    return fc.array(arbitraryOf(schema.items), { maxLength: Math.min(schema.maxItems!, LONGEST_LIST) });
  if (schema.type === 'integer') return fc.integer({ min: schema.minimum!, max: schema.maximum! });
  if (schema.type === 'boolean') return fc.boolean();
  if (schema.type === 'null') return fc.constant(null);
  if (schema.type === 'string') return stringsOf(schema);
  throw new Error(`no generator for ${JSON.stringify(schema)}`);
};

/** Bodies of a type, without the nonce. */
export const bodiesOf = (type: MessageType): fc.Arbitrary<never> =>
  arbitraryOf(z.toJSONSchema(MESSAGES[type].body) as Json) as fc.Arbitrary<never>;

export const recordBodiesOf = (type: RecordType): fc.Arbitrary<never> =>
  arbitraryOf(z.toJSONSchema(RECORDS[type]) as Json) as fc.Arbitrary<never>;
