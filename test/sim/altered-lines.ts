/** Lines of a ledger as they are not: what a judge must be able to find. */
import type { Line } from '../../src/core/ledger/line.ts';
import { bodyOf, tagOf } from './model.ts';
import type { Part } from './part.ts';

export const find = ({ disk }: Part<unknown>, dir: Line['dir'], type: string): Line =>
  disk.lines.find((line) => line.dir === dir && tagOf(line, 'type') === type)!;
/** A line as a tampering disk would have it: the chain is nobody's concern here. */
export const altered = (line: Line, change: Partial<Line['event']>): Line => ({
  ...line,
  event: { ...line.event, ...change },
});
export const changed = (line: Line, change: object): string => JSON.stringify({ ...bodyOf(line), ...change });
export const retagged = (line: Line, name: string, value: string) =>
  line.event.tags.map((tag) => (tag[0] === name ? [name, value] : tag));
