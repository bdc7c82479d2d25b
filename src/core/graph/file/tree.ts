/**
 * YAML or JSON text to plain values with places. Reads less than YAML: no aliases, no tags, one document,
 * string keys once each; so nothing expands, nothing recurses without bound, nothing constructs an object.
 */
import { EVENT_ID, type Event, parseEvents } from 'js-yaml';
import { MAX_GRAPH_BYTES } from '../../bounds.ts';
import { unseenIn, whyNotYaml } from '../../encoding/yaml.ts';
import { makeReport, type ProblemCode, type Report } from './report.ts';
import { NOWHERE, type Position, placesOf, type SourceMap, START, sourceMap } from './source-map.ts';
import { isNothing, MAX_NESTING, offsetOf, TOO_DEEP, Walk } from './walk.ts';

/** As people read it. */
export const GRAPH_MIB = MAX_GRAPH_BYTES / 1_048_576;
/** Deeper than this the parser, which recurses, reads nothing at all. */
const MAX_READ = 4 * MAX_NESTING;

export type Tree = { readonly value: unknown; readonly source: SourceMap; readonly report: Report };

const refuse = (code: ProblemCode, message: string, position = START): Tree => {
  const report = makeReport(() => NOWHERE);
  report.add(code, { path: '', position }, message);
  return { value: undefined, source: NOWHERE, report };
};

/** Whether a text has more bytes of UTF-8 than files and revisions may. */
export const isTooLarge = (text: string): boolean =>
  text.length > MAX_GRAPH_BYTES ||
  (text.length * 3 > MAX_GRAPH_BYTES && new TextEncoder().encode(text).length > MAX_GRAPH_BYTES);

/** What the signs of a file may come to: those of five thousand nodes and as many edges as may be come to two million. */
const MAX_SIGNS = 2_500_000;
/** How many events a sign may make: a key alone in a list begins and ends a map, and has a value. */
const EVENTS_OF = { '\n': 1, '\r': 1, ',': 1, '[': 2, '{': 2, ':': 3, '?': 3 } as const;
const SIGNS = new Uint8Array(128);
for (const [sign, events] of Object.entries(EVENTS_OF)) SIGNS[sign.charCodeAt(0)] = events;

/** Each value and each key ends with such a sign, and takes memory; they are counted before any is made. */
const hasTooManySigns = (text: string): boolean => {
  let signs = 0;
  for (let at = 0; at < text.length; at++) signs += SIGNS[text.charCodeAt(at)] ?? 0;
  // A list begins with this one; within words it is none
  for (let at = text.indexOf('- '); at >= 0; at = text.indexOf('- ', at + 1)) signs += 2;
  return signs > MAX_SIGNS;
};

/** Reads a graph file's text; `value` is undefined when nothing could be read. */
export const readTree = (text: string): Tree => {
  if (isTooLarge(text)) return refuse('too_large', `a graph file is at most ${GRAPH_MIB} MiB`);
  if (/\p{Surrogate}/u.test(text)) return refuse('not_text', 'is not valid Unicode text');
  if (hasTooManySigns(text)) return refuse('too_large', 'has more signs than a graph needs');
  const place = placesOf(text);
  const unseen = unseenIn(text);
  if (unseen) return refuse('syntax', unseen.reason, place(unseen.offset));
  try {
    return walked(text, parseEvents(text, { maxDepth: MAX_READ }), place);
  } catch (error) {
    const { reason, offset } = whyNotYaml(error);
    return reason.startsWith('nesting exceeded')
      ? refuse('too_deep', TOO_DEEP, place(offset))
      : refuse('syntax', reason, place(offset));
  }
};

const walked = (text: string, events: readonly Event[], place: (offset: number) => Position): Tree => {
  const [first, second] = events.flatMap((event, at) => (event.type === EVENT_ID.DOCUMENT ? [at] : []));
  if (first === undefined || isNothing(events[first + 1])) return refuse('missing', 'is empty');
  if (second !== undefined)
    return refuse('documents', 'a graph file holds one document', place(secondIn(text, events[second + 1]!)));
  const offsets = new Map<string, number>();
  const source = sourceMap(offsets, place);
  const report = makeReport(() => source);
  const walk = new Walk(text, events, offsets, (code, path, offset, message) =>
    report.add(code, { path, position: place(offset) }, message),
  );
  return { value: walk.value('', 0, 0), source, report };
};

/** Of two documents the second begins with this sign; what it holds follows. */
const secondIn = (text: string, content: Event): number =>
  Math.max(0, text.lastIndexOf('---', offsetOf(content, text.length)));
