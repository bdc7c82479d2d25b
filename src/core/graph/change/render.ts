/** A plan for reading: lines with a sign and a tone (the terminal chooses colours), Markdown, JSON. */
import { npub } from '../../encoding/id.ts';
import { sanitize } from '../../encoding/sanitize.ts';
import type { SandboxKind } from '../../vocabulary.ts';
import { nodeFile } from '../common-parts.ts';
import type { Edge } from '../edges.ts';
import { isolationText } from '../isolation.ts';
import type { GraphNode } from '../model.ts';
import { gapText } from '../named-principals.ts';
import { missingText } from '../named-secrets.ts';
import type { Impact, SessionEffect } from './impact.ts';
import type { AssignmentEffect } from './placement.ts';
import type { GraphChange, Plan } from './plan.ts';

export type Tone = 'add' | 'remove' | 'change' | 'plain' | 'heading' | 'warn';
/** One line: sign in the first column, then the text, already safe to print. */
export type PlanLine = { sign: '+' | '-' | '~' | ' ' | '!'; tone: Tone; text: string };

const SIGN = { add: '+', remove: '-', change: '~' } as const;
/** A value on one line: JSON, with what JSON leaves alone (bidi, C1) made visible, and cut. */
const shown = (value: unknown): string =>
  value === undefined ? '(none)' : sanitize(typeof value === 'string' ? value : JSON.stringify(value), 160);

/** Leaves of a value by dotted path. */
const leaves = (value: unknown, path: string, into: Map<string, string>): Map<string, string> => {
  const inner = typeof value === 'object' && value !== null && !Array.isArray(value);
  if (!inner)
    return into.set(path, path === 'policy.sandbox' ? isolationText(value as SandboxKind) : shown(value));
  for (const [key, item] of Object.entries(value)) leaves(item, path === '' ? key : `${path}.${key}`, into);
  const { publish, base } = value as { publish?: unknown; base?: unknown };
  if (path === 'workspace' && publish !== undefined)
    into.set('workspace.publish', `${shown(publish)} (lands on ${shown(base)})`);
  const { sandbox, network } = value as { sandbox?: unknown; network?: readonly string[] };
  // An empty list would read as if nothing could be reached
  if (path === 'policy' && sandbox === 'none' && network !== undefined)
    into.set('policy.network', `${network.length > 0 ? shown(network) : 'everything'} (not enforced)`);
  return into;
};

const line = (op: keyof typeof SIGN, text: string): PlanLine => ({ sign: SIGN[op], tone: op, text });

const differences = (old: unknown, now: unknown): PlanLine[] => {
  const [before, after] = [leaves(old, '', new Map()), leaves(now, '', new Map())];
  const paths = [...new Set([...before.keys(), ...after.keys()])];
  return paths.flatMap((path): PlanLine[] => {
    const [one, two] = [before.get(path), after.get(path)];
    if (one === two) return [];
    const name = path === '' ? '' : `${sanitize(path, 200)}: `;
    if (one === undefined) return [line('add', `    ${name}${two}`)];
    if (two === undefined) return [line('remove', `    ${name}${one}`)];
    return [line('change', `    ${name}${one} -> ${two}`)];
  });
};

/** Keys as people have them before them. */
const withNpub = (file: Record<string, unknown>): Record<string, unknown> =>
  typeof file.pubkey === 'string' ? { ...file, pubkey: npub(file.pubkey) } : file;

/** The value as the file writes it, so that old and new are compared leaf by leaf. */
const fileOf = (change: GraphChange, which: 'old' | 'new'): unknown => {
  const value = (change as { old?: unknown; new?: unknown })[which];
  if (value === undefined) return undefined;
  if (change.what === 'node') return withNpub(nodeFile(value as GraphNode));
  if (change.what !== 'edge') return value;
  const { from: _from, relation: _relation, to: _to, ...limits } = value as Edge;
  return limits;
};

const details = (change: GraphChange): PlanLine[] => {
  if (change.what === 'test' || (change.what === 'edge' && change.op === 'remove')) return [];
  if (change.what === 'node' && change.op === 'remove') return [];
  if (change.what === 'graph' && change.op === 'add') return [];
  const empty = change.what === 'node' || change.what === 'edge' || change.what === 'policy' ? {} : undefined;
  return differences(fileOf(change, 'old') ?? empty, fileOf(change, 'new') ?? empty);
};

const HEADINGS: Readonly<Record<GraphChange['what'], string>> = {
  graph: 'Graph',
  secrets: 'Declared secrets',
  principals: 'Declared principals',
  node: 'Nodes',
  policy: 'Approval policies',
  edge: 'Edges',
  test: 'Tests',
};

const count = (changes: readonly GraphChange[], op: GraphChange['op']): number =>
  changes.filter((change) => change.op === op).length;
export const summary = ({ changes }: Pick<Plan, 'changes'>): string =>
  changes.length === 0
    ? 'No changes.'
    : `${count(changes, 'add')} to add, ${count(changes, 'change')} to change, ${count(changes, 'remove')} to remove.`;

const plainLine = (text: string, tone: Tone = 'plain'): PlanLine => ({ sign: ' ', tone, text });

/** What follows is told with names and reasons of others. */
const warning = (text: string): PlanLine => ({
  ...{ sign: '!', tone: 'warn' },
  text: `  ${sanitize(text, undefined, { shown: true })}`,
});

const PLACES: Readonly<Record<AssignmentEffect['effect'], (one: AssignmentEffect) => string>> = {
  start: ({ runner }) => ` on ${shown(runner)}`,
  restart: ({ runner }) => ` on ${shown(runner)}`,
  move: ({ from, runner }) => ` from ${shown(from)} to ${shown(runner)}`,
  stop: ({ from }) => ` on ${shown(from)}`,
  wait: () => '',
};
const assignmentText = (one: AssignmentEffect): string =>
  one.effect === 'wait'
    ? `${one.node} cannot start yet: ${shown(one.because)}`
    : `${one.effect} ${one.node}${PLACES[one.effect](one)}: ${shown(one.because)}`;

const WHAT: Readonly<Record<SessionEffect['effect'], string>> = {
  fails: 'fails',
  restarts: 'starts again',
  waits: 'waits until its node runs again',
};

const consequenceLines = (found: Impact): PlanLine[] => {
  const all = [
    ...found.loosened.map(({ node, what }) => warning(`${node} ${what}`)),
    ...found.assignments.flatMap((one) => [
      warning(assignmentText(one)),
      ...(one.hint === undefined ? [] : [warning(`  ${one.hint}`)]),
    ]),
    ...found.sessions.map(({ session, node, effect, because }) =>
      warning(`session ${shown(session)} of ${node} ${WHAT[effect]}: ${because}`),
    ),
    ...found.missing.map((one) => warning(missingText(one))),
    ...found.principals.map((one) => warning(gapText(one))),
    ...found.approvals.map(({ node, operation, because, pending }) => {
      const now = pending.length > 0 ? `, ${pending.length} pending (${pending.map(shown).join(', ')})` : '';
      return warning(`approvals of ${operation} for ${node} are void${now}: ${because}`);
    }),
  ];
  return all.length === 0 ? [] : [plainLine('Consequences', 'heading'), ...all];
};

/** The plan as lines; one line saying so when nothing changes. */
export const planLines = (plan: Pick<Plan, 'changes'>, found?: Impact): PlanLine[] => {
  if (plan.changes.length === 0) return [plainLine(summary(plan))];
  const lines: PlanLine[] = [];
  let heading = '';
  for (const change of plan.changes) {
    if (HEADINGS[change.what] !== heading) {
      heading = HEADINGS[change.what];
      lines.push(plainLine(heading, 'heading'));
    }
    const name = change.what === 'graph' && change.op === 'add' ? change.new : change.name;
    lines.push(line(change.op, `  ${shown(name)}`), ...details(change));
  }
  return [...lines, ...(found ? consequenceLines(found) : []), plainLine(summary(plan))];
};

/** Plain text, one sign a line. */
export const planText = (lines: readonly PlanLine[]): string =>
  lines.map(({ sign, text }) => `${sign} ${text}`.trimEnd()).join('\n');

/** What a comment may hold where most people comment, less what stands around the body. */
const MAX_COMMENT = 60_000;
/** Consequences come last and weigh most: of a plan that is too long the changes are cut. */
const fitting = (lines: readonly string[]): readonly string[] => {
  if (lines.join('\n').length <= MAX_COMMENT) return lines;
  const heading = lines.indexOf('  Consequences');
  const [changes, rest] = heading < 0 ? [lines, []] : [lines.slice(0, heading), lines.slice(heading)];
  const told = cut(rest, MAX_COMMENT / 2);
  return [...cut(changes, MAX_COMMENT - told.join('\n').length), ...told];
};
const cut = (lines: readonly string[], room: number): string[] => {
  let left = room - 80;
  const kept = lines.filter((text) => {
    left -= text.length + 1;
    return left >= 0;
  });
  const more = lines.length - kept.length;
  return more === 0 ? kept : [...kept, `  … and ${more} more lines: run \`entangle graph plan\``];
};

/** For a comment on a pull request: a diff block whose fence nothing inside can close. */
export const planMarkdown = (plan: Pick<Plan, 'changes'>, found?: Impact): string => {
  if (plan.changes.length === 0) return `### entangle graph plan\n\n${summary(plan)}\n`;
  const lines = planLines(plan, found)
    .slice(0, -1)
    .map(({ sign, text }) => `${sign === '~' ? '!' : sign} ${text}`.trimEnd());
  const body = fitting(lines).join('\n');
  const longest = Math.max(2, ...[...body.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  return `### entangle graph plan\n\n**${summary(plan)}**\n\n${fence}diff\n${body}\n${fence}\n`;
};

/** The plan as one JSON value: old and new as the file writes them. */
export const planJson = (plan: Pick<Plan, 'changes'>, found?: Impact) => ({
  changes: plan.changes.map((change) => {
    const [old, now] = [fileOf(change, 'old'), fileOf(change, 'new')];
    const { what, op, name } = change;
    return { what, op, name, ...(old !== undefined && { old }), ...(now !== undefined && { new: now }) };
  }),
  summary: {
    add: count(plan.changes, 'add'),
    change: count(plan.changes, 'change'),
    remove: count(plan.changes, 'remove'),
  },
  ...(found && { consequences: found }),
});
