/** How the operator's screen is divided: what both its keys and its picture go by. */
import type { Size } from '../frame/box.ts';
import { type HostPane, type HostScreen, isLive } from './state.ts';

/** From here on panes stand side by side. */
const BESIDE = 120;
/** Header and footer. */
const AROUND = 2;
const BORDERS = 2;

type Divided = Pick<HostScreen, 'size' | 'link'>;

export const isBeside = ({ width }: Size): boolean => width >= BESIDE;

/** A row below the header says that what is shown is not what is now. */
const bannerHeight = (screen: Divided): number => (isLive(screen) ? 0 : 1);
/** Between header, banner and footer. */
export const middleHeight = (screen: Divided): number =>
  Math.max(0, screen.size.height - AROUND - bannerHeight(screen));

/** Runners over assignments at the left; at the right the trace over what operators did over what was refused: the last has the rest. */
const SHARE = { runners: 0.35, trace: 0.5, audit: 0.25 } as const;
const LEFT = 0.45;

export const hostPaneSize = (screen: Divided, pane: HostPane): Size => {
  const { size } = screen;
  if (!isBeside(size)) return { width: size.width, height: Math.max(0, middleHeight(screen) - 1) };
  const left = Math.floor(size.width * LEFT);
  const isLeft = pane === 'runners' || pane === 'assignments';
  const of = (one: keyof typeof SHARE): number => Math.floor(middleHeight(screen) * SHARE[one]);
  const heights: Readonly<Record<HostPane, number>> = {
    ...{ runners: of('runners'), assignments: middleHeight(screen) - of('runners') },
    ...{ trace: of('trace'), audit: of('audit') },
    rejects: middleHeight(screen) - of('trace') - of('audit'),
  };
  return { width: isLeft ? left : size.width - left, height: heights[pane] };
};

/** Rows inside a pane's frame. */
export const hostPaneHeight = (screen: Divided, pane: HostPane): number =>
  Math.max(0, hostPaneSize(screen, pane).height - BORDERS);
/** The same of the details, which have all of the middle, and of the help below its title. */
export const detailsHeight = (screen: Divided): number => Math.max(0, middleHeight(screen) - BORDERS);
export const keysHeight = (screen: Divided): number => Math.max(0, middleHeight(screen) - 1);
