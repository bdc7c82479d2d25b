/** The whole check of a home's ledger, beside the process that serves it. */

import { join } from 'node:path';
import * as Flags from '@oclif/core/flags';
import { suiteWasm } from '../../adapters/crypto/suite-wasm.ts';
import { verifyLedger } from '../../adapters/ledger/verify.ts';
import { systemClock } from '../../adapters/system/clock.ts';
import { fits } from '../../core/encoding/grammar.ts';
import { EntangleError } from '../../core/errors.ts';
import { NAME } from '../../core/grammars.ts';
import { createCheckpointCheck } from '../../core/ledger/checkpoint-check.ts';
import { withoutCosigners } from '../../core/ledger/note.ts';
import { counted, pairs } from '../kit/render.ts';
import type { HomePaths } from '../kit/settings.ts';
import { foldProgress } from './fold-progress.ts';
import { readConfig } from './home-config.ts';
import { missingHome, NO_HOST } from './missing-home.ts';

export const ledgerCheckFlags = {
  role: Flags.string({
    description: 'another home of this machine: runner/NAME or user/NAME',
    env: 'ENTANGLE_ROLE',
    helpValue: 'ROLE/NAME',
  }),
  witness: Flags.string({
    description: 'a checkpoint that somebody kept: the ledger has to be the one that it is of',
    env: 'ENTANGLE_WITNESS',
    helpValue: 'FILE',
    exclusive: ['role'],
  }),
};

export type LedgerCheck = {
  lines: number;
  segments: number;
  /** How many of them were compared with their seals. */
  sealed: number;
  chain: string;
  torn: boolean;
  /** That the Host signed of it, all of them right. */
  checkpoints: number;
};

/** Throws `invalid`, with file, byte and line, at the first line that is not as it was written. */
export const checkLedger = async (
  directory: string,
  hint: string,
  progress: (text: string) => void,
  witness: string | null = null,
): Promise<LedgerCheck> => {
  if ((await readConfig(directory)) === undefined) throw missingHome(directory, hint);
  const kept = witness === null ? null : requireNote(witness);
  const verified = foldProgress((_level, text) => progress(text), systemClock);
  const checking = createCheckpointCheck(suiteWasm.sha256, kept);
  const found = await verifyLedger(join(directory, 'ledger'), suiteWasm, { verified, look: checking.see });
  const { n, chain, segments, sealed, torn } = found;
  return { lines: n, segments, sealed, chain: `sha256:${chain}`, torn, checkpoints: checking.end() };
};

/** What is no checkpoint says nothing of who keeps the ledger. */
const requireNote = (witness: string): string => {
  const note = withoutCosigners(witness);
  if (note !== null) return note;
  throw new EntangleError('invalid', 'the file that you kept is no checkpoint', {
    hint: 'keep what `entangle host audit checkpoint` prints, to the byte',
  });
};

const joinHint = (role: string): string => `join a federation first: \`entangle ${role} join INVITE\``;

/** The home that `--role` names: the Host's where none is named. */
export const homeOfRole = (
  home: HomePaths,
  role: string | undefined,
): { directory: string; hint: string } => {
  if (role === undefined) return { directory: home.host, hint: NO_HOST };
  const [kind, name = '', ...more] = role.split('/');
  if ((kind === 'runner' || kind === 'user') && more.length === 0 && fits(NAME, name))
    return { directory: home[kind](name), hint: joinHint(kind) };
  throw new EntangleError('usage', `no role of this home: ${JSON.stringify(role)}`, {
    hint: 'use runner/NAME or user/NAME',
  });
};

export const ledgerCheckText = (check: LedgerCheck): string => {
  const { lines, segments, sealed, chain, torn, checkpoints } = check;
  return pairs([
    ['lines', `${lines} in ${counted(segments, 'segment')}: chain, ids and signatures are right`],
    ...(segments > 1
      ? [['seals', `${sealed} of ${segments - 1}: these files are as they were sealed`] as [string, string]]
      : []),
    ['chain', chain],
    ...(checkpoints > 0
      ? [['checkpoints', `${checkpoints} signed, all of this ledger`] as [string, string]]
      : []),
    ...(torn
      ? [['end', 'a last line is incomplete: it is being written, or a crash left it'] as [string, string]]
      : []),
  ]);
};
