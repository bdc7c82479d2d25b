/** Puts a question before a person's eyes: on stderr whatever `--quiet` says, every text of others made harmless. */
import type { ApprovalView } from '../../services/user/approval-view.ts';
import { grantFacts, type ProposedGrant } from '../../services/user/grants.ts';
import type { ReviewView } from '../../services/user/reviewing.ts';
import { paint, pairs, screenWidth, wrapCells } from '../kit/render.ts';
import { hasColour, sanitizeDeep } from '../kit/report.ts';
import { askedText, closingText } from './approval-text.ts';

/** A longer task is shown by `user show`: the change below it must not be out of sight. */
const TASK_ROWS = 40;
const QUESTION_ROWS = 4;

export const showOnStderr = (view: ApprovalView | ReviewView): void => {
  const isColoured = hasColour(process.stderr);
  const safe = sanitizeDeep(view) as typeof view;
  const screen = { width: screenWidth(process.stderr), taskRows: TASK_ROWS };
  const text = askedText(safe, (token, words) => paint(token, words, isColoured), screen);
  // Whoever is asked below a long change has its head out of sight
  const rows = text.split('\n').reduce((sum, line) => sum + wrapCells(line, screen.width).length, 0);
  const isLong = rows > (process.stderr.rows ?? 0) - QUESTION_ROWS;
  const closing = isLong ? `\n${closingText(safe, Date.now())}\n` : '';
  process.stderr.write(`\n${text}\n${closing}`);
};

/** Below the request: what is granted beside it. */
export const showGrantOnStderr = (proposed: ProposedGrant): void => {
  process.stderr.write(`\n${pairs(grantFacts(sanitizeDeep(proposed) as ProposedGrant))}\n`);
};
