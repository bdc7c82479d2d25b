/** What is printed of others' texts beside the values of commands: lines as they come, errors, questions, files for other tools. */

import { resolve } from 'node:path';
import { PassThrough } from 'node:stream';
import { Config } from '@oclif/core/config';
import { terminalPrompt } from '../../src/adapters/system/prompt.ts';
import { offerLines } from '../../src/cli/completion/answer.ts';
import { requireGraph } from '../../src/cli/graph/file.ts';
import { differenceText, plannedNotes } from '../../src/cli/graph/plan.ts';
import { auditText } from '../../src/cli/host/audit-text.ts';
import { cancelQuestion } from '../../src/cli/host/cancel-session.ts';
import { trustQuestion } from '../../src/cli/host/decide-trust.ts';
import { moveQuestion, revokeQuestion } from '../../src/cli/host/place-node.ts';
import { entryText } from '../../src/cli/host/trace-text.ts';
import { BaseCommand } from '../../src/cli/kit/base-command.ts';
import { stderrLog } from '../../src/cli/kit/logging.ts';
import { sanitizeDeep, writeFailure } from '../../src/cli/kit/report.ts';
import { usageError } from '../../src/cli/kit/usage.ts';
import { leaveQuestion } from '../../src/cli/runner/leave.ts';
import { servedText } from '../../src/cli/runner/serve-all.ts';
import { closingText } from '../../src/cli/user/approval-text.ts';
import { noticeLine } from '../../src/cli/user/notify.ts';
import { showOnStderr } from '../../src/cli/user/show-approval.ts';
import { traceText } from '../../src/cli/user/trace-text.ts';
import { type ToldTranscript, transcriptText } from '../../src/cli/user/transcript.ts';
import { seenLine } from '../../src/cli/user/watch-flags.ts';
import { servingText } from '../../src/cli/wiring/serve-until.ts';
import { EXPORT_FORMATS, PLAN_FORMATS } from '../../src/core/command-words.ts';
import { safeJson } from '../../src/core/encoding/sanitize.ts';
import { EntangleError } from '../../src/core/errors.ts';
import type { Impact } from '../../src/core/graph/change/impact.ts';
import { plan } from '../../src/core/graph/change/plan.ts';
import { planLines, planMarkdown, planText } from '../../src/core/graph/change/render.ts';
import { exportGraph } from '../../src/core/graph/export.ts';
import { PRINCIPAL_GAPS, WATCHED_SUBJECTS } from '../../src/core/vocabulary.ts';
import { stepLine } from '../../src/local/demo-text.ts';
import { triedText } from '../../src/local/up-probe.ts';
import type { UpReady } from '../../src/local/up-ready.ts';
import { readyText, seenText } from '../../src/local/up-text.ts';
import { difference } from '../../src/services/graph/diff.ts';
import { endUpdates } from '../../src/services/user/editor-end.ts';
import { EditorVoice } from '../../src/services/user/editor-voice.ts';
import type { Traced } from '../../src/services/user/trace.ts';
import type { Seen } from '../../src/services/user/watch.ts';
import { ACME, sound } from '../graphs/acme.ts';
import { captured, capturedToEnd } from './captured.ts';
import { hostSession } from './command-surfaces.ts';
import { auditEntryOf, traceEntryOf } from './host-screens.ts';
import { probedAs, UNTRIED_FACTS } from './probe-records.ts';
import { approvalOf, commandOf } from './screens.ts';

const TIME = '2026-11-26T11:00:00.000Z';
const safe = <T>(value: T): T => sanitizeDeep(value) as T;

/** A command that says what it is told to. */
class Telling extends BaseCommand<typeof Telling> {
  execute = async (): Promise<undefined> => undefined;
  tell(texts: readonly string[]): string {
    return captured(() => texts.forEach((text) => void this.progress(text)));
  }
  give<T>(values: readonly T[], text: (safe: T) => string): string {
    return captured(() => values.forEach((value) => void this.emit(value, text)));
  }
}
const config = new Config({ root: resolve(import.meta.dirname, '../..') });
const telling = new Telling([], config);
const asJson = new Telling(['--json'], config);
const plain = (_: unknown, text: string): string => text;
const WIDE = 10_000;
const WORDS: readonly Traced['is'][] = ['signed', 'printed', 'missed'];
const traced = (t: string): Traced[] => {
  const row = { id: t, at: TIME, signer: t, session: t, detail: t };
  return WORDS.map((is): Traced => {
    if (is === 'signed') return { ...row, is, type: t };
    return is === 'printed' ? { ...row, is, text: t } : { ...row, is, bytes: 1 };
  });
};
const seen = (t: string): Seen[] =>
  WATCHED_SUBJECTS.flatMap((what) =>
    ['open', 'pending', t].map((state) => ({ at: TIME, what, id: t, state, node: t, title: t })),
  );
export const ready = (t: string): UpReady => ({
  ...{ what: 'up', home: t, repository: t, base: t, engine: { command: [t], demo: false } },
  agent: { name: t, model: t, endpoint: t },
  ...{ sandbox: { kind: 'none', enforced: false, detail: t }, capacity: 1, relay: t },
  federation: { host: t, runner: t, user: t, node: t },
  processes: [{ name: 'relay', pid: 1 }],
  next: [t],
});

/** What a command that ended so says. */
const failed = (error: unknown): string => captured(() => void writeFailure(error, false));
const refused = (work: () => string): string => {
  try {
    return work();
  } catch (error) {
    return failed(error);
  }
};

/** A terminal that shows a question; nobody answers it. */
const asked = async (question: string): Promise<string> => {
  const input = Object.assign(new PassThrough(), { isTTY: true }) as PassThrough & NodeJS.ReadStream;
  const output = Object.assign(new PassThrough(), { isTTY: true }) as PassThrough & NodeJS.WriteStream;
  let shown = '';
  output.on('data', (chunk: Buffer) => {
    shown += chunk;
    if (shown.includes('[y/N]')) input.end();
  });
  await terminalPrompt({ input, output, noInput: false })
    .confirm(question, 'confirm with --yes')
    .catch(() => undefined);
  // What readline draws of the line itself
  return shown.replace(/\u001b\[\d*[GJ]|\r(?=\n)/g, '');
};

/** Where a graph file takes a text: most are refused there, in words that show it. */
const GRAPH_PLACES: Readonly<Record<string, (t: string) => string>> = {
  'the name of a graph': (t) => ACME.replace('graph: acme', () => `graph: ${t}`),
  'the name of a node': (t) =>
    ACME.replace(
      '  helper:\n',
      () => `  ${t}: { kind: agent, engine: { type: exec, auth: none, command: [x] } }\n  helper:\n`,
    ),
  'the branch of a node': (t) => ACME.replace('base: main', () => `base: ${t}`),
  'the repository of a node': (t) =>
    ACME.replace('"https://example.org/a.git"', () => `"https://example.org/${t.slice(1)}`),
  'a label': (t) => ACME.replace('{ os: linux }', () => `{ os: ${t} }`),
  'a command': (t) => ACME.replace('command: ["true"]', () => `command: [${t}]`),
  'an edge': (t) => ACME.replace('- bob delegates_to spare', () => `- ${t}`),
  'a test': (t) => ACME.replace('- alice may task.request builder', () => `- ${t}`),
};
const inGraph = (place: string, t: string): string =>
  refused(() => {
    const { graph } = requireGraph(GRAPH_PLACES[place]!(JSON.stringify(t)), 'graph.yaml', false);
    const found = difference(sound(ACME).graph, graph);
    return [
      ...PLAN_FORMATS.map((format) => differenceText({ value: found.json, changed: true, found }, format)),
      ...EXPORT_FORMATS.map((format) => exportGraph(graph, format)),
    ].join('\n');
  });

const impact = (t: string): Impact => ({
  assignments: (['wait', 'start', 'move', 'stop'] as const).map((effect) => ({
    ...{ effect, node: t, from: t, runner: t, because: t, hint: t },
  })),
  sessions: [{ session: t, node: t, effect: 'fails', because: t }],
  approvals: [{ node: t, operation: t, because: t, pending: [t] }],
  loosened: [{ node: t, what: t }],
  missing: [{ secret: t, nodes: [t] }],
  principals: PRINCIPAL_GAPS.map((gap) => ({ principal: t, gap, nodes: [t] })),
});
const planned = plan(null, sound(ACME).graph);

const notes = (t: string): string[] =>
  plannedNotes(t, {
    base: { revision: 1, digest: null },
    warnings: [{ severity: 'warning', code: 'syntax', path: t, line: 1, column: 1, message: t }],
    tests: { failed: 1, results: [] },
    out: t,
  });

/** The texts of its updates, each line of others in its quotes. */
const shownInEditor = (t: string): string => {
  const voice = new EditorVoice();
  const made = { id: 'a', repository: t, branch: t, commit: t, approval: null } as const;
  const artifacts = [{ ...made, state: 'published' as const, isSigned: false }];
  const end = { id: 'a', node: 'builder', state: 'failed' as const, reason: t, summary: t, artifacts };
  const printed = t.split('\n').map((line, n) => voice.printed(`${n}`, line));
  return [...printed, ...endUpdates(voice, end, true)]
    .flatMap((one) => ('content' in one && one.content && 'text' in one.content ? [one.content.text] : []))
    .join('');
};
const bug = (t: string): Error => Object.assign(new Error(t), { cause: new Error(t) });
const usage = (t: string): unknown =>
  usageError(Object.assign(new Error(`Unexpected argument: ${t}`), { parse: {} }), Asked);
class Asked extends Telling {
  static override id = 'user:show';
}

export type TextSurface = (t: string) => string | Promise<string>;
const transcripts = (t: string): ToldTranscript[] => {
  const view = { session: t, attempt: 2, turn: 1, node: t, claimed: true, digest: t, size: 1 } as const;
  return [
    { ...view, text: t, file: null },
    { ...view, text: null, file: t },
  ];
};

export const TEXT_SURFACES: Readonly<Record<string, TextSurface>> = {
  'user trace, row by row': (t) => telling.give(traced(t), (row) => traceText(row, plain, WIDE)),
  'user trace, a transcript': (t) => telling.give(transcripts(t), transcriptText(WIDE)),
  'host trace and host watch, row by row': (t) =>
    telling.give([traceEntryOf([t, t, t]), traceEntryOf([t, t, t], 2, false)], (one) =>
      entryText(one, plain, WIDE),
    ),
  'host audit tail, row by row': (t) =>
    telling.give([auditEntryOf([t, t, t]), auditEntryOf([t, t, t], 2, t)], (one) =>
      auditText(one, plain, WIDE),
    ),
  'user watch, a line a change': (t) => telling.give(seen(t), seenLine),
  'user acp, what an editor shows of a task': (t) => shownInEditor(t),
  'up, what was seen of its agent': (t) =>
    telling.tell([
      triedText(t, { version: t, facts: probedAs(t).facts, why: null }),
      triedText(t, { version: t, facts: UNTRIED_FACTS, why: t }),
    ]),
  'up, what it is ready with': (t) => telling.give([ready(t)], readyText),
  'up, a line a change': (t) => telling.give(seen(t), seenText),
  'what serves': (t) => telling.give([{ lines: [t] }], servingText),
  'what serves, of several runners': (t) => telling.tell(servedText(new Map([[t, [t]]]), 4)),
  'demo, a line a step': (t) => telling.tell([stepLine({ type: t, signer: t, role: t, eventId: t, ms: 1 })]),
  'the log of a serving process': (t) => captured(() => stderrLog({ quiet: false })('warning', t)),
  'an approval before it is signed': (t) =>
    capturedToEnd(() => showOnStderr(approvalOf([t, t, t, t]), async () => true)),
  'what is signed, again': (t) => closingText(safe(approvalOf([t, t, t, t])), 0),
  'a command before it is signed': (t) =>
    capturedToEnd(() => showOnStderr(commandOf([t, t, t, t]), async () => true)),
  'the question about the end of a session': (t) =>
    asked([hostSession(t), { ...hostSession(t), held: true }].map(cancelQuestion).join(' ')),
  'the question about a runner': (t) => asked(trustQuestion(t, t)),
  'the questions about where a node runs': (t) =>
    asked([moveQuestion(t, t, { from: t, open: 1 }), revokeQuestion(t, { from: t, open: 2 })].join(' ')),
  'the question of a runner that leaves': (t) =>
    asked(leaveQuestion({ name: t, nodes: [t, t], begun: 1 }, 'drain', false)),
  'a question': (t) => asked(t.replaceAll('\n', ' ')),
  'an error': (t) => failed(new EntangleError('denied', t, { hint: t, details: [t, { [t]: t, a: [t] }] })),
  'an error of a file': (t) =>
    failed(Object.assign(new Error(t), { code: 'EACCES', path: t, syscall: 'open' })),
  'a bug': (t) => failed(bug(t)),
  'a bug with all that is known of it': (t) => {
    process.env.ENTANGLE_DEBUG = '1';
    try {
      return failed(bug(t));
    } finally {
      delete process.env.ENTANGLE_DEBUG;
    }
  },
  'a mistake on the command line': (t) => failed(usage(t)),
  'a plan, with what follows': (t) => planText(planLines(planned, impact(t))),
  'a plan as Markdown': (t) => planMarkdown(planned, impact(t)),
  'what graph plan says beside it': (t) => telling.tell(notes(t)),
  ...Object.fromEntries(
    Object.keys(GRAPH_PLACES).map((place) => [`${place} in a graph file`, (t) => inGraph(place, t)]),
  ),
};

/** What a shell or another program reads, and takes for what it says. */
export const MACHINE_SURFACES: Readonly<Record<string, TextSurface>> = {
  'what a shell is offered': (t) => offerLines([{ word: 'builder', about: t }, { word: t }], '').join('\n'),
  'what a notifier is given': (t) => noticeLine({ id: t, session: t, node: t, kind: 'question' }),
  'a value as JSON': (t) => `${safeJson({ [t]: [t] }, 2)}\n`,
  'a stream as NDJSON': (t) => asJson.give([{ [t]: t }], String),
  'an error as JSON': (t) =>
    captured(
      () => void writeFailure(new EntangleError('denied', t, { hint: t, details: [{ [t]: t }] }), true),
    ),
};
