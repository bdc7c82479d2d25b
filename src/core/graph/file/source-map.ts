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
