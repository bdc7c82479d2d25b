/** What a person is shown of a change: both sides of each file, from bytes that are here and fit what is signed. */

import { expect, test } from 'vitest';
import { APPROVAL, BASE, startSingleUser } from '../../../test/sim/single-user.ts';
import { ofPublish } from '../../../test/support/published.ts';
import { toHex, utf8 } from '../../core/encoding/bytes.ts';
import type { ChangedFile } from '../../core/source/changes.ts';
import { showApproval } from './approval-view.ts';

type Alice = Awaited<ReturnType<typeof startSingleUser>>;
const show = async ({ user, home }: Alice, waitMs = 0) =>
  ofPublish(await showApproval(user, home.tables.get('approvals', APPROVAL)!, waitMs));

const lines = (last: string) => utf8(`${'a line of text\n'.repeat(10_000)}${last}\n`);
const side = (bytes: Uint8Array, mode = '100644') => ({ mode, bytes });
const BINARY = Uint8Array.of(0, 1, 2, 255);
const file = (path: string, old: Uint8Array | null, now: Uint8Array | null): ChangedFile => ({
  path,
  old: old && side(old),
  new: now && side(now),
});

/** What is shown of the files, and of which their old contents were asked for. */
const seen = async (files: readonly ChangedFile[], contents?: Uint8Array) => {
  const alice = await startSingleUser();
  await alice.askApproval({ files });
  const asked: string[][] = [];
  if (contents !== undefined)
    alice.user.contents = async (commit, wanted) => {
      asked.push([commit, ...wanted.map(({ path }) => path)]);
      return new Map(wanted.map(({ path }) => [path, contents]));
    };
  return { ...(await show(alice)), asked };
};

test('each file is shown with both of its sides, and what it grows to', async () => {
  const { home, askApproval, ...alice } = await startSingleUser();
  const [one, two] = [utf8('one\n'), utf8('one\ntwo\n')];
  const script = { path: 'run.sh', old: side(one), new: side(one, '100755') };
  await askApproval({
    files: [file('new', null, two), file('old', one, null), file('pic', BINARY, one), script],
  });
  const { files, bytes, diff } = await show({ home, askApproval, ...alice });
  const shown = (content: Uint8Array, mode = '100644') => {
    const digest = `sha256:${toHex(home.suite.sha256(content))}`;
    return { mode, size: content.length, digest };
  };
  const none = { added: 0, removed: 0 };
  const text = { shown: 'hunks', recomputed: true };
  expect(files).toEqual([
    { path: 'new', ...text, added: 2, removed: 0, old: null, new: shown(two) },
    { path: 'old', ...text, added: 0, removed: 1, old: shown(one), new: null },
    { path: 'pic', ...none, shown: 'binary', recomputed: false, old: shown(BINARY), new: shown(one) },
    { path: 'run.sh', ...text, ...none, old: shown(one), new: shown(one, '100755') },
  ]);
  expect(bytes).toBe(two.length + one.length + one.length);
  expect(diff.match(/^\+\+\+ .*/gm)).toEqual(['+++ b/new', '+++ /dev/null', '+++ b/pic', '+++ b/run.sh']);
});

test('a large file is recomputed where its old content is at hand, and else said not to be', async () => {
  const files = [file('lock', lines('old'), lines('new'))];
  const unknown = await seen(files);
  expect(unknown.files).toMatchObject([{ added: 1, removed: 1, recomputed: false }]);
  expect(unknown.diff).toContain('not recomputed here');
  const known = await seen(files, lines('old'));
  expect([known.files[0]!.recomputed, known.asked]).toEqual([true, [[BASE, 'lock']]]);
  expect(known.diff).not.toContain('not recomputed');
  expect((await seen(files, lines('other'))).files[0]!.recomputed).toBe(false);
});

test('no old content is asked for where the hunks hold it, or nothing is compared', async () => {
  const small = [
    file('new', null, lines('new')),
    file('old', lines('old'), null),
    file('pic', BINARY, lines('x')),
  ];
  const { files, asked } = await seen([...small, file('text', utf8('one\n'), utf8('two\n'))], lines('old'));
  expect(files.map(({ recomputed }) => recomputed)).toEqual([true, true, false, true]);
  expect(asked).toEqual([]);
});

test('a change that comes while it is waited for is shown; its parts are asked for once', async () => {
  const alice = await startSingleUser();
  await alice.askApproval();
  const bundle = [...alice.home.disk.blobs.entries()][0]!;
  alice.home.disk.blobs.clear();
  const shown = show(alice, 10_000);
  await alice.time.pass(1000);
  expect(alice.said('blob.get').map(({ body }) => body.sha256)).toEqual([bundle[0]]);
  alice.home.disk.blobs.set(...bundle);
  await alice.time.pass(1000);
  expect((await shown).commit).toBe('c0'.repeat(20));
});
