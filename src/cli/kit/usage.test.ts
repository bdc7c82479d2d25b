/** What oclif says of a command line, in our words. */
import { Args, Command, Parser } from '@oclif/core';
import * as Flags from '@oclif/core/flags';
import { expect, test } from 'vitest';
import { requiredKeys } from './flags.ts';
import { usageError, withDefaults } from './usage.ts';

class Probe extends Command {
  static override id = 'probe';
  static override flags = { keys: requiredKeys, to: Flags.string({ required: true }) };
  override async run(): Promise<void> {}
}

test('a flag that is missing is named as it is written, with the words that it may have', async () => {
  const refused = async (...words: string[]) =>
    usageError(await Parser.parse(words, { flags: Probe.flags }).catch((error: unknown) => error), Probe);
  expect(await refused('--to', 'x')).toMatchObject({
    code: 'usage',
    message: '--keys is missing: one of keyring, encrypted, file',
    hint: 'see `entangle probe --help`',
  });
  expect(await refused()).toMatchObject({
    message: expect.stringMatching(/^--keys is .*\n *--to is missing$/),
  });
});

test('arguments that are missing are named in one line, one alone with what it is', async () => {
  const id = Args.string({ required: true, description: 'id of a session' });
  const refused = async (args: Record<string, typeof id>) =>
    usageError(await Parser.parse([], { args }).catch((error: unknown) => error), Probe);
  expect(await refused({ id })).toMatchObject({ code: 'usage', message: 'ID is missing: id of a session' });
  expect(await refused({ name: { ...id }, id, file: { ...id } })).toMatchObject({
    message: 'NAME, ID and FILE are missing',
  });
});

test('a word that is near one of those that a flag may have is told of', async () => {
  const format = Flags.string({ options: ['json', 'ocsf'] });
  const hintOf = async (...words: string[]) =>
    usageError(await Parser.parse(words, { flags: { format } }).catch((error: unknown) => error), Probe);
  expect(await hintOf('--format', 'ocfs')).toMatchObject({
    message: expect.stringContaining('"ocfs" is not one of json, ocsf'),
    hint: 'did you mean `ocsf`? see `entangle probe --help`',
  });
  expect(await hintOf('--format', 'something')).toMatchObject({ hint: 'see `entangle probe --help`' });
  await expect(withDefaults({ format }, { format: 'ocfs' }, {})).rejects.toMatchObject({
    hint: 'use `ocsf`',
  });
});

test('of a flag that there is none of no value is repeated: it may be a secret', async () => {
  const refused = async (...words: string[]) =>
    usageError(await Parser.parse(words, { flags: Probe.flags }).catch((error: unknown) => error), Probe);
  const given = ['--keys', 'file', '--to', 'x'];
  expect(await refused(...given, '--token=hunter2')).toMatchObject({ message: 'unknown flag: --token' });
  expect(await refused(...given, '-hunter2', '--token=hunter2')).toMatchObject({
    message: 'unknown flags: -h, --token',
  });
});
