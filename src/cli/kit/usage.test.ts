/** What oclif says of a command line, in our words. */
import { Command, Parser } from '@oclif/core';
import * as Flags from '@oclif/core/flags';
import { expect, test } from 'vitest';
import { requiredKeys } from './flags.ts';
import { usageError } from './usage.ts';

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
