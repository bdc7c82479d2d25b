/** Where a call says that it writes. */
import * as z from 'zod';
import { readShape } from '../encoding/read-shape.ts';
import { FILE_NAMES } from './canary-asked.ts';

const MOST = 256;
const located = z
  .array(z.looseObject({ path: z.string() }))
  .max(MOST)
  .nullish();
const shape = z.looseObject({
  locations: located,
  content: z
    .array(z.looseObject({ type: z.string(), path: z.string().optional() }))
    .max(MOST)
    .nullish(),
  rawInput: z.unknown().optional(),
});

const isName = (key: string): boolean => FILE_NAMES.includes(key) || /path$/i.test(key);

/** Every place that its request names; none where that cannot be read as a whole. */
export const namedPlaces = (call: unknown): string[] => {
  const { data } = readShape(shape, call);
  if (data === undefined) return [];
  const { locations, content, rawInput } = data;
  const given = typeof rawInput === 'object' && rawInput !== null ? Object.entries(rawInput) : [];
  const all = [
    ...(locations ?? []).map(({ path }) => path),
    ...(content ?? []).filter(({ type }) => type === 'diff').map(({ path = '' }) => path),
    ...given.flatMap(([key, value]) => (isName(key) && typeof value === 'string' ? value : [])),
  ];
  return [...new Set(all)];
};
