import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Config } from '@oclif/core/config';
import { expect, onTestFinished, test } from 'vitest';
import UserShow from '../../commands/user/show.ts';
import { withWholePlaces } from './kept-places.ts';

const repository = resolve(import.meta.dirname, '../../..');
const rootWith = (place: string): string => {
  const root = mkdtempSync(join(tmpdir(), 'entangle kept-'));
  onTestFinished(() => rmSync(root, { recursive: true }));
  mkdirSync(join(root, place), { recursive: true });
  return root;
};
const PLACE = `runner/r1/git/${'5a'.repeat(12)}`;

test('a session is shown so', () => {
  const root = rootWith(PLACE);
  const command = new UserShow([], new Config({ root: repository }));
  Object.assign(command, { home: { root } });
  const session = { ...{ id: 's1', node: 'builder', requester: 'me', title: 't', task: null, attempt: 1 } };
  const ended = { state: 'failed', reason: null, nobodyRuns: false, since: '', commit: null } as const;
  const lists = {
    approvals: [],
    questions: [],
    reviews: [],
    artifacts: [],
    attached: [],
    tree: null,
    files: [],
  };
  const shown = command.render({ ...session, ...ended, ...lists, summary: `kept in ${PLACE}` });
  expect(shown).toContain(`kept in ${join(root, PLACE)}`);
});

test('where kept work is in this home it is told whole, as a shell takes it; elsewhere as its runner told it', () => {
  const root = rootWith('runner');
  const told = (at: string) =>
    `kept in the store ${at}: in its home \`git --git-dir ${at} show c0ffee\` reads it`;
  expect(withWholePlaces(told(PLACE), root)).toBe(told(PLACE));
  mkdirSync(join(root, PLACE), { recursive: true });
  const whole = join(root, PLACE);
  expect(withWholePlaces(told(PLACE), root)).toBe(
    `kept in the store ${whole}: in its home \`git --git-dir '${whole}' show c0ffee\` reads it`,
  );
  for (const other of [
    `runner/../git/${'5a'.repeat(12)}`,
    'runner/r1/keys',
    `runner/r2/git/${'5a'.repeat(12)}`,
  ])
    expect(withWholePlaces(told(other), root)).toBe(told(other));
});
