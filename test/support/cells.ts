/** What stands on a terminal, with its colours: runs of cells that look alike, as a terminal that obeyed every escape has them. */
import type { IBufferCell, Terminal } from '@xterm/headless';
import xterm from '@xterm/headless';

/** `colour`: of the sixteen by number, null for the one of plain text. */
export type Looks = { colour: number | null; bold: boolean; dim: boolean; underlined: boolean };
export type CellRun = Looks & { text: string; column: number; cells: number };

const looksOf = (cell: IBufferCell): Looks => {
  const isPlain = cell.isFgDefault();
  if (!(isPlain || cell.isFgPalette()) || (!isPlain && cell.getFgColor() > 15))
    throw new Error(`${cell.getChars()} has a colour that is none of sixteen`);
  if (!cell.isBgDefault() || cell.isInverse() || cell.isItalic())
    throw new Error(`${cell.getChars()} looks like nothing that a picture has`);
  return {
    colour: isPlain ? null : cell.getFgColor(),
    bold: cell.isBold() !== 0,
    dim: cell.isDim() !== 0,
    underlined: cell.isUnderline() !== 0,
  };
};

const looksIn = ({ colour, bold, dim, underlined }: Looks): Looks => ({ colour, bold, dim, underlined });
const isAlike = (one: Looks, two: Looks): boolean =>
  JSON.stringify(looksIn(one)) === JSON.stringify(looksIn(two));

/** The rows that are on the screen, without the blanks at their ends. */
export const cellsOn = (terminal: Terminal): CellRun[][] => {
  const { active } = terminal.buffer;
  return Array.from({ length: terminal.rows }, (_, row) => {
    const runs: CellRun[] = [];
    const line = active.getLine(active.viewportY + row);
    for (let column = 0; column < terminal.cols; column++) {
      const cell = line?.getCell(column);
      // The second half of a wide character
      if (!cell || cell.getWidth() === 0) continue;
      const [text, looks] = [cell.getChars() || ' ', looksOf(cell)];
      const last = runs.at(-1);
      if (last && isAlike(last, looks)) {
        last.text += text;
        last.cells += cell.getWidth();
      } else runs.push({ ...looks, text, column, cells: cell.getWidth() });
    }
    while (runs.at(-1)?.text.trim() === '') runs.pop();
    const end = runs.at(-1);
    if (end) {
      const text = end.text.trimEnd();
      end.cells -= end.text.length - text.length;
      end.text = text;
    }
    return runs;
  });
};

/** What a terminal of that size has after a text was written to it. */
export const cellsOf = async (
  text: string,
  { width, height }: { width: number; height: number },
): Promise<CellRun[][]> => {
  const options = { cols: width, rows: height, allowProposedApi: true, convertEol: true };
  const terminal = new xterm.Terminal(options);
  await new Promise<void>((done) => terminal.write(text, done));
  return cellsOn(terminal);
};
