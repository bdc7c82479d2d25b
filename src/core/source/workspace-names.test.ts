/** What a workspace calls its commits and branches, and that no name of it can become another line or another branch. */
import { expect, test } from 'vitest';
import { BRANCH_PATTERN, COMMIT_AUTHOR, COMMIT_SUBJECT, COMMIT_TRAILER } from '../grammars.ts';
import { authorOf, branchNameOf, checkBranchPattern, commitMessageOf, landsOn } from './workspace-names.ts';

const AT = { node: 'builder', session: 's1' };

test.each([
  [undefined, 'entangle/builder/s1'],
  ['{session}', 's1'],
  ['agents/{node}-{session}/{node}', 'agents/builder-s1/builder'],
])('the pattern %s gives the branch %s', (pattern, branch) => {
  expect(branchNameOf(pattern, AT)).toBe(branch);
});

test.each([
  'a//{session}',
  '{session}.lock',
  '/{session}',
  '{session}/',
  '.{session}',
  'a..{session}',
  'refs/{session}',
])('T144 no branch is made by %s', (pattern) => {
  expect(BRANCH_PATTERN.pattern.test(pattern)).toBe(true);
  expect(() => checkBranchPattern(pattern)).toThrow('cannot be used');
});

test('a branch has room for `refs/heads/` in the 200 characters of an approval', () => {
  const most = `{session}${'x'.repeat(200 - 11 - 36)}`;
  expect(checkBranchPattern(most)).toBe(most);
  expect(() => checkBranchPattern(`${most}x`)).toThrow('too long');
});

test('trailers stand in one paragraph with that of the session, filled in; nothing else is a place', () => {
  const at = { ...AT, title: 'Mend {node}', change: 'I1', key: 'npub1a', requester: 'npub1b' };
  const whose = 'Entangle-Session: s1\nEntangle-Node: npub1a\nEntangle-Requested-By: npub1b\n';
  const trailers = ['Signed-off-by: Ada <a@b.c>', 'Change-Id: {change}', 'On: {node} {session}'];
  expect(commitMessageOf({ trailers }, at, ['So far.'])).toBe(
    `Mend {node}\n\nSo far.\n\n${whose}Signed-off-by: Ada <a@b.c>\nChange-Id: I1\nOn: builder s1\n`,
  );
  expect(commitMessageOf({}, { ...at, title: '' })).toBe(`task\n\n${whose}`);
  expect(commitMessageOf({ message: '{node}: {title}' }, at)).toBe(`builder: Mend {node}\n\n${whose}`);
  expect(commitMessageOf({ message: 'Work in {session}' }, at)).toBe(`Work in s1\n\n${whose}`);
});

test.each([
  [COMMIT_SUBJECT, 'feat({node}): {title}', true],
  [COMMIT_SUBJECT, 'Work in {session}', true],
  [COMMIT_SUBJECT, '{task}', false],
  [COMMIT_SUBJECT, ' a', false],
  [COMMIT_SUBJECT, 'a\nEntangle-Node: x', false],
  [COMMIT_SUBJECT, 'a'.repeat(200), true],
  [COMMIT_SUBJECT, 'a'.repeat(201), false],
  [COMMIT_TRAILER, 'Change-Id: {change}', true],
  [COMMIT_TRAILER, 'Change-Id: {session}{node} x', true],
  [COMMIT_TRAILER, 'Bug: {ticket}', false],
  [COMMIT_TRAILER, 'Bug : 1', false],
  [COMMIT_TRAILER, 'Bug: ', false],
  [COMMIT_TRAILER, 'Bug: 1\nX: 2', false],
  [COMMIT_TRAILER, 'ENTANGLE-Session: 1', false],
  [COMMIT_TRAILER, `Bug: ${'1'.repeat(200)}`, true],
  [COMMIT_TRAILER, `Bug: ${'1'.repeat(201)}`, false],
  [COMMIT_AUTHOR, 'Ada Bot <ada@example.com>', true],
  [COMMIT_AUTHOR, 'A <a@b>', true],
  [COMMIT_AUTHOR, '... <a@b.c>', false],
  [COMMIT_AUTHOR, 'Ada\nBob <a@b.c>', false],
  [COMMIT_AUTHOR, 'Ada <a@b.c> <d@e.f>', false],
  [BRANCH_PATTERN, 'a/{node}', false],
  [BRANCH_PATTERN, 'a {session}', false],
  [BRANCH_PATTERN, '{session}{change}', false],
])('T144 %o of %j: %s', ({ pattern }, text, isTaken) => {
  expect(pattern.test(text)).toBe(isTaken);
});

test.each([
  [`refs/heads/entangle/builder/${AT.session}`, null],
  ['refs/heads/main', 'main'],
  ['refs/heads/release/1', 'release/1'],
  ['main', 'main'],
])('T148 %s lands on %j', (ref, branch) => {
  expect(landsOn({ ref, session: AT.session })).toBe(branch);
});

test('an author is a name and an email', () => {
  expect(authorOf({ author: 'Ada Bot <ada@example.com>' })).toEqual({
    name: 'Ada Bot',
    email: 'ada@example.com',
  });
  expect(authorOf({})).toBeNull();
});
