/** The file as it was written, for what the normal form has moved or sorted: where a value stands. */
import type { GraphDraft } from './draft.ts';
export const valueAt = (root: unknown, path: readonly PropertyKey[]): unknown => {
  let at = root;
  for (const key of path) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, key)) return undefined;
    at = (at as Record<PropertyKey, unknown>)[key];
  }
  return at;
};

/** The texts of a list; nothing of what is no list. */
export const listOf = (value: unknown): string[] =>
  Array.isArray(value) ? value.map((item) => (typeof item === 'string' ? item : '')) : [];

/** Path of a key of the value at a path, where the file has it; else of the value itself. */
export const pathWithin = (draft: GraphDraft, path: string, key: string): string =>
  valueAt(draft.raw, [...path.split('.'), key]) === undefined ? path : `${path}.${key}`;

/** Path of an item of the list at a path; else of the list itself. */
export const pathOfItem = (draft: GraphDraft, path: readonly string[], item: string): string => {
  const index = listOf(valueAt(draft.raw, path)).indexOf(item);
  return [...path, ...(index < 0 ? [] : [index])].join('.');
};
