/** Problems of a graph file: all of them at once, each with its place and, where one is near, a suggestion. */

import { sanitize } from '../sanitize.ts';
import type { Position, SourceMap } from './file/source-map.ts';

export type Severity = 'error' | 'warning';
export type Problem = {
  readonly severity: Severity;
  readonly code: ProblemCode;
  /** Like "nodes.builder.engine.command" or "edges.3"; empty for the file as a whole. */
  readonly path: string;
  readonly line: number;
  readonly column: number;
  readonly message: string;
  readonly suggestion?: string;
};

/** Severity of each problem: errors refuse the graph, warnings do so only with `--strict`. */
export const PROBLEMS = {
  too_large: 'error',
  too_deep: 'error',
  syntax: 'error',
  not_text: 'error',
  documents: 'error',
  duplicate_key: 'error',
  key: 'error',
  alias: 'error',
  tag: 'error',
  missing: 'error',
  unknown_key: 'error',
  wrong_type: 'error',
  wrong_value: 'error',
  out_of_bounds: 'error',
  pubkey: 'error',
  duplicate_pubkey: 'error',
  unknown_node: 'error',
  unknown_relation: 'error',
  unknown_type: 'error',
  unknown_secret: 'error',
  unknown_principal: 'error',
  self_edge: 'error',
  duplicate_edge: 'error',
  unanswerable: 'error',
  only_not_carried: 'error',
  approver_not_user: 'error',
  approver_without_edge: 'error',
  quorum_unreachable: 'error',
  narrowed_unanswerable: 'error',
  nothing_sent: 'warning',
  approver_edge_narrowed: 'warning',
  approval_by_nobody: 'warning',
  four_eyes_unreachable: 'warning',
  unreachable_agent: 'warning',
  no_agents: 'warning',
  cycle_without_budget: 'warning',
  too_many: 'error',
} as const satisfies Record<string, Severity>;
export type ProblemCode = keyof typeof PROBLEMS;

/** More of one severity than this are counted, not listed; suggestions cost more and end sooner. */
const MAX_LISTED = 1_000;
const MAX_SUGGESTIONS = 100;

/** Edits between two words, at most `limit`; more than that is `limit + 1`. */
export const distance = (one: string, two: string, limit: number): number => {
  if (Math.abs(one.length - two.length) > limit) return limit + 1;
  let before: number[] = [];
  let row = Array.from({ length: two.length + 1 }, (_, column) => column);
  for (let i = 1; i <= one.length; i++) {
    const next = [i];
    for (let j = 1; j <= two.length; j++) {
      const same = one[i - 1] === two[j - 1];
      let cost = Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (same ? 0 : 1));
      // A swap of neighbours is one slip of the fingers: `bulider`.
      if (i > 1 && j > 1 && one[i - 1] === two[j - 2] && one[i - 2] === two[j - 1])
        cost = Math.min(cost, before[j - 2]! + 1);
      next.push(cost);
    }
    if (Math.min(...next) > limit) return limit + 1;
    before = row;
    row = next;
  }
  return row[two.length]!;
};

/** The candidate nearest to the word, if one is near enough to be what was meant. */
export const nearest = (word: string, candidates: Iterable<string>): string | undefined => {
  let best: string | undefined;
  let limit = Math.min(3, Math.max(1, Math.floor(word.length / 3)));
  for (const candidate of candidates) {
    const edits = distance(word, candidate, limit);
    if (edits > limit) continue;
    best = candidate;
    if (edits <= 1) break;
    limit = edits - 1;
  }
  return best;
};

/** A path, or a path with its position where the source map does not have it. */
export type Place = string | { readonly path: string; readonly position: Position };
export type Report = {
  readonly problems: Problem[];
  readonly errors: number;
  /** `meant`: the wrong word and what it may have meant. */
  add(
    code: ProblemCode,
    place: Place,
    message: string,
    meant?: { word: string; among: Iterable<string> },
  ): void;
};

/** After one of these the value is not there, so nothing more is said of its path. */
const UNREAD: ReadonlySet<ProblemCode> = new Set(['alias', 'tag', 'key', 'not_text']);

/** Collects problems in order of discovery; `source` turns paths into lines. */
export const makeReport = (source: () => SourceMap): Report => {
  const problems: Problem[] = [];
  const unread = new Set<string>();
  let suggestions = 0;
  const found = { error: 0, warning: 0 };
  return {
    problems,
    get errors() {
      return found.error;
    },
    add(code, place, message, meant) {
      const path = (typeof place === 'string' ? place : place.path).replace(/:key$/, '');
      if (unread.has(path)) return;
      if (UNREAD.has(code) && path !== '') unread.add(path);
      const severity = PROBLEMS[code];
      const listed = ++found[severity];
      if (listed > MAX_LISTED + 1) return;
      const position = typeof place === 'string' ? source().at(place) : place.position;
      if (listed > MAX_LISTED) {
        const words = `more than ${MAX_LISTED} ${severity}s; the rest is not listed`;
        problems.push({ severity, code: 'too_many', path: '', ...position, message: words });
        return;
      }
      const near =
        meant && meant.word.length <= 64 && suggestions < MAX_SUGGESTIONS
          ? nearest(meant.word, meant.among)
          : undefined;
      if (meant) suggestions += 1;
      const full = near === undefined ? message : `${message}; did you mean \`${near}\`?`;
      problems.push({
        severity,
        code,
        path: sanitize(path, 200),
        ...position,
        message: sanitize(full, 400),
        ...(near !== undefined && { suggestion: near }),
      });
    },
  };
};
