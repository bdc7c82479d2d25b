/** Puts a change before a person's eyes: on stderr whatever `--quiet` says, every text of others made harmless. */
import type { ApprovalView } from '../../services/user/approvals.ts';
import { paint } from '../kit/render.ts';
import { hasColour, sanitizeDeep } from '../kit/report.ts';
import { approvalText } from './text.ts';

export const showOnStderr = (view: ApprovalView): void => {
  const isColoured = hasColour(process.stderr);
  const safe = sanitizeDeep(view) as ApprovalView;
  process.stderr.write(`\n${approvalText(safe, (token, text) => paint(token, text, isColoured))}\n`);
};
