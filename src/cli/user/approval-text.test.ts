import { expect, test } from 'vitest';
import type { ApprovalView } from '../../services/user/approvals.ts';
import { cells } from '../kit/render.ts';
import { approvalText } from './approval-text.ts';

const NPUB = `npub1${'q'.repeat(50)}abcdefgh`;
const view = (more: Partial<ApprovalView>): ApprovalView => ({
  ...{ id: 'a1', request: 'r1', session: 's1', node: 'builder', state: 'pending', title: 't…' },
  ...{ task: 't\nu', path: ['alice', 'builder'], operation: 'source.publish', remote: 'file:///r', ref: 'b' },
  asker: { name: 'builder', npub: NPUB, claimed: false },
  launcher: { name: 'alice', npub: NPUB, claimed: true },
  ...{ commit: 'c', expectedHead: null, expires: '', subjectDigest: '', decision: null, reason: null },
  ...{ files: [], bytes: 0, diff: '' },
  ...more,
});
const shown = (more: Partial<ApprovalView>, screen: { width?: number; taskRows?: number } = {}): string[] =>
  approvalText(view(more), (_, text) => text, { width: Number.POSITIVE_INFINITY, ...screen }).split('\n');

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

test('where it is asked for a signature a long task is cut, with the command that shows the rest', () => {
  const task = Array.from({ length: 100 }, (_, i) => `line ${i}`).join('\n');
  const cut = shown({ task }, { taskRows: 40 });
  expect(cut).toContain('    line 39');
  expect(cut).not.toContain('    line 40');
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
