/** What git promises: the git program over a bare repository, and memory. */

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { fromUtf8 } from '../../src/core/encoding/bytes.ts';
import { EntangleError } from '../../src/core/errors.ts';
import { contentOf } from '../support/changed-files.ts';
import { gathered } from '../support/gathered.ts';
import { type Files, type GitBench, gitInMemory, gitOnDisk } from './git-bench.ts';

const FIRST = { 'README.md': 'hello\n', 'src/a.txt': 'a\n' };
const AT = 1_800_000_000;

describe.each([
  ['program', gitOnDisk],
  ['memory', gitInMemory],
])('git: %s', (_, make) => {
  let bench: GitBench;
  beforeEach(() => {
    bench = make(FIRST);
  });
  afterEach(() => bench.remove());
  const resolve = (name: string) => bench.git.resolve(bench.repository, name);
  const opened = async () => {
    await bench.git.fetch(bench.repository, ['main']);
    const base = (await resolve('main'))!;
    const tree = bench.directory();
    await bench.git.checkout(bench.repository, base, tree);
    return { base, tree };
  };
  const commit = async (tree: string, parent: string, message = 'work', at = AT) =>
    (await bench.git.commit(bench.repository, tree, { parent, message, at })).commit;
  const made = async (files: Files = { 'new.txt': 'new\n' }) => {
    const { base, tree } = await opened();
    bench.write(tree, files);
    return { base, id: (await commit(tree, base))! };
  };
  const changed = (from: string, to: string) => gathered(bench.git.changes(bench.repository, from, to));
  const push = (id: string, expected: string | null, branch = 'main') =>
    bench.git.push(bench.repository, { commit: id, branch, expected });

  test('what a commit adds goes as a pack into another store that has its base', async () => {
    const { base, id } = await made();
    const pack = await bench.git.pack(bench.repository, { base, commit: id, most: 100_000 });
    const other = { ...bench.repository, store: `${bench.repository.store}-other` };
    // Whatever is wrong with it stays wrong: no later try is due
    await expect(bench.git.unpack(other, pack, id)).rejects.toMatchObject({ code: 'invalid' });
    await bench.git.fetch(other, ['main']);
    expect(await bench.git.resolve(other, id)).toBeNull();
    await expect(bench.git.unpack(other, pack, base.replace(/.$/, 'g'))).rejects.toMatchObject({
      code: 'invalid',
    });
    // Refused by whoever looks at it, as it would be in the store: nothing of it is there
    let seen: unknown;
    const refusing = bench.git.unpack(other, pack, id, async (apart) => {
      seen = await gathered(bench.git.changes(apart, base, id));
      throw new EntangleError('invalid', 'not what was signed');
    });
    await expect(refusing).rejects.toMatchObject({ message: 'not what was signed' });
    expect(seen).toEqual(await changed(base, id));
    expect(await bench.git.resolve(other, id)).toBeNull();
    await bench.git.unpack(other, pack, id);
    const tree = bench.directory();
    await bench.git.checkout(other, id, tree);
    expect(bench.read(tree)).toEqual({ ...FIRST, 'new.txt': 'new\n' });
    expect(await gathered(bench.git.changes(other, base, id))).toEqual(await changed(base, id));
  });

  test('a commit is found by a line of its message, the newest first, and only in that history', async () => {
    const { base, tree } = await opened();
    const line = 'Entangle-Session: 01a2.e';
    const found = (from: string, words = line) => bench.git.withLine(bench.repository, from, words);
    const next = async (parent: string, message: string) => {
      bench.write(tree, { 'n.txt': message });
      return (await commit(tree, parent, message))!;
    };
    const first = await next(base, `one\n\n${line}\n`);
    const second = await next(first, 'two\n\nEntangle-Session: 01a2xe\n');
    expect([await found(base), await found(first), await found(second)]).toEqual([null, first, first]);
    const third = await next(second, `three\n\n${line}\nX: y\n`);
    expect([await found(third), await found(second)]).toEqual([third, first]);
    expect(await found(third, '--all')).toBe(null);
  });

  test('what stands beside commits is added by many stores, and what is there stays', async () => {
    const [a, b] = ['a1'.repeat(20), 'b2'.repeat(20)];
    const other = { ...bench.repository, store: `${bench.repository.store}-other` };
    await opened();
    await bench.git.fetch(other, ['main']);
    const put = (repository: typeof other, commit: string, statement: string) =>
      bench.git.attest(repository, {
        commit,
        files: { statement, events: 'e', signatures: { alice: 's' } },
        at: AT,
      });
    await Promise.all([put(bench.repository, a, 'one'), put(other, b, 'two')]);
    await put(other, a, 'one');
    expect(bench.attested(a)).toEqual({ statement: 'one', events: 'e', signatures: { alice: 's' } });
    expect(bench.attested(b)).toEqual({ statement: 'two', events: 'e', signatures: { alice: 's' } });
    // What comes later is put beside it, and goes with another statement
    const later = (files: object) =>
      bench.git.attest(other, {
        ...{ commit: a, at: AT },
        files: { statement: 'three', events: 'e', signatures: {}, ...files },
      });
    await later({ proof: 'p' });
    expect(bench.attested(a)).toMatchObject({ statement: 'three', proof: 'p' });
    await later({});
    expect(bench.attested(a)).not.toHaveProperty('proof');
    expect(bench.attested('c3'.repeat(20))).toBeNull();
  });

  test('what is told of log keys stands beside all commits, over what others left there', async () => {
    await opened();
    const host = 'ab'.repeat(32);
    const files = { statement: 'one', events: 'e', signatures: {} };
    const put = (line: string, of = host) =>
      bench.git.attest(bench.repository, {
        ...{ commit: 'a1'.repeat(20), files, at: AT },
        keys: { host: of, over: (there) => `${there}${line}\n` },
      });
    await put('first');
    await put('second');
    await put('of another', 'cd'.repeat(32));
    await bench.git.attest(bench.repository, { commit: 'a1'.repeat(20), files, at: AT });
    expect(bench.logKeys(host)).toBe('first\nsecond\n');
    expect(bench.attested('a1'.repeat(20))).toMatchObject({ statement: 'one' });
  });

  test('a remote may take nothing beside commits: denied', async () => {
    await opened();
    bench.refuse('no');
    const files = { statement: 'one', events: 'e', signatures: {} };
    const put = bench.git.attest(bench.repository, { commit: 'a1'.repeat(20), files, at: AT });
    await expect(put).rejects.toMatchObject({ code: 'denied' });
  });

  test('the tree of a commit has an id; equal trees have the same', async () => {
    const { base, id } = await made();
    const tree = (commit_: string) => bench.git.treeOf(bench.repository, commit_);
    expect(await tree(base)).toMatch(/^[0-9a-f]{40,64}$/);
    expect(await tree(id)).not.toBe(await tree(base));
    const again = bench.directory();
    await bench.git.checkout(bench.repository, id, again);
    bench.write(again, { 'x.txt': 'x' });
    expect(await tree((await commit(again, base))!)).not.toBe(await tree(id));
  });

  test('commits that nobody keeps go, with their objects; what is kept and what branches hold stays', async () => {
    const { base, id } = await made();
    const tree = bench.directory();
    await bench.git.checkout(bench.repository, base, tree);
    bench.write(tree, { 'other.txt': 'other\n' });
    const other = (await commit(tree, base, 'other'))!;
    const { store } = bench.repository;
    // What stands beside commits is held there too, and is none
    const files = { statement: 's', events: 'e', signatures: {} };
    await bench.git.attest(bench.repository, { commit: id, files, at: AT });
    const asked = new Map<string, number>();
    const keeps = (one: string, since: number): boolean => {
      asked.set(one, since);
      return one === other;
    };
    const { dropped } = await bench.git.tidy(store, keeps, true);
    expect(dropped.sort()).toEqual([base, id].sort());
    expect([...asked.keys()].sort()).toEqual([base, id, other].sort());
    expect(Math.abs(asked.get(id)! - Date.now() / 1000)).toBeLessThan(600);
    expect([await resolve(base), await resolve(id), await resolve(other)]).toEqual([base, null, other]);
    expect(await changed(base, other)).toHaveLength(1);
    expect(await bench.git.tidy(store, () => true, false)).toEqual({ dropped: [], isRepacked: false });
  });

  test('a pack of more bytes than it may have is not made', async () => {
    const { base, id } = await made({ 'new.txt': 'x'.repeat(50_000) });
    const most = 50;
    await expect(bench.git.pack(bench.repository, { base, commit: id, most })).rejects.toMatchObject({
      code: 'invalid',
    });
  });

  test('a branch stands for what was fetched, the remote head for what is there now', async () => {
    expect(await resolve('main')).toBeNull();
    const { base } = await opened();
    expect(base).toBe(bench.head('main'));
    expect(await resolve(base)).toBe(base);
    expect([await resolve('nope'), await resolve('a'.repeat(40))]).toEqual([null, null]);
    const next = bench.move({ b: 'b' });
    expect([await resolve('main'), await resolve(next)]).toEqual([base, null]);
    const remoteHead = (branch: string) => bench.git.remoteHead(bench.repository, branch);
    expect([await remoteHead('main'), await remoteHead('nope')]).toEqual([next, null]);
    await bench.git.fetch(bench.repository, ['main']);
    expect(await resolve('main')).toBe(next);
    expect(await resolve(base)).toBe(base);
  });

  test.each(['feature/über', 'fix(ui)', "it's", 'a/-b', '日本&;$'])(
    '%s is a branch like others',
    async (branch) => {
      const { base, id } = await made();
      expect(await push(id, null, branch)).toBe('pushed');
      await bench.git.fetch(bench.repository, [branch]);
      expect([await resolve(branch), bench.head(branch)]).toEqual([id, id]);
      expect(await bench.git.remoteHead(bench.repository, branch)).toBe(id);
      expect(await push(base, id, branch)).toBe('moved');
    },
  );

  test('a branch that is gone is gone after a fetch', async () => {
    const { id } = await made();
    await push(id, null, 'entangle/1');
    const fetched = () => bench.git.fetch(bench.repository, ['main', 'entangle/1']);
    await fetched();
    expect(await resolve('entangle/1')).toBe(id);
    bench.dropBranch('entangle/1');
    await fetched();
    expect(await resolve('entangle/1')).toBeNull();
  });

  test('a branch whose name begins with that of one that went is fetched like others', async () => {
    const { id } = await made();
    const long = `${'ü/'.repeat(60)}b`;
    for (const branch of ['a', 'a/b', 'a/b/c', long]) {
      await push(id, null, branch);
      await bench.git.fetch(bench.repository, [branch]);
      expect(await resolve(branch)).toBe(id);
      bench.dropBranch(branch);
    }
  });

  test('only the branches that are asked for are fetched: what lies on others is nobody’s trouble', async () => {
    const { id } = await made();
    await push(id, null, 'other');
    bench.spoil('feature/spoiled');
    await bench.git.fetch(bench.repository, ['main', 'feature/none']);
    expect(await resolve('main')).toBe(bench.head('main'));
    expect([await resolve('other'), await resolve('feature/spoiled')]).toEqual([null, null]);
    const refused = { code: 'invalid', message: expect.stringContaining('fsck error') };
    await expect(bench.git.fetch(bench.repository, ['main', 'feature/spoiled'])).rejects.toMatchObject(
      refused,
    );
  });

  test('a remote that is no repository is not found: no later try can help', async () => {
    const { id } = await made();
    const away = { ...bench.repository, url: 'file:///nowhere' };
    const push = { commit: id, branch: 'main', expected: null };
    const gone = { code: 'not_found' };
    await expect(bench.git.fetch(away, ['main'])).rejects.toMatchObject(gone);
    await expect(bench.git.remoteHead(away, 'main')).rejects.toMatchObject(gone);
    await expect(bench.git.push(away, push)).rejects.toMatchObject(gone);
  });

  test('what the remote says against a branch is known without a push', async () => {
    const { base, id } = await made();
    const objection = (branch: string, more = {}) =>
      bench.git.objection({ ...bench.repository, ...more }, { commit: id, branch, expected: null });
    expect([await objection('entangle/1'), bench.head('entangle/1')]).toEqual([null, null]);
    await push(id, null, 'entangle');
    expect(await objection('entangle/a/1')).toBe(
      'the remote has a branch "entangle", and git keeps none below another',
    );
    expect(await objection('entangle')).toBeNull();
    expect(await objection('other', { url: 'file:///nowhere' })).toMatch(
      /^git push failed|no such repository|ls-remote/,
    );
    await push(id, null, 'deep/er/1');
    expect([await objection('deep'), await objection('er/1')]).toEqual([
      'the remote has a branch "deep/er/1", and git keeps none below another',
      null,
    ]);
    // Another's commits are in its place, or are gone
    const at = (expected: string | null) =>
      bench.git.objection(bench.repository, { commit: id, branch: 'main', expected });
    const moved = expect.stringMatching(/^branch "main" is at .*, and the commit does not go on from that/);
    expect([await at(base), await at(null), await at(id)]).toEqual([null, moved, moved]);
    const other = bench.move({ b: 'b' });
    expect([await at(base), await at(other)]).toEqual([moved, moved]);
    // Its hooks are not asked by that
    bench.refuse('no');
    expect(await objection('other')).toBeNull();
  });

  test('a checkout holds the files of the commit, and wants an empty directory', async () => {
    const { base, tree } = await opened();
    expect(bench.read(tree)).toEqual(FIRST);
    await expect(bench.git.checkout(bench.repository, base, tree)).rejects.toMatchObject({
      code: 'conflict',
    });
  });

  test('a commit says parent, message and time; nothing changed is null; the same again is the same', async () => {
    const { base, tree } = await opened();
    expect(await commit(tree, base)).toBeNull();
    bench.write(tree, { 'new.txt': 'new\n' });
    const id = (await commit(tree, base))!;
    expect(await resolve(id)).toBe(id);
    expect(await commit(tree, base)).toBe(id);
    expect(await commit(tree, id)).toBeNull();
    const others = [await commit(tree, base, 'other words'), await commit(tree, base, 'work', AT + 1)];
    expect(new Set([base, id, ...others]).size).toBe(4);
  });

  test('what cannot be committed is told by its name, and all else is committed', async () => {
    const { base, tree } = await opened();
    bench.write(tree, { 'a\\b': 'x', 'new.txt': 'x' });
    const made = await bench.git.commit(bench.repository, tree, { parent: base, message: 'work', at: AT });
    expect(made.problem).toMatchObject({ code: 'invalid', message: expect.stringContaining('"a\\\\b"') });
    expect((await changed(base, made.commit!)).map(({ path }) => path)).toEqual(['new.txt']);
  });

  test('changes are sorted by the bytes of their paths, with both contents', async () => {
    const { base, id } = await made({ 'src/a.txt': 'b\n', 'src/\uff5e': '1', 'src/\u{1f600}': '2', B: '3' });
    const changes = await changed(base, id);
    expect(
      changes.map(({ path, old, new: now }) => [
        path,
        old && fromUtf8(contentOf(old)!),
        now && fromUtf8(contentOf(now)!),
      ]),
    ).toEqual([
      ['B', null, '3'],
      ['src/a.txt', 'a\n', 'b\n'],
      ['src/\uff5e', null, '1'],
      ['src/\u{1f600}', null, '2'],
    ]);
    expect(await changed(id, id)).toEqual([]);
  });

  test('a change goes on top of what came meanwhile, and neither is lost', async () => {
    const { base, id } = await made({ 'new.txt': 'new\n', 'src/a.txt': 'b\n' });
    const onto = bench.move({ 'README.md': 'bye\n' });
    await bench.git.fetch(bench.repository, ['main']);
    const of = { base, commit: id, onto, message: 'work', at: AT };
    const rebased = await bench.git.rebase(bench.repository, of);
    expect((await changed(onto, rebased)).map(({ path }) => path)).toEqual(['new.txt', 'src/a.txt']);
    const tree = bench.directory();
    await bench.git.checkout(bench.repository, rebased, tree);
    expect(bench.read(tree)).toEqual({ 'README.md': 'bye\n', 'src/a.txt': 'b\n', 'new.txt': 'new\n' });
    // One commit on top of theirs, which a push takes as a fast-forward
    expect(await push(rebased, onto)).toBe('pushed');
  });

  test('a change of what others changed, or onto another history, is a conflict that names it', async () => {
    const { base, id } = await made({ 'src/a.txt': 'mine\n' });
    const onto = bench.move({ 'src/a.txt': 'theirs\n' });
    await bench.git.fetch(bench.repository, ['main']);
    const rebase = (more: object) =>
      bench.git.rebase(bench.repository, { base, commit: id, onto, message: 'work', at: AT, ...more });
    const conflict = (words: string) => ({ code: 'conflict', message: expect.stringContaining(words) });
    await expect(rebase({})).rejects.toMatchObject(conflict(`${onto} changed the same of "src/a.txt"`));
    await expect(rebase({ base: onto, onto: base })).rejects.toMatchObject(conflict('was rewritten'));
  });

  test('a branch that others moved is an objection before anybody reads the change', async () => {
    const { base, id } = await made();
    const objection = () =>
      bench.git.objection(bench.repository, { commit: id, branch: 'main', expected: base });
    expect(await objection()).toBeNull();
    const next = bench.move({ b: 'b' });
    expect([await objection(), bench.head('main')]).toEqual([
      `branch "main" is at ${next}, and the commit does not go on from that: another turn would`,
      next,
    ]);
    expect(base).not.toBe(next);
  });

  test('a push to a new branch or over the expected head is done, and again is done already', async () => {
    const { base, id } = await made();
    for (const branch of ['entangle/1', 'main']) {
      const expected = branch === 'main' ? base : null;
      expect(await push(id, expected, branch)).toBe('pushed');
      expect(bench.head(branch)).toBe(id);
      expect(await push(id, expected, branch)).toBe('pushed');
    }
  });

  test('a branch that is not where it was expected has moved, and stays where it is', async () => {
    const { base, id } = await made();
    expect(await push(id, null)).toBe('moved');
    expect(await push(id, base, 'not-there')).toBe('moved');
    const next = bench.move({ b: 'b' });
    // The last one has the lease right and would drop what others pushed.
    expect([await push(id, base), await push(id, null), await push(id, next)]).toEqual(
      Array(3).fill('moved'),
    );
    expect([bench.head('main'), bench.head('not-there')]).toEqual([next, null]);
  });

  test('a remote that says no is denied with its words; a moved branch is told first', async () => {
    const { base, id } = await made();
    bench.refuse('policy says no');
    expect(await push(id, null)).toBe('moved');
    const denied = { code: 'denied', message: expect.stringContaining('policy says no') };
    await expect(push(id, base)).rejects.toMatchObject(denied);
    expect(bench.head('main')).toBe(base);
  });

  test('names that are no branch and ids that are no commit are refused', async () => {
    const { base, id } = await made();
    const invalid = { code: 'invalid' };
    for (const branch of ['', '-x', 'a..b', 'refs/heads/x', 'a'.repeat(40)]) {
      await expect(push(id, null, branch)).rejects.toMatchObject(invalid);
      await expect(bench.git.remoteHead(bench.repository, branch)).rejects.toMatchObject(invalid);
    }
    await expect(resolve('a..b')).rejects.toMatchObject(invalid);
    await expect(push('main', null, 'x')).rejects.toMatchObject(invalid);
    await expect(push(id, 'main')).rejects.toMatchObject(invalid);
    await expect(changed(base, 'main')).rejects.toMatchObject(invalid);
    await expect(bench.git.checkout(bench.repository, 'main', bench.directory())).rejects.toMatchObject(
      invalid,
    );
  });
});
