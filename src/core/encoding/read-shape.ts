/** The one place where a value of any origin meets a schema. */
import type * as z from 'zod';

/** Zod compiles the schema of an object when it first reads with it, which costs as much as some fifty of them read without. */
const WORTH_COMPILING = 50;
const uses = new WeakMap<z.ZodType, number>();
const isSeldomUsed = (schema: z.ZodType): boolean => {
  const before = uses.get(schema) ?? 0;
  if (before === WORTH_COMPILING) return false;
  uses.set(schema, before + 1);
  return true;
};

/**
 * What is refused with the value that was there, so that words for people can be made of it; never throws.
 * Zod takes the `length` of whatever has one before it has looked whether that is a list or a text, and compares it: an
 * object in its place throws. A value that did this has the wrong type there, with or without its lengths.
 */
export function readShape<S extends z.ZodType>(schema: S, value: unknown): z.ZodSafeParseResult<z.output<S>> {
  const how = { reportInput: true, jitless: isSeldomUsed(schema) };
  try {
    return schema.safeParse(value, how);
  } catch {
    return schema.safeParse(withoutLengths(value), how);
  }
}

const withoutLengths = (value: unknown): unknown =>
  JSON.parse(
    JSON.stringify(value, (key, member: unknown) =>
      key === 'length' && typeof member === 'object' ? undefined : member,
    ),
  );
