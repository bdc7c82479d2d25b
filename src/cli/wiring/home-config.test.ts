/** A home that is not ready says which step is missing. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { newcomerConfig, userConfig } from '../../services/setup/config.ts';
import { editConfig, readConfig, requireMember, writeConfig } from './home-config.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'home-config-'));
});
afterEach(() => rmSync(root, { recursive: true }));
const hintOf = async (): Promise<string> => {
  const directory = join(root, 'user', 'default');
  const error = await requireMember(directory, userConfig, 'user').catch((error: unknown) => error);
  expect(error).toMatchObject({ code: 'not_found' });
  return (error as { hint: string }).hint;
};

test('without a key: make one, or a federation of one’s own; where there are such homes, how to use one of them', async () => {
  expect(await hintOf()).toMatch(/^create its key first: `entangle user init/);
  expect(await hintOf()).toContain('; or run `entangle up` in a repository');
  mkdirSync(join(root, 'up'));
  expect(await hintOf()).toContain(`--home ${join(root, 'up', 'NAME')}`);
});

test('with a key: join', async () => {
  const settings = { kind: 'user', name: 'default', keys: 'file', settings: null } as const;
  await writeConfig(join(root, 'user', 'default'), newcomerConfig, settings);
  expect(await hintOf()).toBe('join a federation first: `entangle user join INVITE`');
});

test.each([
  [
    'cannot be read',
    'kind: [',
    'not YAML: unexpected end of the stream within a flow collection at line 1, column 8',
  ],
  ['has a key twice', 'name: a\nname: b\n', 'not YAML: duplicated mapping key at line 2, column 1'],
  [
    'leads back into itself',
    'name: &a [*a]\n',
    'not YAML: aliases exceeded maxAliases .0. at line 1, column 12',
  ],
])('one that %s is named, with where, and is no bug of ours', async (_what, text, words) => {
  const file = join(root, 'config.yaml');
  writeFileSync(file, text, { mode: 0o600 });
  const error = await requireMember(root, userConfig, 'user').catch((error: unknown) => error);
  expect(error).toMatchObject({
    code: 'invalid',
    hint: `fix it in ${file}, or use another home: --home DIR`,
  });
  expect((error as Error).message).toMatch(new RegExp(`^${file}: ${words}[^\n]*(?<!:)$`));
});

test('one that can be read and not changed is said to be so, and stays', async () => {
  const text = 'kind: user\nname: "default\n\t\n  one"\nkeys: file\nsettings: null\n';
  const file = join(root, 'config.yaml');
  writeFileSync(file, text, { mode: 0o600 });
  expect(await readConfig(root)).toMatchObject({ name: 'default\none' });
  const changed = editConfig(root, newcomerConfig, [{ path: ['name'], value: 'other' }]);
  await expect(changed).rejects.toMatchObject({
    code: 'invalid',
    message: expect.stringContaining('cannot be changed as it is: Missing closing "quote at line 2'),
  });
  expect(readFileSync(file, 'utf8')).toBe(text);
});

const NEWCOMER = 'kind: user\nname: default\nkeys: file\nsettings: null\n';
test.each([
  [
    'before it has joined, as of a home that has not',
    NEWCOMER.replace('file', 'fil'),
    'keys: must be one of ',
  ],
  [
    'before it has joined, by the word that is misspelt',
    NEWCOMER.replace('name', 'nmae'),
    'unknown field "nmae"',
  ],
  ['afterwards, as of one that has', `${NEWCOMER}graph: acme\n`, 'unknown field "settings"'],
])('a mistake in a config is told %s', async (_when, text, words) => {
  writeFileSync(join(root, 'config.yaml'), text, { mode: 0o600 });
  const error = await requireMember(root, userConfig, 'user').catch((error: unknown) => error);
  expect(error).toMatchObject({ code: 'invalid' });
  expect((error as Error).message).toContain(`config.yaml: ${words}`);
});
