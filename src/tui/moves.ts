/** Where one is in what is shown, and how keys move it. That something was moved to does not make it shown. */

import { type ApprovalScreen, firstUnread } from './approval.ts';
import { type Body, bodyOf } from './approval-body.ts';
import { asideRows } from './aside.ts';
import { helpLength } from './help.ts';
import { approvalHeight, bodyWidth, helpHeight, itemsOf, traceOf } from './layout.ts';
import { sessionLength } from './panes.ts';
import { paneHeight } from './sizes.ts';
import { only, type Screen, type ScreenStep } from './state.ts';

/** Of the approval on the screen; null where its change is not here. */
export const rowsOf = ({ approval, size, surface }: Screen): Body | null =>
  approval?.view ? bodyOf(approval.view, bodyWidth(size), surface) : null;
/** How many. */
export const rowCount = (screen: Screen): number => rowsOf(screen)?.length ?? 0;

export const pageOf = (screen: Screen): number => {
  const { approval, size, pane, isHelp } = screen;
  const height = approval ? approvalHeight(screen) : paneHeight(size, pane);
  return Math.max(1, (isHelp ? helpHeight(size) : height) - 1);
};

export const inChange = (screen: Screen, approval: ApprovalScreen, by: number): ScreenStep => {
  const most = Math.max(0, rowCount(screen) - approvalHeight(screen));
  const top = Math.min(most, Math.max(0, approval.top + by));
  return only({ ...screen, approval: { ...approval, top } });
};

export const moved = (screen: Screen, by: number, now: number): ScreenStep => {
  const { approval, pane } = screen;
  if (screen.isHelp) {
    const most = Math.max(0, helpLength(screen) - helpHeight(screen.size));
    return only({ ...screen, helpTop: Math.min(most, Math.max(0, screen.helpTop + by)) });
  }
  if (approval?.aside) {
    const { aside } = approval;
    const most = Math.max(0, asideRows(approval, screen.size).length - approvalHeight(screen));
    const top = Math.min(most, Math.max(0, aside.top + by));
    return only({ ...screen, approval: { ...approval, aside: { ...aside, top } } });
  }
  if (approval) return inChange(screen, approval, by);
  if (pane === 'session' && (screen.session || screen.tree)) {
    const most = Math.max(0, sessionLength(screen, now) - paneHeight(screen.size, pane));
    return only({ ...screen, sessionTop: Math.min(most, Math.max(0, screen.sessionTop + by)) });
  }
  if (pane === 'trace') {
    const most = Math.max(0, traceOf(screen).length - paneHeight(screen.size, 'trace'));
    const top = Math.max(0, (screen.traceTop ?? most) + by);
    return only({ ...screen, traceTop: top >= most ? null : top });
  }
  const items = itemsOf(screen);
  const at = items.findIndex((one) => one.id === screen.selected);
  // What was selected is gone: nothing else took its place by itself
  const to = at === -1 ? 0 : at + by;
  const next = items[Math.min(items.length - 1, Math.max(0, to))];
  return only(next ? { ...screen, selected: next.id } : screen);
};

export const FAR = 2 ** 30;

export const toFile = (screen: Screen, direction: 1 | -1): ScreenStep => {
  const { approval } = screen;
  if (!approval) return only(screen);
  const starts = rowsOf(screen)?.files ?? [];
  const next =
    direction === 1 ? starts.find((row) => row > approval.top) : starts.findLast((row) => row < approval.top);
  if (next === undefined) return only({ ...screen, notice: 'no more files that way' });
  return inChange(screen, approval, next - approval.top);
};

/** A page on, but past nothing that was not on the screen: back to that, or no further before it was drawn. */
export const readOn = (screen: Screen, now: number): ScreenStep => {
  const { approval } = screen;
  const left = approval?.view && !approval.aside ? firstUnread(approval, rowCount(screen)) : null;
  if (!approval || left === null || left >= approval.top + approvalHeight(screen))
    return moved(screen, pageOf(screen), now);
  return left < approval.top ? inChange(screen, approval, left - approval.top) : only(screen);
};
