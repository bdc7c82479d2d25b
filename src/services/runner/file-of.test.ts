/** A file of a workspace, as it is given away. */
import { expect, test } from 'vitest';
import { fileBelow } from '../../../test/sim/file-tree.ts';
import { fromUtf8, utf8 } from '../../core/encoding/bytes.ts';
import { filesOfTurn } from './file-of.ts';

const files = new Map([
  ['/w/a.txt', utf8('fine')],
  ['/w/log', utf8('token sk-47 was taken')],
]);
const fileOf = filesOfTurn({ readBelow: fileBelow(files) }, '/w', [
  { name: 'model', bytes: utf8('sk-47\n') },
]);

test('is read below it', async () => {
  const bytes = await fileOf('a.txt');
  expect('ok' in bytes ? bytes : fromUtf8(bytes)).toBe('fine');
});

test('T147 in which a secret of the turn stands is not given', async () => {
  expect(await fileOf('log')).toMatchObject({ ok: false, error: { code: 'has_secret' } });
});

test.each(['/w/a.txt', '../w/a.txt', './a.txt', 'a//b', '', 'a\0b'])(
  'T147 at %j is refused',
  async (path) => {
    expect(await fileOf(path)).toMatchObject({ ok: false, error: { code: 'bad_path' } });
  },
);
