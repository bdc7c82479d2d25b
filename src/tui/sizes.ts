/** How large each pane of the screen is. */
import type { Size } from './frame/box.ts';
import type { Pane } from './state.ts';

/** From here on panes stand side by side. */
const WIDE = 120;
/** Header and footer. */
export const AROUND = 2;
const BORDERS = 2;

export const isWide = ({ width }: Size): boolean => width >= WIDE;

/** One over the panes where they do not stand side by side: their names. */
const tabsHeight = (size: Size): number => (isWide(size) ? 0 : 1);
const bodyHeight = (size: Size): number => Math.max(0, size.height - AROUND - tabsHeight(size));

const inboxWidth = (size: Size): number => (isWide(size) ? Math.floor(size.width * 0.4) : size.width);

export const paneSize = (size: Size, pane: Pane): Size => {
  const height = bodyHeight(size);
  if (!isWide(size)) return { width: size.width, height };
  if (pane === 'inbox') return { width: inboxWidth(size), height };
  const upper = Math.floor(height / 2);
  return { width: size.width - inboxWidth(size), height: pane === 'session' ? upper : height - upper };
};

/** Rows inside a pane's frame. */
export const paneHeight = (size: Size, pane: Pane): number =>
  Math.max(0, paneSize(size, pane).height - BORDERS);
