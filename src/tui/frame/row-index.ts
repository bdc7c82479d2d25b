/** Where the rows of each line begin, where lines take one row or more. */
export type RowIndex = {
  /** Rows of all lines. */
  readonly length: number;
  /** The first row of a line; of one behind the last the row behind the last. */
  startOf(line: number): number;
  lineAt(row: number): number;
};

export const rowIndex = (lines: number, rowsOf: (line: number) => number): RowIndex => {
  const starts = new Uint32Array(lines + 1);
  for (let line = 0; line < lines; line++) starts[line + 1] = starts[line]! + rowsOf(line);
  return {
    length: starts[lines]!,
    startOf: (line) => starts[Math.min(line, lines)]!,
    lineAt(row) {
      let [low, high] = [0, lines];
      while (low < high) {
        const middle = (low + high) >> 1;
        if (starts[middle + 1]! <= row) low = middle + 1;
        else high = middle;
      }
      return low;
    },
  };
};
