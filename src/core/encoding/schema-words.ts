/** Schemas in words, for the generated documents. */
import * as z from 'zod';
import type { Grammar } from '../grammars.ts';
import {
  COMMIT_ID,
  DURATION,
  GRAPH_ID,
  LABEL_KEY,
  LABEL_VALUE,
  NAME,
  NETWORK_TARGET,
  RATE,
  REASON,
  RELAY_URL,
  UUID,
} from '../grammars.ts';

/** The part of JSON Schema that the body schemas come to. */
type Shape = {
  type?: string | string[];
  const?: unknown;
  enum?: unknown[];
  anyOf?: Shape[];
  oneOf?: Shape[];
  pattern?: string;
  maxLength?: number;
  description?: string;
  minimum?: number;
  maximum?: number;
  items?: Shape | false;
  prefixItems?: Shape[];
  maxItems?: number;
  properties?: Record<string, Shape>;
  required?: string[];
  propertyNames?: Shape;
  additionalProperties?: Shape | false;
};
const shapeOf = (schema: z.ZodType): Shape => z.toJSONSchema(schema) as Shape;

export const inlineCode = (text: string): string => `\`${text}\``;
export const inlineCodes = (items: readonly string[]): string => items.map(inlineCode).join(', ');
const SIGNED_EVENT = ['id', 'pubkey', 'created_at', 'kind', 'tags', 'content', 'sig'].join();
const COUNT = 2 ** 48;
const HEX = /^\^\[0-9a-f\]\{(\d+)\}\$$/;

/** Grammars that the documents call by name. */
export const NAMED_GRAMMARS: readonly Grammar[] = [
  NAME,
  NETWORK_TARGET,
  GRAPH_ID,
  UUID,
  COMMIT_ID,
  REASON,
  LABEL_KEY,
  LABEL_VALUE,
  DURATION,
  RATE,
  RELAY_URL,
];
export const plainName = ({ what }: Grammar): string => what.replace(/^(?:an?|the) /, '');
const PATTERNS: ReadonlyMap<string, string> = new Map(
  NAMED_GRAMMARS.map((grammar) => [grammar.pattern.source, plainName(grammar)]),
);

const textShape = ({ pattern, maxLength, const: only }: Shape): string => {
  if (only !== undefined) return inlineCode(JSON.stringify(only));
  if (pattern === undefined) return maxLength === undefined ? 'text' : `text ≤ ${maxLength}`;
  const digits = HEX.exec(pattern)?.[1];
  if (digits) return `${Number(digits) / 2} bytes hex`;
  return PATTERNS.get(pattern) ?? `text ${inlineCode(pattern)}`;
};

const numberShape = ({ minimum, maximum }: Shape): string =>
  minimum === 0 && maximum === COUNT ? 'count' : `integer ${minimum}…${maximum}`;

const objectShape = (shape: Shape): string => {
  if (shape.additionalProperties)
    return `map of ${wordsOf(shape.propertyNames ?? {})} to ${wordsOf(shape.additionalProperties)}`;
  const fields = Object.keys(shape.properties ?? {});
  if (fields.join() === SIGNED_EVENT) return 'signed event';
  return `{ ${fields.map((name) => fieldOf(shape, name)).join('; ')} }`;
};

const fieldOf = (shape: Shape, name: string): string =>
  `${name}${shape.required?.includes(name) ? '' : '?'}: ${wordsOf(shape.properties![name]!)}`;

const listShape = ({ maxItems, items }: Shape): string => {
  const of = wordsOf(items || {});
  return maxItems === undefined ? `list of ${of}` : `at most ${maxItems} of ${of}`;
};

const wordsOf = (shape: Shape): string => {
  if (shape.enum) return inlineCodes(shape.enum.map(String));
  const choices = shape.anyOf ?? shape.oneOf;
  if (choices) return choices.map(wordsOf).join(' or ');
  if (shape.prefixItems) return `[${shape.prefixItems.map(wordsOf).join(', ')}]`;
  if (shape.type === 'array') return listShape(shape);
  if (shape.type === 'object') return objectShape(shape);
  if (shape.type === 'string') return textShape(shape);
  if (shape.type === 'integer' || shape.type === 'number') return numberShape(shape);
  return shape.type === undefined ? 'any value' : [shape.type].flat().join(' or ');
};

/** One line a field of an object. */
export const fieldLines = (schema: z.ZodType): string[] => {
  const shape = shapeOf(schema);
  return Object.keys(shape.properties ?? {})
    .filter((name) => name !== 'nonce')
    .map((name) => {
      const optional = shape.required?.includes(name) ? '' : ' (may be left out)';
      const field = shape.properties![name]!;
      const note = field.description === undefined ? '' : `: ${field.description}`;
      return `- ${inlineCode(name)}${optional}: ${wordsOf(field)}${note}`;
    });
};
