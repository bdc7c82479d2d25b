/** The one place where a value of any origin meets a schema. */
import type * as z from 'zod';

/**
 * What is refused with the value that was there, so that words for people can be made of it; never throws.
 * Zod takes the `length` of whatever has one before it has looked whether that is a list or a text, and compares it: an
 * object in its place throws. A value that did this has the wrong type there, with or without its lengths.
 */
export function readShape<S extends z.ZodType>(schema: S, value: unknown): z.ZodSafeParseResult<z.output<S>> {
  try {
    return schema.safeParse(value, { reportInput: true });
  } catch {
    return schema.safeParse(withoutLengths(value), { reportInput: true });
  }
}

const withoutLengths = (value: unknown): unknown =>
  JSON.parse(
    JSON.stringify(value, (key, member: unknown) =>
      key === 'length' && typeof member === 'object' ? undefined : member,
    ),
  );
