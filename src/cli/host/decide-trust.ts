/** What `host runner trust`, `reject` and `revoke` share: which runner is meant is settled by its words. */
import * as Flags from '@oclif/core/flags';
import { sanitize } from '../../core/encoding/sanitize.ts';
import { callHost, type HostClient } from '../../core/host-api/client.ts';
import type { RunnerView } from '../../core/host-api/shapes.ts';
import type { TrustDecision } from '../../core/vocabulary.ts';
import { confirmOrStop } from '../kit/confirm.ts';
import { hostFlags, nameArg, yes } from '../kit/flags.ts';

export const trustArgs = { runner: nameArg({ description: 'name of the runner', required: true }) };
export const trustFlags = {
  words: Flags.string({
    helpValue: 'WORDS',
    description: 'words that `entangle runner status` prints on its machine',
    env: 'ENTANGLE_WORDS',
  }),
  yes,
  ...hostFlags,
};
type Given = {
  words: string | undefined;
  yes: boolean;
  'no-input': boolean;
};

/** What to do without a terminal. The words themselves are not in it: they are compared only where they come from the runner's machine. */
const INSTEAD: Readonly<Record<TrustDecision, string>> = {
  trusted:
    'compare `entangle host runner show NAME` with the words that `entangle runner join` printed there, then say those with --words "WORD …"',
  rejected: 'confirm with --yes',
  revoked: 'confirm with --yes',
};

/** `words` are what the Host says. */
export const trustQuestion = (name: string, words: string): string =>
  `Words of ${sanitize(name)}:\n\n  ${sanitize(words)}\n\nDoes \`entangle runner status\` on its machine print the same?`;

/** `ask` puts the question to the person, given the words; not where `--words` or `--yes` answers it. */
export const confirmTrust = async (
  client: HostClient,
  name: string,
  state: TrustDecision,
  flags: Given,
  ask: (words: string) => string,
): Promise<RunnerView> => {
  const params = { name };
  const { words } = await callHost(client, 'runners.show', { params });
  if (flags.words === undefined && !flags.yes)
    await confirmOrStop(flags['no-input'], ask(words), INSTEAD[state].replace('NAME', name));
  return callHost(client, 'runners.trust', { params, body: { state, words: flags.words ?? words } });
};
