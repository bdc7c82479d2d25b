import { Parser } from '@oclif/core';
import * as Args from '@oclif/core/args';
import { expect, test } from 'vitest';
import { authorityFlag } from './verify.ts';

test('--authority takes one word, so the commit may stand behind it', async () => {
  const argv = ['--authority', 'npub1a', '--authority', 'npub1b', 'HEAD'];
  const read = await Parser.parse(argv, { flags: authorityFlag, args: { commit: Args.string() } });
  expect(read.flags.authority).toEqual(['npub1a', 'npub1b']);
  expect(read.args.commit).toBe('HEAD');
});
