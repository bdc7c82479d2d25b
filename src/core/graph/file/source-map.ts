/** Where a value stands in the text of a graph file. */

/** 1-based. */
export type Position = { readonly line: number; readonly column: number };
export type SourceMap = {
  /** Place of the value at a path, or of the nearest one around it. */
  at(path: string): Position;
};
export const START: Position = { line: 1, column: 1 };

/** For graphs that came without a file. */
export const NOWHERE: SourceMap = { at: () => START };

/** Positions in a text by offsets, in UTF-16 units. */
export const placesOf = (text: string): ((offset: number) => Position) => {
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return (offset) => {
    let [low, high] = [0, starts.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (starts[middle]! <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - starts[low]! + 1 };
  };
};

/** Of what begins at these offsets, by path. */
export const sourceMap = (
  offsets: ReadonlyMap<string, number>,
  place: (offset: number) => Position,
): SourceMap => ({
  at(path) {
    for (let at = path; at !== ''; at = at.slice(0, Math.max(0, at.lastIndexOf('.')))) {
      const offset = offsets.get(at);
      if (offset !== undefined) return place(offset);
    }
    return START;
  },
});
