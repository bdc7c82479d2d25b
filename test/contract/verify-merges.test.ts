/** T177 `entangle verify A..B --merges-ok` in repositories that plain git made: what a merge may bring in, and what nothing of them decides. */
import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { suiteWasm } from '../../src/adapters/crypto/suite-wasm.ts';
import { openEvidenceSource } from '../../src/adapters/git/evidence-source.ts';
import { createGit } from '../../src/adapters/git/git.ts';
import { verifiedText, verify } from '../../src/cli/evidence/verify.ts';
import { resolveHome } from '../../src/cli/kit/settings.ts';
import { npub } from '../../src/core/encoding/id.ts';
import { attest } from '../support/attested.ts';
import {
  commitAll,
  type Fixture,
  gitFixture,
  give,
  headOf,
  plainGit,
  writeFiles,
} from '../support/git-fixtures.ts';
import { createWorld, NOW } from '../support/world.ts';

const world = createWorld(suiteWasm);
const HOST = npub(world.actors.host.pubkey);
const REF = 'refs/entangle/attestations';
const LINES = Array.from({ length: 40 }, (_, i) => `line ${i}\n`);
const text = (...changes: [number, string][]): string =>
  LINES.map((line, i) => changes.find(([at]) => at === i)?.[1] ?? line).join('');

let fixture: Fixture;
let base: string;
let round = 0;
const git = (...args: string[]) => plainGit(fixture.work, ...args);
const committed = (message: string): string => commitAll(fixture.work, message, '--allow-empty');
beforeAll(() => {
  fixture = gitFixture();
});
afterAll(() => fixture.remove());
/** Each test has a base of its own, with a file of many lines. */
beforeEach(() => {
  git('checkout', '--quiet', '-b', `base-${++round}`, 'main');
  writeFiles(fixture.work, { 'a.txt': text(), 'b.txt': text(), 'c.txt': 'c\n' });
  base = committed(`base ${round}`);
});

const on = (commit: string, name: string): void => {
  git('checkout', '--quiet', '-B', `${name}-${round}`, commit);
};
const approve = async (commit: string): Promise<void> => {
  const facts = await (await openEvidenceSource(fixture.work, suiteWasm.sha256)).facts(commit);
  give(fixture.work, fixture.remote, commit, `approved-${commit}`);
  const files = attest(world, { facts, remote: fixture.repository.url });
  await createGit().attest(fixture.repository, { commit, files, at: NOW });
};
/** A commit over another one that people approved. */
const approved = async (over: string, name: string, files: Record<string, string>): Promise<string> => {
  on(over, name);
  writeFiles(fixture.work, files);
  const commit = committed(name);
  await approve(commit);
  return commit;
};
const merge = (...args: string[]): string => {
  git('merge', '--quiet', '--no-ff', '--no-edit', ...args);
  return headOf(fixture.work);
};
const cloneOf = (head: string, ...options: string[]): string => {
  const clone = join(fixture.root, `merges-${round}-${readdirSync(fixture.root).length}`);
  give(fixture.work, fixture.remote, head, `merged-${round}`);
  give(fixture.work, fixture.remote, base, `base-${round}`);
  const source = ['--config', `remote.origin.fetch=+${REF}:${REF}`, fixture.repository.url];
  plainGit(fixture.root, 'clone', '--quiet', '--no-local', ...options, ...source, clone);
  return clone;
};
const checkedIn = (repo: string, head: string, more: object = {}, from = base) =>
  verify(
    `${from}..${head}`,
    { repo, authority: [HOST], 'merges-ok': true, ...more },
    { home: resolveHome(join(fixture.root, 'none'), {}, '/'), json: true },
  );
type Item = { commit: string; verdict: string; fault: string | null };
/** What the head comes to; all else has to be verified. */
const headIn = async (repo: string, head: string, more: object = {}): Promise<string> => {
  const items: Item[] = await checkedIn(repo, head, more).then(
    ({ items: all }) => all,
    ({ details, message }) => details ?? [{ commit: head, verdict: 'thrown', fault: message }],
  );
  expect(items.filter(({ commit, verdict }) => commit !== head && verdict !== 'verified')).toEqual([]);
  const one = items.find(({ commit }) => commit === head)!;
  return one.fault ?? one.verdict;
};
const verdictOf = (head: string, more: object = {}) => headIn(cloneOf(head), head, more);

test('a merge of what was approved passes, and only where that is asked for', async () => {
  const one = await approved(base, 'one', { 'a.txt': text([1, 'one\n']) });
  const two = await approved(base, 'two', { 'a.txt': text([30, 'two\n']), 'new.txt': 'new\n' });
  on(one, 'merge');
  const merged = merge(two);
  const clone = cloneOf(merged);
  const found = await checkedIn(clone, merged);
  expect(found.items.map(({ isPlainMerge }) => isPlainMerge).sort()).toEqual([false, false, true]);
  expect(verifiedText(found)).toContain(`verified ${merged}: a merge of verified commits, as git makes it`);
  expect(await headIn(clone, merged, { 'merges-ok': false })).toBe('no_attestation');
  // One parent is the base itself
  on(base, 'no-ff');
  expect(await verdictOf(merge(one))).toBe('verified');
  // What follows a merge that is not verified is not, though git makes it
  on(merged, 'after');
  const other = await approved(base, 'other', { 'c.txt': 'other\n' });
  on(merged, 'second');
  expect(await verdictOf(merge(other))).toBe('verified');
  await expect(
    verify(merged, { repo: clone, 'merges-ok': true }, { home: resolveHome('none', {}, '/'), json: true }),
  ).rejects.toMatchObject({ code: 'usage' });
});

test('an evil merge: a line more, a file more, a mode, one side alone', async () => {
  const one = await approved(base, 'one', { 'a.txt': text([1, 'one\n']) });
  const two = await approved(base, 'two', { 'b.txt': text([30, 'two\n']) });
  const altered = (work: () => void): string => {
    on(one, 'evil');
    merge(two);
    work();
    git('add', '--all');
    git('commit', '--quiet', '--amend', '--no-edit');
    return headOf(fixture.work);
  };
  const write = (name: string, words: string) => () => writeFiles(fixture.work, { [name]: words });
  expect(await verdictOf(altered(write('a.txt', text([1, 'one\n'], [9, 'evil\n']))))).toBe('merge_changed');
  expect(await verdictOf(altered(write('evil.txt', 'evil\n')))).toBe('merge_changed');
  expect(await verdictOf(altered(() => chmodSync(join(fixture.work, 'c.txt'), 0o755)))).toBe('merge_changed');
  expect(await verdictOf(altered(() => void git('rm', '--quiet', 'c.txt')))).toBe('merge_changed');
  on(one, 'ours');
  expect(await verdictOf(merge('--strategy=ours', two))).toBe('merge_changed');
  // The same, in a merge over which an honest one lies
  const evil = altered(write('evil.txt', 'evil\n'));
  const three = await approved(base, 'three', { 'c.txt': 'three\n' });
  on(evil, 'over');
  const over = merge(three);
  await expect(checkedIn(cloneOf(over), over)).rejects.toMatchObject({
    details: expect.arrayContaining([
      expect.objectContaining({ commit: evil, fault: 'merge_changed' }),
      expect.objectContaining({ commit: over, fault: 'merge_of_unverified' }),
    ]),
  });
});

test('what nobody approved comes in by no parent, whichever it is', async () => {
  const one = await approved(base, 'one', { 'a.txt': text([1, 'one\n']) });
  on(base, 'unapproved');
  writeFiles(fixture.work, { 'b.txt': text([2, 'unapproved\n']) });
  const bad = committed('unapproved');
  for (const [into, of] of [
    [one, bad],
    [bad, one],
  ] as const) {
    on(into, 'merge');
    const merged = merge(of);
    await expect(checkedIn(cloneOf(merged), merged)).rejects.toMatchObject({
      details: expect.arrayContaining([
        expect.objectContaining({ commit: bad, fault: 'no_attestation' }),
        expect.objectContaining({ commit: merged, fault: 'merge_of_unverified' }),
      ]),
    });
  }
});

test('an octopus, a conflict that somebody resolved, and histories with nothing in common', async () => {
  const one = await approved(base, 'one', { 'a.txt': text([1, 'one\n']) });
  const two = await approved(base, 'two', { 'b.txt': text([1, 'two\n']) });
  const three = await approved(base, 'three', { 'c.txt': 'three\n' });
  on(one, 'octopus');
  expect(await verdictOf(merge(two, three))).toBe('merge_of_many');
  const other = await approved(base, 'other', { 'a.txt': text([1, 'other\n']) });
  on(one, 'conflict');
  // Resolved as one side has it, which a driver or an option could have done
  expect(await verdictOf(merge('--strategy-option=theirs', other))).toBe('merge_conflict');
  git('checkout', '--quiet', '--orphan', `orphan-${round}`);
  const first = committed('another history');
  give(fixture.work, fixture.remote, first, `orphan-${round}`);
  on(one, 'unrelated');
  const merged = merge('--allow-unrelated-histories', '--strategy=ours', first);
  await expect(checkedIn(cloneOf(merged), merged, {}, base)).rejects.toMatchObject({
    details: expect.anything(),
  });
  const source = await openEvidenceSource(fixture.work, suiteWasm.sha256);
  await source.commits(merged);
  expect(await (await source.merge(merged)).merged()).toEqual({ why: 'history' });
});

test('a criss-cross, and a file that one side renamed, as git makes them', async () => {
  const one = await approved(base, 'one', { 'a.txt': text([1, 'one\n']) });
  const two = await approved(base, 'two', { 'b.txt': text([30, 'two\n']) });
  on(one, 'left');
  const left = merge(two);
  on(two, 'right');
  const right = merge(one);
  const more = await approved(left, 'more', { 'a.txt': text([1, 'one\n'], [20, 'more\n']) });
  on(more, 'cross');
  expect(await verdictOf(merge(await approved(right, 'most', { 'c.txt': 'most\n' })))).toBe('verified');
  on(base, 'renamed');
  git('mv', 'a.txt', 'renamed.txt');
  const renamed = committed('renamed');
  await approve(renamed);
  on(renamed, 'rename');
  expect(await verdictOf(merge(one))).toBe('verified');
});

test('drivers, attributes, settings, hooks and the index of the repository decide nothing, and nothing of them runs', async () => {
  const trap = join(tmpdir(), `entangle-trap-${process.pid}-${round}`);
  const one = await approved(base, 'one', {
    'a.txt': text([1, 'one\n']),
    '.gitattributes': '*.txt merge=union\n',
  });
  const two = await approved(base, 'two', { 'a.txt': text([1, 'two\n']) });
  on(one, 'union');
  // With that attribute git makes one of both lines; without it, it is a conflict
  const union = merge(two);
  const three = await approved(base, 'three', {
    'b.txt': text([3, 'three\n']),
    '.gitattributes': '* merge=evil\n',
  });
  const four = await approved(base, 'four', { 'b.txt': text([33, 'four\n']) });
  on(three, 'driver');
  const honest = merge(four);
  const clone = cloneOf(honest);
  plainGit(clone, 'fetch', '--quiet', 'origin', `+refs/heads/*:refs/heads/*`, '--update-head-ok');
  plainGit(clone, 'fetch', '--quiet', fixture.work, union);
  for (const [name, value] of [
    ['merge.evil.driver', `touch ${trap}; echo evil > %A`],
    ['merge.union.driver', `touch ${trap}`],
    ['merge.renames', 'false'],
    ['core.attributesFile', join(clone, '.git/info/attributes')],
    ['core.fsmonitor', `touch ${trap}`],
    ['attr.tree', three],
  ] as const)
    plainGit(clone, 'config', name, value);
  mkdirSync(join(clone, '.git/info'), { recursive: true });
  writeFileSync(join(clone, '.git/info/attributes'), '* merge=evil\n');
  for (const hook of ['post-merge', 'pre-merge-commit', 'post-checkout', 'reference-transaction'])
    writeFileSync(join(clone, '.git/hooks', hook), `#!/bin/sh\ntouch ${trap}\n`, { mode: 0o755 });
  expect(await headIn(clone, honest)).toBe('verified');
  expect(await headIn(clone, union)).toBe('merge_conflict');
  expect(readdirSync(tmpdir()).filter((name) => name.startsWith(`entangle-trap-${process.pid}`))).toEqual([]);
});

test('replacements, grafts and a cut of the history change no parent, tree or base', async () => {
  const one = await approved(base, 'one', { 'a.txt': text([1, 'one\n']) });
  const two = await approved(base, 'two', { 'b.txt': text([30, 'two\n']) });
  on(one, 'evil');
  merge(two);
  writeFiles(fixture.work, { 'evil.txt': 'evil\n' });
  git('add', '--all');
  git('commit', '--quiet', '--amend', '--no-edit');
  const evil = headOf(fixture.work);
  on(one, 'honest');
  const honest = merge(two);
  const clone = cloneOf(evil);
  plainGit(clone, 'fetch', '--quiet', fixture.work, honest);
  // Git would show the honest one in its place
  plainGit(clone, 'replace', evil, honest);
  expect(plainGit(clone, 'rev-parse', `${evil}^{tree}`)).not.toBe('');
  expect(await headIn(clone, evil)).toBe('merge_changed');
  // And of two, one whose tree has what is evil already
  plainGit(clone, 'replace', '--delete', evil);
  plainGit(clone, 'replace', two, evil);
  expect(await headIn(clone, evil)).toBe('merge_changed');
  plainGit(clone, 'replace', '--delete', two);
  mkdirSync(join(clone, '.git/info'), { recursive: true });
  writeFileSync(join(clone, '.git/info/grafts'), `${evil} ${one}\n`);
  expect(await headIn(clone, evil)).toBe('merge_changed');
  expect(await headIn(clone, honest)).toBe('verified');
  // Cut between the range and what both parents have in common: nothing is made of half a history
  const cut = cloneOf(honest);
  writeFileSync(join(cut, '.git/shallow'), `${base}\n`);
  expect(readFileSync(join(cut, '.git/shallow'), 'utf8')).toContain(base);
  expect(await headIn(cut, honest)).toBe('merge_history');
});

test('a policy holds of the commits that a merge brings in, and not of the merge', async () => {
  const policy = join(fixture.root, 'policy.yaml');
  const write = (words: string) => writeFileSync(policy, words);
  const one = await approved(base, 'one', { 'a.txt': text([1, 'one\n']) });
  const two = await approved(base, 'two', { 'b.txt': text([30, 'two\n']) });
  on(one, 'merge');
  const merged = merge(two);
  const clone = cloneOf(merged);
  write('require: [exact]\nrules: [{ paths: ["*.txt"], by: [bob] }, { paths: ["src/**"], quorum: 2 }]\n');
  expect(await headIn(clone, merged, { policy })).toBe('verified');
  const faults = async () =>
    checkedIn(clone, merged, { policy }).then(
      () => [],
      ({ details }) => details.map(({ commit, fault }: Item) => [commit, fault]),
    );
  write('rules: [{ paths: ["b.*"], by: [alice] }]\n');
  expect(await faults()).toEqual(
    expect.arrayContaining([
      [one, null],
      [two, 'not_by_required'],
      [merged, 'merge_of_unverified'],
    ]),
  );
  write('rules: [{ branches: ["x"], quorum: 2 }]\n');
  expect(
    (await faults()).filter(([, fault]: [string, string]) => fault === 'fewer_than_required'),
  ).toHaveLength(2);
  write('quorum: none\n');
  await expect(checkedIn(clone, merged, { policy })).rejects.toMatchObject({
    code: 'invalid',
    message: expect.stringContaining('is no policy: quorum: must be a number'),
  });
});
