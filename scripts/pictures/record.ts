/** What a picture is drawn from: the state of a screen in a real run, which the screens of this program draw. */
import { paintedPlan } from '../../src/cli/graph/text.ts';
import type { PlanLine } from '../../src/core/graph/change/render.ts';
import { ansiLine } from '../../src/tui/ansi.ts';
import { hostPicture } from '../../src/tui/host/picture.ts';
import type { HostScreen } from '../../src/tui/host/state.ts';
import { pictureOf } from '../../src/tui/picture.ts';
import type { Screen } from '../../src/tui/state.ts';
import { type CellRun, cellsOf } from '../../test/support/cells.ts';
import { svgOf } from './svg.ts';

/** `now`: the time by which ages are told. */
export type Drawn =
  | { of: 'user'; screen: Screen; now: number }
  | { of: 'host'; screen: HostScreen; now: number }
  | { of: 'plan'; notes: readonly string[]; lines: readonly PlanLine[]; size: Screen['size'] };
export type PictureRecord = { title: string; command: string; drawn: Drawn };

const textOf = (drawn: Drawn): string => {
  switch (drawn.of) {
    case 'user':
      return pictureOf(drawn.screen, drawn.now)
        .map((line) => ansiLine(line, 'default'))
        .join('\n');
    case 'host':
      return hostPicture(drawn.screen, drawn.now)
        .map((line) => ansiLine(line, 'default'))
        .join('\n');
    case 'plan':
      return [...drawn.notes, paintedPlan(drawn.lines, true)].join('\n');
  }
};

export const sizeOf = (drawn: Drawn): Screen['size'] =>
  drawn.of === 'plan' ? drawn.size : drawn.screen.size;

export const drawnCells = (drawn: Drawn): Promise<CellRun[][]> => cellsOf(textOf(drawn), sizeOf(drawn));

/** The SVG, to the byte. */
export const drawPicture = async ({ title, command, drawn }: PictureRecord): Promise<string> => {
  const rows = await drawnCells(drawn);
  // Of what is printed and ends, the rest of the terminal is nobody's
  const last = rows.findLastIndex((row) => row.length > 0);
  const shown = drawn.of === 'plan' ? rows.slice(0, last + 1) : rows;
  return svgOf({ title, command, rows: shown, columns: sizeOf(drawn).width });
};
