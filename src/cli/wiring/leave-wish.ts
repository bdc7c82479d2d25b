/** That a runner is to leave, as a file in its home: whoever serves it reads it, at once or at the next start. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '../../adapters/system/clock.ts';
import { systemFiles } from '../../adapters/system/files.ts';
import { MAKES_HOME } from '../../core/command-words.ts';
import { isWord } from '../../core/encoding/grammar.ts';
import { EntangleError } from '../../core/errors.ts';
import { LEAVE_MODES, type LeaveMode } from '../../core/vocabulary.ts';

/** What is left to whoever wants to go on with a home that left. */
export const WHEN_LEFT = `make another one, with a key and an invite of its own: \`${MAKES_HOME.runner} --runner NAME\`, then \`entangle runner join INVITE --runner NAME\``;

const wishFile = (directory: string): string => join(directory, 'leave');
const leftFile = (directory: string): string => join(directory, 'left');
/** It is asked for at each step of its work. */
const LOOK_MS = 500;

export const wishToLeave = (directory: string, mode: LeaveMode): Promise<void> =>
  systemFiles.write(wishFile(directory), `${mode}\n`);

/** What the file says now; a file that says anything else is no wish. */
export const leaveWish = (directory: string): (() => Promise<LeaveMode | null>) => {
  let [at, mode] = [Number.NEGATIVE_INFINITY, null as LeaveMode | null];
  return async () => {
    if (systemClock.monotonic() - at < LOOK_MS) return mode;
    at = systemClock.monotonic();
    const text = existsSync(wishFile(directory)) ? ((await systemFiles.read(wishFile(directory))) ?? '') : '';
    mode = isWord(LEAVE_MODES, text.trim()) ? (text.trim() as LeaveMode) : null;
    return mode;
  };
};

/** For whoever waits for it. That it left is in its ledger. */
export const noteLeft = (directory: string): Promise<void> => systemFiles.write(leftFile(directory), '');
export const isNotedLeft = (directory: string): boolean => existsSync(leftFile(directory));
export const hasLeft = (name: string): EntangleError =>
  new EntangleError('conflict', `runner "${name}" has left its federation`, { hint: WHEN_LEFT });
