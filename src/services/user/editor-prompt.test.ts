/** A prompt of an editor as a task. */
import { expect, test } from 'vitest';
import { fromUtf8 } from '../../core/encoding/bytes.ts';
import { type Linked, readPrompt } from './editor-prompt.ts';

const open = async (uri: string, name: string): Promise<Linked> =>
  uri.startsWith('file:')
    ? { is: 'file', name, bytes: new Uint8Array([1]) }
    : { is: 'words', text: `${name} (${uri})` };
const read = (...blocks: ({ type: string } & Record<string, unknown>)[]) => readPrompt(blocks, open);
const text = (words: string) => ({ type: 'text', text: words });
const resource = (uri: string, words: string) => ({ type: 'resource', resource: { uri, text: words } });

test('words and files in their order, as one text', async () => {
  const { text: task, files } = await read(
    text('mend '),
    { type: 'resource_link', uri: 'file:///r/src/a.ts', name: 'a.ts' },
    text(' as '),
    resource('file:///r/my%20notes.md?x#L3', 'the notes'),
    text(' says, see '),
    { type: 'resource_link', uri: 'https://example.org', name: 'there' },
  );
  expect(task).toBe('mend [attached: a.ts] as [attached: my notes.md] says, see there (https://example.org)');
  expect(files.map(({ name }) => name)).toEqual(['a.ts', 'my notes.md']);
  expect(fromUtf8(files[1]!.bytes)).toBe('the notes');
});

test('bytes come in base64', async () => {
  const blob = (data: string) => ({ type: 'resource', resource: { uri: 'x:/a.bin', blob: data } });
  const { files } = await read(blob('AAEC'));
  expect([...files[0]!.bytes]).toEqual([0, 1, 2]);
  await expect(read(blob('!'))).rejects.toThrow('no base64');
});

test('two files of one name are told apart, and none is hidden', async () => {
  const { text: task, files } = await read(
    resource('file:///a/Index.ts', '1'),
    resource('file:///b/index.ts', '2'),
    resource('file:///.env', '3'),
    resource('file:///%zz', '4'),
  );
  expect(files.map(({ name }) => name)).toEqual(['Index.ts', '2-index.ts', '_.env', '%zz']);
  expect(task).toContain('[attached: 2-index.ts]');
});

test.each([
  ['an image', { type: 'image', data: 'AAAA', mimeType: 'image/png' }, /words and files, and no image/],
  ['a sound', { type: 'audio', data: 'AAAA', mimeType: 'audio/wav' }, /and no audio/],
  ['words that are none', { type: 'text', text: 7 }, /has not its form/],
  ['nothing', text(' \n'), /the prompt is empty/],
])('%s is refused in words', async (_, block, words) => {
  await expect(read(block)).rejects.toThrow(words);
});
