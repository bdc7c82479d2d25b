/** Colours of a terminal by what they mean (ECMA-48 SGR): the codes that begin and end each. */
export const COLOURS = {
  good: ['32', '39'],
  bad: ['31', '39'],
  warn: ['33', '39'],
  accent: ['36', '39'],
  strong: ['1', '22'],
  dim: ['2', '22'],
} as const;
export type Colour = keyof typeof COLOURS;

export const coloured = (colour: Colour, text: string): string => {
  const [begin, end] = COLOURS[colour];
  return `\u001b[${begin}m${text}\u001b[${end}m`;
};
