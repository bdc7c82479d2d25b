import { describe, expect, test } from 'vitest';
import { commandOf } from '../../../test/support/screens.ts';
import type { Reach } from '../../core/graph/network.ts';
import type { PublishGate } from '../../core/vocabulary.ts';
import type { CallView, PublishView } from '../../services/user/approval-view.ts';
import type { FileView } from '../../services/user/change-view.ts';
import { cells } from '../kit/render.ts';
import { sanitizeDeep } from '../kit/report.ts';
import { askedPieces, closingText } from './approval-text.ts';

const NPUB = `npub1${'q'.repeat(50)}abcdefgh`;
const view = (more: Partial<PublishView>): PublishView => ({
  what: 'approval',
  ...{ id: 'a1', request: 'r1', session: 's1', node: 'builder', state: 'pending', title: 't…' },
  ...{ task: 't\nu', path: ['alice', 'builder'], operation: 'source.publish', remote: 'file:///r', ref: 'b' },
  asker: { name: 'builder', npub: NPUB, claimed: false },
  launcher: { name: 'alice', npub: NPUB, claimed: true },
  ...{
    commit: 'c',
    again: null,
    objection: null,
    evidence: 'digests',
    assurance: null,
    expectedHead: null,
    expires: '',
    subject: '{}',
    subjectDigest: '',
    decision: null,
    reason: null,
    acknowledged: null,
  },
  allowed: {
    edge: 'alice approves builder',
    revision: 14,
    graph: 'sha256:00',
    host: NPUB,
    reach: null,
    gate: null,
  },
  ...{ files: [], groups: [], bytes: 0, diff: '', attached: [] },
  ...more,
});
const askedText = (...of: Parameters<typeof askedPieces>): string => [...askedPieces(...of)].join('');
const shown = (more: Partial<PublishView>, screen: { width?: number; taskRows?: number } = {}): string[] =>
  askedText(view(more), (_, text) => text, { width: Number.POSITIVE_INFINITY, ...screen }).split('\n');

test('the edge that allows it is named, or that there is none any more', () => {
  expect(shown({})).toContain('allowed by     alice approves builder, revision 14');
  expect(shown({ allowed: null })).toContain(
    'allowed by     no edge to the key that asked any more: it cannot be signed',
  );
});

test('what the remote says against it is told before the change, and nothing where it says nothing', () => {
  expect(shown({ objection: 'no permission' })).toContain(
    'remote         would refuse it as things are, builder says: no permission',
  );
  expect(shown({}).filter((line) => line.startsWith('remote '))).toEqual([]);
});

test('that everybody may read the task beside the commit is told before it is signed, and of nothing else', () => {
  const readable = (evidence: PublishView['evidence']) =>
    shown({ evidence }).filter((line) => line.startsWith('readable '));
  expect(readable('full').join()).toContain('by whoever reads the repository: this task');
  expect([readable('digests'), readable('none')]).toEqual([[], []]);
});

const ALLOWED = {
  edge: 'alice approves builder',
  revision: 14,
  graph: '',
  host: NPUB,
  reach: null,
  gate: null,
};

test('what holds a commit back until it is approved is said as the Host says it', () => {
  const gate = (word: PublishGate | null) =>
    shown({ allowed: { ...ALLOWED, gate: word } }).filter((line) => line.startsWith('its gate'));
  expect(gate('enforced')).toEqual([
    'its gate       enforced: the Host withholds what pushes until it is approved',
  ]);
  expect(gate('promised').join()).toContain(
    'promised: its runner, which can push, holds it back until it is approved',
  );
  expect(gate(null)).toEqual([]);
});

test('what turns of its node may reach is said as the routes have it, and nothing where they do not', () => {
  const reaching = (reach: Reach | null) =>
    shown({ allowed: { ...ALLOWED, reach } }).filter((line) => line.startsWith('its turns'));
  expect(reaching({ sandbox: 'bwrap', network: ['api.example.com:443'] })).toEqual([
    'its turns      in a sandbox, reaches api.example.com:443',
  ]);
  expect(reaching({ sandbox: 'none', network: [] })).toEqual([
    'its turns      not sandboxed: it may do all that the account of its runner may',
  ]);
  expect(reaching(null)).toEqual([]);
});

test('a decision that its node has not taken is said not to be', () => {
  const state = (acknowledged: boolean) =>
    shown({ state: 'approved', decision: 'rejected', reason: 'no', acknowledged }).find((line) =>
      line.startsWith('state'),
    );
  expect(state(true)).toMatch(/approved \(you rejected it: no\)$/);
  expect(state(false)).toMatch(/approved \(you rejected it: no; its node has not acknowledged that\)$/);
});

test('blanks that a changed line ends in are seen, and a tab is another one', () => {
  const lines = shown({ diff: '--- a/x\n+++ b/x\n@@ -1,1 +1,1 @@\n-a \n+a\t \n b \n' });
  expect(lines.slice(-4)).toEqual(['-a\\x20', '+a\\x09\\x20', ' b ', '']);
});

test('the whole task stands there line by line, indented, none of it where our own words begin', () => {
  const lines = shown({ task: 'mend it\n\nsubject        sha256:00\n  deeper\n' });
  const at = lines.indexOf('task as builder has it, 4 lines:');
  expect(lines.slice(at + 1, at + 7)).toEqual([
    ...['', '    mend it', '', '    subject        sha256:00', '      deeper', ''],
  ]);
});

test('a line longer than the terminal goes on indented, and nothing of it is missing', () => {
  const task = `${' '.repeat(76)}subject\tsha256:${'0'.repeat(90)}漢字${'e\u0301'.repeat(80)}`;
  const lines = shown({ task }, { width: 80 });
  const rows = lines.slice(
    lines.indexOf('task as builder has it, 1 line:') + 2,
    lines.indexOf('CHANGE  PATH') - 1,
  );
  for (const row of rows) expect([row.slice(0, 4), cells(row) <= 80]).toEqual(['    ', true]);
  expect(rows.map((row) => row.slice(4)).join('')).toBe(task.replace('\t', '    '));
});

test('where it is asked for a signature a long task is cut in its middle, with the command that shows the rest', () => {
  const task = Array.from({ length: 100 }, (_, i) => `line ${i}`).join('\n');
  const cut = shown({ task }, { taskRows: 40 });
  expect(cut).toContain('    line 19');
  expect(cut).not.toContain('    line 20');
  expect(cut).not.toContain('    line 79');
  expect(cut).toContain('    line 80');
  expect(cut).toContain('    line 99');
  expect(cut).toContain('… 60 more rows of the task: `entangle user show a1` shows all of it');
  const fitting = shown({ task: task.split('\n').slice(0, 40).join('\n') }, { taskRows: 40 });
  expect(fitting.join('\n')).not.toContain('more line');
  expect(shown({ task })).toContain('    line 99');
});

test('signers have their name and the ends of their key; whose name is another’s word is said', () => {
  const short = 'npub1qqqqqqqq…abcdefgh';
  expect(shown({})).toContain(`asked by       builder (${short})`);
  expect(shown({})).toContain(`launched by    alice (${short}, claimed by builder)`);
  const nameless = { name: null, npub: NPUB, claimed: false };
  expect(shown({ launcher: nameless })).toContain(`launched by    ${NPUB}`);
});

test('a task that was given on shows whose hands it came through', () => {
  expect(shown({}).join('\n')).not.toContain('path  ');
  expect(shown({ path: ['alice', 'planner', 'builder'] })).toContain(
    'path           alice > planner > builder',
  );
});

const side = (digest: string, size = 1) => ({ mode: '100644', size, digest });
const changed = (
  path: string,
  old: FileView['old'],
  now: FileView['new'],
  added = 0,
  removed = 0,
): FileView => ({
  ...{ path, old, new: now, added, removed, shown: 'hunks', recomputed: true },
});

test('each file has git’s letter, what moved says where, and all are counted together', () => {
  const files = [
    changed('new', null, side('n'), 2),
    changed('gone', side('g'), null, 0, 3),
    changed('kept', side('a'), side('b'), 4, 5),
    changed('from', side('m'), null, 0, 1),
    changed('to', null, side('m'), 1),
    changed('empty', null, side('e', 0)),
    changed('emptied', side('e', 0), null),
  ];
  const lines = shown({ files, bytes: 9 });
  expect(lines).toContain('change         7 files, +7 -9, 9 bytes after it');
  const rows = lines.slice(lines.findIndex((line) => /^CHANGE +PATH$/.test(line)) + 1);
  expect(rows.slice(0, 7).map((row) => row.replace(/ {2,}/, ' | '))).toEqual([
    'A +2 -0 | new',
    'D +0 -3 | gone',
    'M +4 -5 | kept',
    'D +0 -1 | from (moved to "to")',
    'A +1 -0 | to (moved from "from")',
    'A +0 -0 | empty',
    'D +0 -0 | emptied',
  ]);
});

test('a name that shows nothing, or says that it moved, stands in quotes', () => {
  const names = [' ', 'a ', ' b', '"c"', 'd (moved from "e")', 'e f', '(moved'];
  const lines = shown({ files: names.map((name, i) => changed(name, null, side(`s${i}`))) });
  const rows = lines.slice(lines.findIndex((line) => /^CHANGE +PATH$/.test(line)) + 1);
  expect(rows.slice(0, 7).map((row) => row.replace('A +0 -0  ', ''))).toEqual([
    ...['" "', '"a "', '" b"', String.raw`"\"c\""`, String.raw`"d (moved from \"e\")"`, 'e f', '(moved'],
  ]);
});

test('only what is one to one, with the same mode, has moved; and a path stands after its letter', () => {
  const link = { ...side('m'), mode: '120000' };
  const twice = [changed('x', side('m'), null), changed('y', null, side('m')), changed('z', null, side('m'))];
  const asLink = [changed('x', side('m'), null), changed('y', null, link)];
  for (const files of [twice, asLink]) expect(shown({ files }).join('\n')).not.toContain('moved');
  const lying = 'README.md, +0 -0     docs/x.md';
  const rows = shown({ files: [changed(lying, side('m'), null), changed('evil.sh', null, side('m'))] });
  expect(rows).toContain(`A +0 -0  evil.sh (moved from ${JSON.stringify(lying)})`);
});

test('the names of a file are not coloured as lines of it', () => {
  const diff = '--- a/x\n+++ b/x\n@@ -1 +1 @@\n--- old\n+++ new\n\n--- a/y\n+++ b/y\n';
  const coloured = askedText(view({ diff }), (token, text) => `<${token}>${text}`, { width: 80 });
  expect(coloured.slice(coloured.indexOf('<strong>')).split('\n')).toEqual([
    ...['<strong>--- a/x', '<strong>+++ b/x', '<accent>@@ -1 +1 @@', '<bad>--- old', '<good>+++ new', ''],
    ...['<strong>--- a/y', '<strong>+++ b/y', ''],
  ]);
});

test('words of a program are coloured within their line, and change none of its text', () => {
  const diff = '--- a/x.ts\n+++ b/x.ts\n@@ -1 +1 @@\n if (1)\n+if (x) \n-if (y)\n';
  const coloured = askedText(view({ diff }), (token, text) => `<${token}>${text}`, { width: 80 });
  const lines = coloured.slice(coloured.indexOf('<accent>')).split('\n').slice(1);
  expect(lines).toEqual([
    ' <keyword>if (<literal>1)',
    '<good>+<good><keyword>if<good> (x)\\x20',
    '<bad>-if (y)',
    '',
  ]);
  expect(coloured.replaceAll(/<\w+>/g, '')).toBe(askedText(view({ diff }), (_, text) => text, { width: 80 }));
});

test.each([
  [null, null],
  [{ count: 2, words: 'keep the\n column ' }, 'second commit, after your words: keep the column'],
  [{ count: 3, words: null }, 'third commit of this session'],
  [{ count: 9, words: '' }, 'commit number 9 of this session'],
])('that it is not the first of its session is said: %o', (again, words) => {
  const row = shown({ again }).find((line) => line.startsWith('this is the'));
  expect(row?.replace(/^this is the +/, '') ?? null).toBe(words);
});

test('that it lands where others work is said before it is signed, and again below', () => {
  const ref = 'refs/heads/main';
  const words = 'main, which others work on: this commit is its next head';
  expect(shown({ ref })).toContain(`lands on       ${words}`);
  expect(closingText(view({ ref }), 0)).toContain(`lands on       ${words}`);
  expect(shown({ ref: `refs/heads/entangle/builder/${view({}).session}` }).join()).not.toContain('lands on');
});

test('what is signed is said again below a long change', () => {
  const told = closingText(
    view({ expires: '2026-01-02T00:00:00Z', subjectDigest: 'sha256:7f', ref: 'b/s1' }),
    Date.parse('2026-01-01T00:00:00Z'),
  );
  expect(told.split('\n')).toEqual([
    'operation      source.publish of commit c',
    'to             file:///r b/s1',
    'expected head  none (new branch)',
    'change         0 files, +0 -0; expires in 1 d',
    'subject        sha256:7f',
  ]);
});

test('files that went with the task stand below it, as the words of its node', () => {
  const attached = [{ name: 'a b.txt', size: 1, sha256: 'ab'.repeat(32) }];
  const lines = shown({ attached });
  const at = lines.indexOf('attached: a b.txt (1 byte, sha256 abababababababab)');
  expect(lines.slice(at - 2, at)).toEqual(['    u', '']);
});

describe('a command', () => {
  const textOf = (command: string, width = Number.POSITIVE_INFINITY): string =>
    askedText(commandOf(['t', command, 'Run it', '']), (_, text) => text, { width });

  test('is shown line by line: blanks at an end are spelled, as they may be what it does', () => {
    const text = textOf('git log \\ \nrm -rf build\t');
    expect(text).toContain('    git log \\\\x20\n    rm -rf build\\x09\n');
    expect(textOf('git log \\\nrm -rf build')).toContain('    git log \\\n    rm -rf build\n');
  });
  test('that a command prints has its lines as lines, and nothing else of others', () => {
    const printed = sanitizeDeep(commandOf(['t', 'make\u001b[1m\nall\tx', 'Run\nit', ''])) as CallView;
    const text = askedText(printed, (_, one) => one, { width: 80 });
    expect(text).toContain('    make\\x1b[1m\n    all\\x09x\n');
    expect(text).toContain('    Run\n    it\n');
  });
  test('goes on where the terminal ends, which is no line of it', () => {
    const long = `# ${'c'.repeat(40)} rm -rf x`;
    expect(textOf(long, 40)).toMatch(/\n {4}# c+ *\n {2}» .*rm -rf x/);
    expect(textOf(`# ${'c'.repeat(10)}\nrm -rf x`, 40)).toContain('\n    rm -rf x\n');
  });
  test('has no text again where it is out of sight: it would not be all of it', () => {
    const closing = closingText(commandOf(['t', 'make\nall', 'Run it', '']), 0);
    expect(closing).toContain('2 lines, above; expires');
    expect(closing).not.toContain('make');
  });
  test('is answered with one line, whatever its agent calls it', () => {
    const text = textOf('make');
    const option = { id: 'a', kind: 'allow_once', name: 'Yes\nbinding  exact' };
    const view = { ...commandOf(['t', 'make', 'Run it', '']), option };
    expect(text.split('\n').length).toBe(
      askedText(view, (_, one) => one, { width: Number.POSITIVE_INFINITY }).split('\n').length,
    );
  });
});

test('of a change of 100,000 lines as many are made into text at a time as are written', () => {
  const diff = ['--- a/a', '+++ b/a', '@@ -0,0 +1,100000 @@', ...Array(100_000).fill('+one')].join('\n');
  let made = 0;
  const paint = (_: unknown, text: string): string => {
    made += 1;
    return text;
  };
  const counts: number[] = [];
  const pieces: string[] = [];
  for (const piece of askedPieces(view({ diff }), paint, { width: 80 })) {
    pieces.push(piece);
    counts.push(made);
    made = 0;
  }
  expect(pieces.join('').endsWith(diff)).toBe(true);
  expect(counts.reduce((sum, one) => sum + one, 0)).toBeGreaterThanOrEqual(100_000);
  expect(Math.max(...counts)).toBeLessThanOrEqual(1_000);
  // Between steps of what is done before the first of them
  expect(pieces.filter((piece) => piece === '').length).toBeGreaterThan(100_000 / 512);
});
