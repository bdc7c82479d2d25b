import { expect, test } from 'vitest';
import { isAbout } from './canary-asked.ts';

const workspace = '/t/work';
const place = { name: 'canary-7', path: '/t/work/canary-7', workspace };
const TEXT = 'echo made > canary-7';
const none = { command: null, words: 'a call', input: null } as const;
const json = (value: object) => JSON.stringify(value);
const declared = (command: string) => ({ ...none, binding: 'declared', command }) as const;
const described = (words: string, input: object = {}) =>
  ({ ...none, binding: 'described', words, input: json(input) }) as const;
const exact = (argv: string[], cwd = '.') =>
  ({ ...none, binding: 'exact', command: argv.join(' '), input: json({ argv, cwd, env: {} }) }) as const;
const written = (path: string) =>
  ({ ...none, binding: 'content', command: '+made', written: { path, sha256: '' } }) as const;

test.each([
  ['its text', declared(TEXT)],
  ['words that end with it', described(`Bash\nRequesting approval to Running: ${TEXT}`)],
  ['its text as a program of a terminal', exact([TEXT])],
  ['a shell that is given it', exact(['sh', '-c', TEXT])],
  ['a shell that goes to its workspace first', exact(['/bin/bash', '-c', `cd '${workspace}' && ${TEXT}`])],
])('a command is asked about by %s', (_, asked) => {
  expect(isAbout(asked, { ...place, kind: 'command' })).toBe(true);
});

test.each([
  ['a text with more behind it', declared(`${TEXT}; rm -r ~`)],
  ['a text with more before it', declared(`rm -r ~; ${TEXT}`)],
  ['another command on its file', declared('rm canary-7')],
  ['a text that has its words in another case', declared(TEXT.toUpperCase())],
  ['words that name its file', described('Run a command on canary-7')],
  ['words with more behind it', described(`Running: ${TEXT}; rm -r ~`)],
  ['words in which it is no word of its own', described(`Running: no${TEXT}`)],
  ['its words as arguments of another', exact(['env', '-c', TEXT])],
  ['a shell that is given more arguments', exact(['sh', '-c', TEXT, 'more'])],
  ['a shell that is given another flag', exact(['sh', '-l', TEXT])],
  ['a shell that is given more', exact(['sh', '-c', `${TEXT}; rm -r ~`])],
  ['a shell that goes elsewhere first', exact(['sh', '-c', `cd '/' && ${TEXT}`])],
  ['a terminal in another directory', exact(['sh', '-c', TEXT], 'src')],
  ['the text of a terminal that is more than its words', { ...exact(['rm']), command: TEXT }],
])('%s is another command', (_, asked) => {
  expect(isAbout(asked, { ...place, kind: 'command' })).toBe(false);
});

test('a look is asked about by its own text', () => {
  expect(isAbout(declared('ls'), { ...place, kind: 'look' })).toBe(true);
  expect(isAbout(declared(TEXT), { ...place, kind: 'look' })).toBe(false);
  expect(isAbout(declared('ls'), { ...place, kind: 'command' })).toBe(false);
});

const { path } = place;
test.each([
  ['what its runner would write', written('canary-7')],
  ['words that end with its path', described(`Writing ${path}`)],
  ['the path of its call', described('Write', { rawInput: { file_path: path, content: 'x' } })],
  ['all places that it names', described('Write', { locations: [{ path }], content: [{ path }] })],
])('a file is asked about by %s', (_, asked) => {
  for (const kind of ['edit', 'outside'] as const) expect(isAbout(asked, { ...place, kind })).toBe(true);
});

test.each([
  ['what its runner would write elsewhere', written('src/canary-7')],
  ['a path that begins with its own', described('Write', { rawInput: { path: `${path}/x` } })],
  [
    'a second file beside it',
    described('Write', { rawInput: { path }, locations: [{ path: '/etc/passwd' }] }),
  ],
  ['a path that is no text', described('Write', { rawInput: { path: [path] } })],
  ['words with more behind it', described(`Writing ${path} and others`)],
  ['words with it, where the call names another', described(`Writing ${path}`, { rawInput: { path: '/x' } })],
  ['a command that names it', { ...declared(`touch ${path}`), words: path }],
  ['a call of another form', { ...described('Write', { locations: 7 }), words: 'Write it' }],
])('%s is another file', (_, asked) => {
  for (const kind of ['edit', 'outside'] as const) expect(isAbout(asked, { ...place, kind })).toBe(false);
});
