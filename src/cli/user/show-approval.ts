/** Puts a question before a person's eyes: on stderr whatever `--quiet` says, every text of others made harmless. */
import { systemClock } from '../../adapters/system/clock.ts';
import { inSlices, resting } from '../../core/in-slices.ts';
import type { ApprovalView } from '../../services/user/approval-view.ts';
import { isOfCommit } from '../../services/user/bound-words.ts';
import { grantFacts, type ProposedGrant } from '../../services/user/grants.ts';
import type { ReviewView } from '../../services/user/reviewing.ts';
import { cancelled } from '../kit/confirm.ts';
import { paint, pairs, screenWidth, wrapCells } from '../kit/render.ts';
import { hasColour, sanitizeDeep, sanitizedInSlices, written } from '../kit/report.ts';
import { askedParts, closingText } from './approval-text.ts';

/** A longer task is shown by `user show`: the change below it must not be out of sight. */
const TASK_ROWS = 40;
const QUESTION_ROWS = 4;

/** All of it at once; of a large change group by group, each when the one before was seen. */
export const showOnStderr = async (
  view: ApprovalView | ReviewView,
  seen: (question: string) => Promise<boolean>,
): Promise<void> => {
  const isColoured = hasColour(process.stderr);
  const safe = (await sanitizedInSlices(view)) as typeof view;
  const screen = { width: screenWidth(process.stderr), taskRows: TASK_ROWS };
  const parts = askedParts(safe, (token, words) => paint(token, words, isColoured), screen);
  const [head = [], ...groups] = await inSlices(systemClock, parts);
  const rest = resting(systemClock);
  const isGrouped = isOfCommit(view) && view.groups.length > 0;
  let rows = 0;
  const show = async (pieces: Iterable<string>): Promise<void> => {
    process.stderr.write('\n');
    for (const piece of pieces) {
      rows += piece.split('\n').reduce((sum, line) => sum + wrapCells(line, screen.width).length, 0);
      await written(process.stderr, piece);
      await rest();
    }
    process.stderr.write('\n');
  };
  await show(head);
  for (const [at, group] of groups.entries()) {
    const words = `\n${at} of ${groups.length} groups shown. Enter shows the next; anything else stops`;
    if (isGrouped && !(await seen(words))) throw cancelled();
    await show(group);
  }
  // Whoever is asked below a long change has its head out of sight
  const isLong = rows > (process.stderr.rows ?? 0) - QUESTION_ROWS;
  if (isLong) process.stderr.write(`\n${closingText(safe, Date.now())}\n`);
};

/** Below the request: what is granted beside it. */
export const showGrantOnStderr = (proposed: ProposedGrant): void => {
  process.stderr.write(`\n${pairs(grantFacts(sanitizeDeep(proposed) as ProposedGrant))}\n`);
};
