/** Puts a question before a person's eyes: on stderr whatever `--quiet` says, every text of others made harmless. */
import type { ApprovalView } from '../../services/user/approvals.ts';
import { paint, screenWidth } from '../kit/render.ts';
import { hasColour, sanitizeDeep } from '../kit/report.ts';
import { approvalText } from './approval-text.ts';

/** A longer task is shown by `user show`: the change below it must not be out of sight. */
const TASK_ROWS = 40;

export const showOnStderr = (view: ApprovalView): void => {
  const isColoured = hasColour(process.stderr);
  const safe = sanitizeDeep(view) as ApprovalView;
  const screen = { width: screenWidth(process.stderr), taskRows: TASK_ROWS };
  process.stderr.write(`\n${approvalText(safe, (token, text) => paint(token, text, isColoured), screen)}\n`);
};
