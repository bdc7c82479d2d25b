/** Words that are no longer wanted are taken out of a Host’s record, unless somebody holds them. */

import * as Flags from '@oclif/core/flags';
import { systemClock } from '../../adapters/system/clock.ts';
import { dayStart, isoTime } from '../../core/encoding/time.ts';
import { EntangleError } from '../../core/errors.ts';
import { DAY } from '../../core/grammars.ts';
import type { Home } from '../../services/messaging/home.ts';
import { type HostConfig, hostConfig } from '../../services/setup/config.ts';
import { confirmOrStop } from '../kit/confirm.ts';
import { hostName, passphraseFile, yes } from '../kit/flags.ts';
import { counted, pairs } from '../kit/render.ts';
import { requireConfig, writeConfig } from '../wiring/home-config.ts';
import { NO_HOST } from '../wiring/missing-home.ts';
import { openHome } from '../wiring/open-home.ts';
import {
  begunPruning,
  prunableIn,
  pruneBefore,
  recordPruning,
  requireNoHold,
} from '../wiring/prune-ledger.ts';

export const pruneFlags = {
  host: hostName,
  before: Flags.string({
    description: 'sessions that were over before this day, in UTC',
    env: 'ENTANGLE_PRUNE_BEFORE',
    helpValue: 'DAY',
    required: true,
  }),
  'passphrase-file': passphraseFile,
  yes,
};

const configOf = (directory: string): Promise<HostConfig> => requireConfig(directory, hostConfig, NO_HOST);

const timeOf = (day: string): number => {
  const ms = dayStart(day);
  if (ms === null) throw new EntangleError('usage', `not a day: ${day}`, { hint: `write ${DAY.rule}` });
  if (ms <= systemClock.now()) return ms;
  throw new EntangleError('usage', `${day} is still to come`, { hint: 'use a day that is over' });
};

export type PrunedAudit = { before: string; lines: number; sessions: number };
type Given = { before: string; yes: boolean; 'no-input': boolean; 'passphrase-file'?: string | undefined };

export const pruneAudit = async (directory: string, given: Given, log: Home['log']): Promise<PrunedAudit> => {
  const ms = timeOf(given.before);
  const before = isoTime(ms);
  const config = await configOf(directory);
  requireNoHold(config);
  const { lines, sessions } = await prunableIn(directory, ms);
  const what = `${counted(lines.size, 'line')} of ${counted(sessions, 'session')}`;
  if (lines.size > 0 && !given.yes)
    await confirmOrStop(given['no-input'], `Take the contents of ${what} out of the record, for good?`);
  await pruneBefore(directory, config, ms);
  const pruned = await begunPruning(directory);
  if (pruned === null) return { before, lines: 0, sessions: 0 };
  const keys = { passphraseFile: given['passphrase-file'], input: !given['no-input'] };
  const owner = 'entangle host audit prune';
  const opened = await openHome(directory, config, { ...keys, mode: 'exclusive', owner, log });
  await recordPruning(directory, config, opened.home).finally(() => opened.close());
  return { before: isoTime(pruned.before), lines: pruned.lines, sessions: pruned.sessions };
};

export const prunedText = ({ before, lines, sessions }: PrunedAudit): string =>
  lines === 0
    ? `nothing of a session that was over before ${before} is left to prune`
    : pairs([
        [
          'pruned',
          `${counted(lines, 'line')} of ${counted(sessions, 'session')} that were over before ${before}`,
        ],
        ['kept', 'who signed what and when, its id and its place: `entangle host audit verify` shows it'],
        ['not here', 'backups of this home, runners and people keep what they have'],
      ]);

export type LegalHold = { name: string; reason: string; since: string };

export const holdFlags = {
  host: hostName,
  reason: Flags.string({
    description: 'why: it is shown to whoever wants to prune',
    env: 'ENTANGLE_HOLD_REASON',
    helpValue: 'TEXT',
    required: true,
  }),
};

export const legalHolds = async (directory: string): Promise<LegalHold[]> =>
  (await configOf(directory)).holds ?? [];

export const addHold = async (directory: string, name: string, reason: string): Promise<LegalHold> => {
  const config = await configOf(directory);
  const { holds = [] } = config;
  if (holds.some((hold) => hold.name === name))
    throw new EntangleError('conflict', `there is a legal hold "${name}" already`, {
      hint: 'see `entangle host audit hold list`',
    });
  const hold = { name, reason, since: isoTime(systemClock.now()) };
  await writeConfig(directory, hostConfig, { ...config, holds: [...holds, hold] });
  return hold;
};

export const removeHold = async (directory: string, name: string): Promise<LegalHold> => {
  const config = await configOf(directory);
  const hold = config.holds?.find((one) => one.name === name);
  if (!hold)
    throw new EntangleError('not_found', `no legal hold "${name}"`, {
      hint: 'see `entangle host audit hold list`',
    });
  await writeConfig(directory, hostConfig, {
    ...config,
    holds: config.holds!.filter((one) => one.name !== name),
  });
  return hold;
};
