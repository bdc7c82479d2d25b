/** The first frame of a screen, written as lines while Ink is loaded; nothing reads keys yet. */
import type { Theme } from '../../core/vocabulary.ts';
import { ansiLine } from '../ansi.ts';
import type { CellLine } from '../frame/line.ts';

/** The alternate screen, without a cursor, and pastes in brackets: as Ink will have it, so that both end alike. */
const TAKE = '\u001b[?1049h\u001b[?25l\u001b[?2004h';
const LEAVE = '\u001b[?2004l\u001b[?25h\u001b[?1049l';
/** A terminal shows nothing between the two. */
const [BEGIN, END] = ['\u001b[?2026h', '\u001b[?2026l'];
const ERASE = '\u001b[2J\u001b[H';

type FirstFrame = {
  /** Ink's first frame takes its place at once, and ends what this begins. */
  handOver(): void;
  /** Nothing came after it: the terminal is as it was. */
  takeBack(): void;
};

export const paintFirst = (
  stdout: NodeJS.WriteStream,
  lines: readonly CellLine[],
  theme: Theme,
): FirstFrame => {
  const takeBack = () => void stdout.write(`${END}${LEAVE}`);
  // Whatever ends the process meanwhile
  process.once('exit', takeBack);
  // A line feed is not written where it would scroll
  const rows = lines.map((line, row) => `\u001b[${row + 1};1H${ansiLine(line, theme)}`);
  stdout.write(`${TAKE}${BEGIN}${ERASE}${rows.join('')}\u001b[H${END}`);
  return {
    handOver() {
      process.removeListener('exit', takeBack);
      stdout.write(`${BEGIN}${ERASE}`);
    },
    takeBack() {
      process.removeListener('exit', takeBack);
      takeBack();
    },
  };
};
