/** The protocol in words, derived from the table and the checks themselves: what `docs/protocol.md` holds. */
import * as z from 'zod';
import { RELATIONS } from '../graph/edges.ts';
import { AUTHORIZE_RULES } from './authorize.ts';
import { EVIDENCE_CHECKS } from './evidence.ts';
import type { Role } from './message.ts';
import { KIND, RECORD_KIND, WIRE_VERSION } from './message.ts';
import { OPEN_STEPS } from './open-checks.ts';
import { RECORDS } from './records.ts';
import type { MessageRow } from './row.ts';
import { commitId, name, reason, uuid } from './row.ts';
import type { MessageType } from './table.ts';
import { messageTypes } from './table.ts';

const NAMES: Readonly<Record<Role, string>> = {
  host: 'Host Authority',
  runner: 'Runner',
  user: 'User Node',
  node: 'Node runtime',
};
const ROLES = Object.keys(KIND) as Role[];

/** The part of JSON Schema that the body schemas come to. */
type Shape = {
  type?: string;
  const?: unknown;
  enum?: unknown[];
  anyOf?: Shape[];
  pattern?: string;
  maxLength?: number;
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

const code = (text: string): string => `\`${text}\``;
const codes = (items: readonly string[]): string => items.map(code).join(', ');
const SIGNED_EVENT = ['id', 'pubkey', 'created_at', 'kind', 'tags', 'content', 'sig'].join();
const COUNT = 2 ** 48;
const HEX = /^\^\[0-9a-f\]\{(\d+)\}\$$/;

/** Patterns that have a name of their own. */
const PATTERNS: ReadonlyMap<string, string> = new Map(
  Object.entries({ name, reason, uuid, 'commit id': commitId }).map(([word, schema]) => [
    shapeOf(schema).pattern ?? '',
    word,
  ]),
);

const textShape = ({ pattern, maxLength, const: only }: Shape): string => {
  if (only !== undefined) return code(JSON.stringify(only));
  if (pattern === undefined) return `text ≤ ${maxLength}`;
  const digits = HEX.exec(pattern)?.[1];
  if (digits) return `${Number(digits) / 2} bytes hex`;
  return PATTERNS.get(pattern) ?? `text ${code(pattern)}`;
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

const wordsOf = (shape: Shape): string => {
  if (shape.enum) return codes(shape.enum.map(String));
  if (shape.anyOf) return shape.anyOf.map(wordsOf).join(' or ');
  if (shape.prefixItems) return `[${shape.prefixItems.map(wordsOf).join(', ')}]`;
  if (shape.type === 'array') return `at most ${shape.maxItems} of ${wordsOf(shape.items || {})}`;
  if (shape.type === 'object') return objectShape(shape);
  if (shape.type === 'string') return textShape(shape);
  if (shape.type === 'integer' || shape.type === 'number') return numberShape(shape);
  return String(shape.type);
};

const fields = (schema: z.ZodType): string[] => {
  const shape = shapeOf(schema);
  return Object.keys(shape.properties ?? {})
    .filter((name) => name !== 'nonce')
    .map((name) => {
      const optional = shape.required?.includes(name) ? '' : ' (may be left out)';
      return `- ${code(name)}${optional}: ${wordsOf(shape.properties![name]!)}`;
    });
};

const overWhat = ({ sends }: MessageRow): string => {
  if (sends === null) return 'control plane: no edge';
  if (sends === 'any') return 'whatever edge joins the two';
  return `edges ${codes(sends)}`;
};

const messageSection = ([type, row]: [MessageType, MessageRow]): string[] => {
  const who = (roles: readonly Role[]): string => roles.map((role) => NAMES[role]).join(' or ');
  const facts = [
    `${who(row.signers)} → ${who(row.to)}`,
    overWhat(row),
    ...(row.answers ? [`answers ${codes(row.answers)}`] : []),
    ...(row.follows ? [`follows its signer’s ${codes(row.follows)}`] : []),
    ...(row.ephemeral ? ['ephemeral'] : []),
    ...(row.admission ? ['may come from a stranger'] : []),
  ];
  const body = fields(row.body);
  return [
    `#### ${code(type)}`,
    '',
    row.doc,
    '',
    `${facts.join('; ')}.`,
    '',
    ...(body.length > 0 ? [...body, ''] : []),
  ];
};

/** Types under the signer they are foremost of; what every role may sign stands by itself. */
const messageSections = (): string[] => {
  const all = messageTypes();
  const everyone = all.filter(([, row]) => row.signers.length === ROLES.length);
  const groups = ROLES.map((role) => ({
    title: `${NAMES[role]} (kind ${KIND[role]})`,
    rows: all.filter(([, row]) => row.signers[0] === role && !everyone.some(([, one]) => one === row)),
  }));
  return [...groups, { title: 'Every role', rows: everyone }].flatMap(({ title, rows }) => [
    `### ${title}`,
    '',
    ...rows.flatMap(messageSection),
  ]);
};

/** Types that a side of a relation sends, as rows of the table say. */
export const relationTypes = (relation: (typeof RELATIONS)[number], side: 'a' | 'b'): MessageType[] =>
  messageTypes()
    .filter(([, row]) => Array.isArray(row.sends) && row.sends.includes(`${relation}.${side}`))
    .map(([type]) => type);

const relationTable = (): string[] => [
  '| relation, A → B | A sends | B sends |',
  '|---|---|---|',
  ...RELATIONS.map(
    (relation) =>
      `| ${code(relation)} | ${codes(relationTypes(relation, 'a'))} | ${codes(relationTypes(relation, 'b'))} |`,
  ),
  '',
];

const numbered = (lines: readonly string[]): string[] => lines.map((line, i) => `${i + 1}. ${line}`);
const checkLists = (): string[] => [
  '## The one door in: `open()`',
  '',
  'Checks in order, with the reason a refusal is counted under; between them, which layer is taken off.',
  '',
  ...numbered(
    OPEN_STEPS.map((step) => {
      if ('layer' in step) return `take off: ${step.layer} (else ${code('malformed')})`;
      return `${code(step.name)}${step.reason === step.name ? '' : ` (${code(step.reason)})`}`;
    }),
  ),
  '',
  '## Is it allowed: `authorize()`',
  '',
  'Rules in order; the first that objects decides: rejected, held until more is known, or kept as late.',
  '',
  ...numbered(
    AUTHORIZE_RULES.map(({ name, reasons }) => {
      const given = reasons.length > 0 ? codes(reasons) : 'reasons of its own for each case';
      return `${code(name)}: ${given}`;
    }),
  ),
  '',
  '## Evidence inside a message: `verifyEvidence()`',
  '',
  ...numbered(EVIDENCE_CHECKS.map((check) => code(check.name))),
  '',
];

const recordSections = (): string[] => [
  `## Records (kind ${RECORD_KIND})`,
  '',
  'What a home writes down for itself: signed by its own key, kept in its ledger, never sent.',
  '',
  ...Object.entries(RECORDS).flatMap(([type, schema]) => [`### ${code(type)}`, '', ...fields(schema), '']),
];

/** The whole document. The same table gives the same text. */
export const describeProtocol = (): string =>
  [
    '# Protocol',
    '',
    '<!-- Generated by `npm run docs` from src/core/protocol; a test compares. -->',
    '',
    `Version ${code(WIRE_VERSION)}. A *count* is an integer 0…2^48. Every body also has ${code('nonce')}: 16 bytes hex.`,
    '',
    ...[...PATTERNS].map(([pattern, word]) => `- *${word}*: ${code(pattern)}`),
    '',
    '## Messages',
    '',
    ...messageSections(),
    '## Relations',
    '',
    'What an edge of the graph lets each side send. Blobs travel over any edge.',
    '',
    ...relationTable(),
    ...checkLists(),
    ...recordSections(),
  ]
    .join('\n')
    .trimEnd()
    .concat('\n');
