/** Contents of many megabytes: their digests are computed, and none of them is held. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { changedFile } from '../../../test/support/changed-files.ts';
import { gathered } from '../../../test/support/gathered.ts';
import { type Fixture, gitFixture, writeFiles } from '../../../test/support/git-fixtures.ts';
import { MAX_COMPARED, shownFile } from '../../core/source/change-document.ts';
import { createGit } from './git.ts';

const git = createGit();
const sha256 = (bytes: Uint8Array) => Uint8Array.from(createHash('sha256').update(bytes).digest());
let fixture: Fixture;
let serial = 0;
beforeEach(() => {
  fixture = gitFixture();
});
afterEach(() => fixture.remove());

const committed = async (write: (tree: string) => void) => {
  await git.fetch(fixture.repository, ['main']);
  const base = (await git.resolve(fixture.repository, 'main'))!;
  const tree = fixture.directory(`tree-${serial++}`);
  await git.checkout(fixture.repository, base, tree);
  write(tree);
  const { commit } = await git.commit(fixture.repository, tree, {
    ...{ parent: base, message: 'large', at: 1_800_000_000 },
  });
  return { base, commit: commit! };
};

test('what is too large to be compared comes as its digest and size, and is shown as if it had been held', async () => {
  const [most, more] = [Buffer.alloc(MAX_COMPARED, 7), Buffer.alloc(MAX_COMPARED + 1, 8)];
  const { base, commit } = await committed((tree) => writeFiles(tree, { most, more }));
  const [beyond, held] = await gathered(git.changes(fixture.repository, base, commit));
  const digest = createHash('sha256').update(more).digest('hex');
  expect(beyond).toEqual({
    ...{ path: 'more', old: null },
    new: { mode: '100644', size: more.length, sha256: digest },
  });
  expect(held?.new).toMatchObject({ bytes: expect.any(Uint8Array) });
  expect(shownFile(beyond!, sha256)).toEqual(shownFile(changedFile('more', null, more), sha256));
});

test('T142 a picture of 160 MiB is described in the memory of one of a kilobyte', async () => {
  const pictureOf = (size: string) =>
    committed((tree) => execFileSync('truncate', ['-s', size, join(tree, 'picture')]));
  const [small, large] = [await pictureOf('1K'), await pictureOf('160M')];
  const room = (name: string) => JSON.stringify(join(import.meta.dirname, name));
  const program = `
    const { createGit } = await import(${room('git.ts')});
    const { describedChange } = await import(${room('../../core/source/described-change.ts')});
    const { suiteWasm } = await import(${room('../crypto/suite-wasm.ts')});
    const described = ({ base, commit }) => {
      const changes = createGit().changes(${JSON.stringify(fixture.repository)}, base, commit);
      return describedChange(base, changes, suiteWasm.sha256);
    };
    await described(${JSON.stringify(small)});
    const before = process.resourceUsage().maxRSS;
    const { bytes } = await described(${JSON.stringify(large)});
    console.log(JSON.stringify([bytes, process.resourceUsage().maxRSS - before]));`;
  const args = ['--input-type=module', '--eval', program];
  const [bytes, grownKiB] = JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' }));
  expect(bytes).toBe(160 * 1024 * 1024);
  expect(grownKiB).toBeLessThan(64 * 1024);
});
