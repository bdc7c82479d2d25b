/** What `host runner trust`, `reject` and `revoke` share: which runner is meant is settled by its words. */
import * as Flags from '@oclif/core/flags';
import { callHost } from '../../core/host-api/client.ts';
import type { RunnerView } from '../../core/host-api/shapes.ts';
import type { TrustDecision } from '../../core/vocabulary.ts';
import { confirmOrStop } from '../kit/confirm.ts';
import { nameArg, tokenFile, yes } from '../kit/flags.ts';
import type { Home as Paths } from '../kit/settings.ts';
import { hostClient } from '../wiring/host-client.ts';

export const trustArgs = { name: nameArg({ description: 'name of the runner', required: true }) };
export const trustFlags = {
  words: Flags.string({
    helpValue: 'WORDS',
    description: 'words that `entangle runner status` prints on its machine',
    env: 'ENTANGLE_WORDS',
  }),
  yes,
  'token-file': tokenFile,
};
type Given = {
  words: string | undefined;
  yes: boolean;
  'token-file': string | undefined;
  'no-input': boolean;
};

/** `ask` puts the question to the person, given the words; not where `--words` or `--yes` answers it. */
export const decideTrust = async (
  paths: Paths,
  name: string,
  state: TrustDecision,
  flags: Given,
  ask: (words: string) => string,
): Promise<RunnerView> => {
  const client = hostClient(paths, flags['token-file']);
  const params = { name };
  const { words } = await callHost(client, 'runners.show', { params });
  if (flags.words === undefined && !flags.yes)
    await confirmOrStop(flags['no-input'], ask(words), `compare, then confirm with --words "${words}"`);
  return callHost(client, 'runners.trust', { params, body: { state, words: flags.words ?? words } });
};
