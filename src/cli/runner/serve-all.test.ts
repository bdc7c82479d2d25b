/** Several runners in one process: what is wrong with one of them is said of that one. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { HoldUp } from '../../services/runner/held-up.ts';
import { newcomerConfig } from '../../services/setup/config.ts';
import { resolveHome } from '../kit/settings.ts';
import { writeConfig } from '../wiring/home-config.ts';
import { joinAsRunner } from '../wiring/join.ts';
import { noteLeft } from '../wiring/leave-wish.ts';
import { leaveQuestion, leavingText } from './leave.ts';
import { servedText, wireRunners } from './serve-all.ts';
import { workRows } from './status.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'entangle-serve-all-'));
});
afterEach(() => rmSync(root, { recursive: true }));

test('one that has not joined is led to join by its own name', async () => {
  const paths = resolveHome(root, {}, '/');
  const lab = { kind: 'runner' as const, name: 'lab', keys: 'file' as const, settings: null };
  await writeConfig(paths.runner('lab'), newcomerConfig, lab);
  await expect(wireRunners(paths, undefined, { input: false, log: () => {} })).rejects.toMatchObject({
    code: 'not_found',
    message: 'runner lab: this runner has not joined a federation yet',
    hint: 'join a federation first: `entangle runner join INVITE --runner lab`',
  });
});

test('where each has left its federation that is said, and what to do', async () => {
  const paths = resolveHome(root, {}, '/');
  mkdirSync(paths.runner('lab'), { recursive: true });
  await noteLeft(paths.runner('lab'));
  await expect(wireRunners(paths, undefined, { input: false, log: () => {} })).rejects.toMatchObject({
    code: 'conflict',
    message: `each runner of ${root} has left its federation`,
    hint: expect.stringMatching(
      /`entangle runner init [^`]*--sandbox bwrap --runner NAME`.*`entangle runner join INVITE --runner NAME`/,
    ),
  });
});

test('a home that left joins no federation again: its key is done', async () => {
  const paths = resolveHome(root, {}, '/');
  mkdirSync(paths.runner('lab'), { recursive: true });
  await noteLeft(paths.runner('lab'));
  const options = { input: false, log: () => {}, waitMs: 0 };
  await expect(joinAsRunner(paths, 'lab', 'entangle-invite1.x', options)).rejects.toMatchObject({
    code: 'conflict',
    message: 'runner "lab" has left its federation',
    hint: expect.stringMatching(
      /`entangle runner init [^`]*--sandbox bwrap --runner NAME`.*`entangle runner join INVITE --runner NAME`/,
    ),
  });
});

test('who leaves is told what its home knows, and that this may be old where nobody serves it', () => {
  const work = { name: 'lab', nodes: ['builder'], begun: 1 };
  const served = leaveQuestion(work, 'now', true);
  expect(served).toBe(
    'Have lab leave its federation? Its nodes go elsewhere, each where another runner fits: builder. 1 open task: what runs is ended, and begins anew elsewhere as the next attempt. Its key is good for nothing afterwards.',
  );
  expect(leaveQuestion(work, 'now', false)).toBe(
    served.replace(' Its key', ' That is as it knew it when it was last served. Its key'),
  );
});

test('who waits for a runner that leaves is told for whom that waits, and what would not', () => {
  const waits: HoldUp[] = [
    { waits: 'approval', node: 'builder', session: '01a229ed-5bcd-7e5e-be17-c353bcda29b0', of: ['alice'] },
  ];
  expect(leavingText({ name: 'lab', begun: 1 }, 'drain', waits)).toEqual([
    'runner lab leaves when 1 open task is done, and whoever asked has heard of it; Ctrl-C ends the waiting, not the leaving',
    'builder waits for an approval of alice (session bcda29b0)',
    '`entangle runner status` shows how that changes',
    '`entangle runner leave --now` waits for none of it',
  ]);
  expect(leavingText({ name: 'lab', begun: 1 }, 'now', [])).toHaveLength(1);
  const rest = { nodes: [], sessions: { open: 0, all: 3 } };
  const rows = [
    ['nodes', 'none'],
    ['sessions', '0 open of 3'],
  ];
  expect(workRows({ leaving: null, waits: [], ...rest })).toEqual(rows);
  expect(workRows({ leaving: 'drain', waits, ...rest })).toEqual([
    ['leaving', 'builder waits for an approval of alice (session bcda29b0)'],
    ...rows,
  ]);
});

test('runners that their federations call the same are told apart', () => {
  const line = ['runner build-1, capacity 4, sandbox bwrap'];
  const served = new Map(['acme', 'lab'].map((name) => [name, line]));
  expect(servedText(served, 8)).toEqual([`acme: ${line}`, `lab: ${line}`, 'together: capacity 8']);
});
