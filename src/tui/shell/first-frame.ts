/** The first frame of a screen, written as lines while Ink is loaded; nothing reads keys yet. */
import type { Theme } from '../../core/command-words.ts';
import { ansiLine } from '../ansi.ts';
import type { CellLine } from '../frame/line.ts';

/** The alternate screen, without a cursor, and pastes in brackets: as Ink will have it, so that both end alike. */
const TAKE = '\u001b[?1049h\u001b[?25l\u001b[?2004h';
const LEAVE = '\u001b[?2004l\u001b[?25h\u001b[?1049l';
/** A terminal shows nothing between the two. */
const [BEGIN, END] = ['\u001b[?2026h', '\u001b[?2026l'];
const ERASE = '\u001b[2J\u001b[H';

export type FirstFrame = {
  /** Other lines take the place of the first. */
  repaint(lines: readonly CellLine[]): void;
  /** Ink's first frame takes its place at once, and ends what this begins. */
  handOver(): void;
  /** Nothing came after it: the terminal is as it was. After it was handed over this does nothing. */
  takeBack(): void;
};

export const paintFirst = (
  stdout: NodeJS.WriteStream,
  lines: readonly CellLine[],
  theme: Theme,
): FirstFrame => {
  let isOurs = true;
  const takeBack = () => {
    if (isOurs) stdout.write(`${END}${LEAVE}`);
    isOurs = false;
  };
  // Whatever ends the process meanwhile
  process.once('exit', takeBack);
  const paint = (shown: readonly CellLine[], before: string): void => {
    // A line feed is not written where it would scroll
    const rows = shown.map((line, row) => `\u001b[${row + 1};1H${ansiLine(line, theme)}`);
    stdout.write(`${before}${BEGIN}${ERASE}${rows.join('')}\u001b[H${END}`);
  };
  paint(lines, TAKE);
  return {
    repaint: (shown) => paint(shown, ''),
    handOver() {
      process.removeListener('exit', takeBack);
      isOurs = false;
      stdout.write(`${BEGIN}${ERASE}`);
    },
    takeBack() {
      process.removeListener('exit', takeBack);
      takeBack();
    },
  };
};
