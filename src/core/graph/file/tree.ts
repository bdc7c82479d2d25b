/**
 * YAML or JSON text to plain values with places. Reads less than YAML: no anchors' aliases, no tags, one document,
 * string keys once each; so nothing expands, nothing recurses without bound, nothing constructs an object.
 */
import {
  Composer,
  type CST,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  Lexer,
  LineCounter,
  type Node,
  type Pair,
  Parser,
} from 'yaml';
import { MAX_GRAPH_BYTES } from '../../bounds.ts';
import { makeReport, type Report } from './report.ts';
import { NOWHERE, type Position, type SourceMap, START } from './source-map.ts';

/** As people read it. */
export const GRAPH_MIB = MAX_GRAPH_BYTES / 1_048_576;
export const MAX_NESTING = 32;
type Token = CST.Token;
/** Unfinished tokens that the parser may hold: a few for each level of nesting. */
const MAX_STACK = 4 * MAX_NESTING;
const TOO_DEEP = `nested deeper than ${MAX_NESTING} levels`;

export type Tree = { readonly value: unknown; readonly source: SourceMap; readonly report: Report };

const refuse = (code: 'too_large' | 'not_text' | 'too_deep', message: string, at = START): Tree => {
  const report = makeReport(() => NOWHERE);
  report.add(code, { path: '', position: at }, message);
  return { value: undefined, source: NOWHERE, report };
};

/** Whether a text has more bytes of UTF-8 than files and revisions may. */
export const isTooLarge = (text: string): boolean =>
  text.length > MAX_GRAPH_BYTES ||
  (text.length * 3 > MAX_GRAPH_BYTES && new TextEncoder().encode(text).length > MAX_GRAPH_BYTES);

/** Signs and words of a file: five thousand nodes and as many edges as may be have a million and a half. */
const MAX_LEXEMES = 2_000_000;
type TooMuch = { readonly code: 'too_deep' | 'too_large'; readonly message: string; readonly offset: number };

/** Syntax tokens, or where they pass a bound: this parser keeps its own stack, the next one recurses. */
const tokenize = (text: string, lines: LineCounter): readonly Token[] | TooMuch => {
  const parser = new Parser(lines.addNewLine);
  lines.addNewLine(0);
  const tokens: Token[] = [];
  let lexemes = 0;
  for (const lexeme of new Lexer().lex(text)) {
    for (const token of parser.next(lexeme)) tokens.push(token);
    const { offset } = parser;
    if (parser.stack.length > MAX_STACK) return { code: 'too_deep', message: TOO_DEEP, offset };
    if (++lexemes > MAX_LEXEMES)
      return { code: 'too_large', message: 'has more signs than a graph needs', offset };
  }
  for (const token of parser.end()) tokens.push(token);
  return tokens;
};

const compose = (tokens: readonly Token[]): Document.Parsed[] => {
  const composer = new Composer({ uniqueKeys: false, version: '1.2', merge: false, prettyErrors: false });
  return [...composer.compose(tokens, true, 0)];
};

const EXPLICIT_TAGS = new Set(['tag:yaml.org,2002:str', 'tag:yaml.org,2002:map', 'tag:yaml.org,2002:seq']);
const KEYS_REFUSED = new Set(['__proto__', 'prototype']);

const NO_ALIAS = 'aliases are not read: write the value out';
const noTag = (tag: string): string => `tags such as ${tag.slice(0, 64)} are not read`;

type Walk = {
  readonly offsets: Map<string, number>;
  add(
    code: 'alias' | 'tag' | 'key' | 'duplicate_key' | 'too_deep' | 'not_text' | 'wrong_value',
    path: string,
    offset: number,
    message: string,
  ): void;
};
const offsetOf = (node: { range?: readonly number[] | null } | null | undefined, otherwise: number) =>
  node?.range?.[0] ?? otherwise;

const joined = (path: string, key: string | number): string => (path === '' ? `${key}` : `${path}.${key}`);

const scalar = (value: unknown, path: string, offset: number, walk: Walk): unknown => {
  if (typeof value === 'string' && /\p{Surrogate}/u.test(value))
    walk.add('not_text', path, offset, 'holds half a character (a lone surrogate)');
  if (typeof value === 'number' && !Number.isFinite(value)) {
    walk.add('wrong_value', path, offset, 'is not a number that can be represented exactly');
    return null;
  }
  return value;
};

const isText = (name: unknown): name is string => typeof name === 'string' && name.isWellFormed();
type Refused = readonly ['alias' | 'tag' | 'key' | 'duplicate_key', string];
const keyProblem = (key: Node | null, name: unknown, into: Record<string, unknown>): Refused | null => {
  if (isAlias(key)) return ['alias', NO_ALIAS];
  if (isScalar(key) && key.tag !== undefined && !EXPLICIT_TAGS.has(key.tag)) return ['tag', noTag(key.tag)];
  // YAML reads `1:` and `null:` as a number and nothing, and "\ud800" as half a character; only text is a key.
  if (!isText(name)) return ['key', 'keys must be plain text'];
  if (KEYS_REFUSED.has(name)) return ['key', `\`${name}\` is not allowed as a key`];
  return Object.hasOwn(into, name) ? ['duplicate_key', `\`${name.slice(0, 64)}\` is written twice`] : null;
};

const visitPair = (pair: Pair, into: Record<string, unknown>, path: string, depth: number, walk: Walk) => {
  const key = pair.key as Node | null;
  const offset = offsetOf(key, 0);
  const name = isScalar(key) ? key.value : undefined;
  const below = joined(path, isText(name) ? name : '?');
  const refused = keyProblem(key, name, into);
  if (refused) return walk.add(refused[0], below, offset, refused[1]);
  const child = pair.value as Node | null;
  const scalarChild = isScalar(child) && child.value !== null;
  walk.offsets.set(below, scalarChild ? offsetOf(child, offset) : offset);
  walk.offsets.set(`${below}:key`, offset);
  into[name as string] = visit(child, below, depth + 1, walk, offset);
};

const visit = (node: Node | null, path: string, depth: number, walk: Walk, around: number): unknown => {
  if (node === null) return null;
  const offset = offsetOf(node, around);
  if (isAlias(node)) {
    walk.add('alias', path, offset, NO_ALIAS);
    return null;
  }
  if (node.tag !== undefined && !EXPLICIT_TAGS.has(node.tag)) {
    walk.add('tag', path, offset, noTag(node.tag));
    return null;
  }
  if (depth > MAX_NESTING) {
    walk.add('too_deep', path, offset, TOO_DEEP);
    return null;
  }
  if (isMap(node)) {
    // Without a prototype, so that no key finds anything that the file did not write.
    const object: Record<string, unknown> = Object.create(null);
    for (const pair of node.items) visitPair(pair, object, path, depth, walk);
    return object;
  }
  if (isSeq(node))
    return node.items.map((item, index) => {
      const below = joined(path, index);
      walk.offsets.set(below, offsetOf(item as Node, offset));
      return visit(item as Node, below, depth + 1, walk, offset);
    });
  return isScalar(node) ? scalar(node.value, path, offset, walk) : null;
};

/** Reads a graph file's text; `value` is undefined when nothing could be read. */
export const readTree = (text: string): Tree => {
  if (isTooLarge(text)) return refuse('too_large', `a graph file is at most ${GRAPH_MIB} MiB`);
  if (/\p{Surrogate}/u.test(text)) return refuse('not_text', 'is not valid Unicode text');
  const lines = new LineCounter();
  const place = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  const tokens = tokenize(text, lines);
  if ('code' in tokens) return refuse(tokens.code, tokens.message, place(tokens.offset));
  const offsets = new Map<string, number>();
  const source = sourceMap(offsets, place);
  const report = makeReport(() => source);
  const documents = compose(tokens);
  const first = documents[0];
  for (const document of documents)
    for (const error of document.errors)
      report.add(
        'syntax',
        { path: '', position: place(error.pos[0]) },
        error.message.split('\n')[0]!.slice(0, 200),
      );
  if (documents.length > 1)
    report.add(
      'documents',
      { path: '', position: place(offsetOf(documents[1], 0)) },
      'a graph file holds one document',
    );
  if (!first?.contents || report.errors > 0) {
    if (report.errors === 0) report.add('missing', '', 'is empty');
    return { value: undefined, source, report };
  }
  const value = visit(
    first.contents as Node,
    '',
    0,
    {
      offsets,
      add: (code, path, offset, message) => report.add(code, { path, position: place(offset) }, message),
    },
    0,
  );
  return { value, source, report };
};

const sourceMap = (offsets: ReadonlyMap<string, number>, place: (offset: number) => Position): SourceMap => ({
  at(path) {
    for (let at = path; at !== ''; at = at.slice(0, Math.max(0, at.lastIndexOf('.')))) {
      const offset = offsets.get(at);
      if (offset !== undefined) return place(offset);
    }
    return START;
  },
});
