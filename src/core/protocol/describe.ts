/** The protocol in words, derived from the table and the checks themselves: what `docs/protocol.md` holds. */
import { fieldLines, inlineCode, inlineCodes, NAMED_GRAMMARS, plainName } from '../encoding/schema-words.ts';
import { RELATIONS, type Relation, ROLES, type Role, type Side } from '../vocabulary.ts';
import { AUTHORIZE_RULES } from './authorize.ts';
import { EVIDENCE_CHECKS } from './evidence.ts';
import { CONSENT_KIND, KIND, RECORD_KIND, WIRE_VERSION } from './message.ts';
import { RECORDS } from './messages/records.ts';
import type { MessageRow } from './messages/row.ts';
import { OPEN_STEPS } from './open-checks.ts';
import { REFUSALS } from './refusals.ts';
import type { MessageType } from './table.ts';
import { messageTypes } from './table.ts';

const NAMES: Readonly<Record<Role, string>> = {
  host: 'Host Authority',
  runner: 'Runner',
  user: 'User Node',
  node: 'Node runtime',
};

const overWhat = ({ sends }: MessageRow): string => {
  if (sends === null) return 'control plane: no edge';
  if (sends === 'any') return 'whatever edge joins the two; none where the Host has the bytes';
  return `edges ${inlineCodes(sends)}`;
};

const messageSection = ([type, row]: [MessageType, MessageRow]): string[] => {
  const who = (roles: readonly Role[]): string => roles.map((role) => NAMES[role]).join(' or ');
  const facts = [
    `${who(row.signers)} → ${who(row.to)}`,
    overWhat(row),
    ...(row.answers ? [`answers ${inlineCodes(row.answers)}`] : []),
    ...(row.follows ? [`follows its signer’s ${inlineCodes(row.follows)}`] : []),
    ...(row.consent ? [`consent: kind ${CONSENT_KIND}, with its sentence in ${inlineCode('alt')}`] : []),
    ...(row.ephemeral ? ['ephemeral'] : []),
    ...(row.admission ? ['may come from a stranger'] : []),
  ];
  const body = fieldLines(row.body);
  return [
    `#### ${inlineCode(type)}`,
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
export const relationTypes = (relation: Relation, side: Side): MessageType[] =>
  messageTypes()
    .filter(([, row]) => Array.isArray(row.sends) && row.sends.includes(`${relation}.${side}`))
    .map(([type]) => type);

const relationTable = (): string[] => [
  '| relation, A → B | A sends | B sends |',
  '|---|---|---|',
  ...RELATIONS.map((relation) => {
    const sends = (side: Side): string => inlineCodes(relationTypes(relation, side)) || 'nothing yet';
    return `| ${inlineCode(relation)} | ${sends('a')} | ${sends('b')} |`;
  }),
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
      if ('layer' in step) return `take off: ${step.layer} (else ${inlineCode('malformed')})`;
      return `${inlineCode(step.name)}${step.reason === step.name ? '' : ` (${inlineCode(step.reason)})`}`;
    }),
  ),
  '',
  '## Is it allowed: `authorize()`',
  '',
  'Rules in order; the first that objects decides: rejected, held until more is known, or kept as late.',
  '',
  ...numbered(
    AUTHORIZE_RULES.map(({ name, reasons }) => {
      const given = reasons.length > 0 ? inlineCodes(reasons) : 'reasons of its own for each case';
      return `${inlineCode(name)}: ${given}`;
    }),
  ),
  '',
  '## What becomes of what is refused',
  '',
  ...Object.entries(REFUSALS).map(([end, reasons]) => `- *${end}*: ${inlineCodes([...reasons].sort())}`),
  '',
  'Final: whatever comes, the same bytes stay refused; a wrap whose own signature held is deleted where relays do that, and known',
  'again by its id. Passing: news may make it welcome; of each signer a few stay, and what has to go comes again from its',
  'sender. Kept: it is in the ledger, held, as evidence, or accepted without effect.',
  '',
  '## Evidence inside a message: `verifyEvidence()`',
  '',
  ...numbered(EVIDENCE_CHECKS.map((check) => inlineCode(check.name))),
  '',
];

const recordSections = (): string[] => [
  `## Records (kind ${RECORD_KIND})`,
  '',
  'What a home writes down for itself: signed by its own key, kept in its ledger, never sent.',
  '',
  ...Object.entries(RECORDS).flatMap(([type, schema]) => [
    `### ${inlineCode(type)}`,
    '',
    ...fieldLines(schema),
    '',
  ]),
];

/** The whole document. The same table gives the same text. */
export const describeProtocol = (): string =>
  [
    '# Protocol',
    '',
    '<!-- Generated by `npm run docs` from src/core/protocol; a test compares. -->',
    '',
    `Version ${inlineCode(WIRE_VERSION)}. A *count* is an integer 0…2^48. Every body also has ${inlineCode('nonce')}: 16 bytes hex.`,
    '',
    ...NAMED_GRAMMARS.map((one) => `- *${plainName(one)}*: ${one.rule}`),
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
