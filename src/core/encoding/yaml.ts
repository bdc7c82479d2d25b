/** YAML as people write it, read by YAML 1.2's core schema; what is not YAML is said by who reads it. */
import { CORE_SCHEMA, dump, loadAll, NOT_RESOLVED, YAMLException } from 'js-yaml';

const MAX_NESTING = 64;

/**
 * What neither YAML nor JSON lets stand in a text, here in comments too, and a line end without a line feed: YAML has a line
 * end there and who shows the text has none, so that what a reviewer takes for the rest of a comment would be read.
 */
const UNSEEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f]|\r(?!\n)/u;

/** Where a text has such a sign, or null. */
export const unseenIn = (text: string): { reason: string; offset: number } | null => {
  const offset = text.search(UNSEEN);
  if (offset < 0) return null;
  const reason =
    text[offset] === '\r'
      ? 'a line that ends without a line feed'
      : 'has a control character: write it by its number, as "\\u0007"';
  return { reason, offset };
};

const NO_COLON = 'a colon is missing, or the space behind it';
/** What a person more often did: the parser sees it only where the text no longer fits, mostly a line below. */
const SLIPS: Readonly<Record<string, string>> = {
  'deficient indentation': 'a quotation mark or bracket above is not closed, or its end is not indented',
  'bad indentation of a mapping entry': 'a colon is missing above, or a value here needs quotation marks',
  "expected ':' after a mapping key": NO_COLON,
  'can not read a block mapping entry; a multiline key may not be an implicit key': NO_COLON,
  'end of the stream or a document separator is expected': NO_COLON,
};
const withSlip = (reason: string): string =>
  Object.hasOwn(SLIPS, reason) ? `${reason}; perhaps ${SLIPS[reason]}` : reason;

/** What a parser said, and where in the text; whatever else it throws is a fault of the text too. */
export const whyNotYaml = (error: unknown): { reason: string; offset: number } =>
  error instanceof YAMLException
    ? { reason: withSlip(error.reason.slice(0, 200)), offset: error.mark?.position ?? 0 }
    : { reason: 'cannot be read', offset: 0 };

/** Small files: one document or nothing (null), no aliases, each key once. */
export const parseYaml = (text: string, wrong: (why: string) => Error): unknown => {
  const notYaml = ({ reason, offset }: { reason: string; offset: number }): Error => {
    const lines = text.slice(0, offset).split('\n');
    return wrong(`not YAML: ${reason} at line ${lines.length}, column ${lines.at(-1)!.length + 1}`);
  };
  const unseen = unseenIn(text);
  if (unseen) throw notYaml(unseen);
  try {
    const documents = loadAll(text, { maxAliases: 0, maxDepth: MAX_NESTING });
    if (documents.length <= 1) return documents[0] ?? null;
  } catch (error) {
    throw notYaml(whyNotYaml(error));
  }
  throw wrong('not YAML: more than one document');
};

const PLAIN = CORE_SCHEMA.tags.flatMap((tag) => (tag.nodeKind === 'scalar' && tag.implicit ? [tag] : []));

/** What a scalar without quotation marks stands for. */
export const plainValue = (text: string): unknown => {
  const first = text.charAt(0);
  for (const { implicitFirstChars, resolve, tagName } of PLAIN) {
    if (implicitFirstChars !== null && !implicitFirstChars.includes(first)) continue;
    const value: unknown = resolve(text, false, tagName);
    if (value !== NOT_RESOLVED) return value;
  }
  return text;
};

/** The text of a plain value; each scalar on a line of its own, however long, and nothing by reference. */
export const yamlText = (value: unknown): string =>
  dump(value, { lineWidth: -1, noRefs: true, quoteStyle: 'double' });
