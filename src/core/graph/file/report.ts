/** Problems of a graph file: all of them at once, each with its place and, where one is near, a suggestion. */
import { cutMarked } from '../../encoding/cut.ts';
import { nearest } from '../../encoding/nearest.ts';
import type { Severity } from '../../vocabulary.ts';
import type { Position, SourceMap } from './source-map.ts';

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
  not_enforced: 'error',
  binding_not_of_operation: 'error',
  assurance_not_of_operation: 'error',
  duplicate_ssh_key: 'error',
  quorum_unreachable: 'error',
  narrowed_unanswerable: 'error',
  nothing_sent: 'warning',
  approver_edge_narrowed: 'warning',
  asked_by_agent: 'warning',
  approval_by_nobody: 'warning',
  four_eyes_unreachable: 'warning',
  unreachable_agent: 'warning',
  no_agents: 'warning',
  cycle_without_budget: 'warning',
  no_network: 'warning',
  network_not_enforced: 'warning',
  too_many: 'error',
} as const satisfies Record<string, Severity>;
export type ProblemCode = keyof typeof PROBLEMS;

/** More of one severity than this are counted, not listed; suggestions cost more and end sooner. */
const MAX_LISTED = 1_000;
const MAX_SUGGESTIONS = 100;

/** A path, or a path with its position where the source map does not have it. */
type Place = string | { readonly path: string; readonly position: Position };
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
          : null;
      if (meant) suggestions += 1;
      // What helps most comes last: a long list of what there is makes room for it
      const help = near === null ? '' : `; did you mean \`${near}\`?`;
      problems.push({
        severity,
        code,
        path: cutMarked(path, 200),
        ...position,
        message: cutMarked(message, 400 - help.length) + help,
        ...(near !== null && { suggestion: near }),
      });
    },
  };
};
