/** Lines as text with colours: the only escapes that the screen holds are these. */
import { sanitize } from '../core/encoding/sanitize.ts';
import type { CellLine, SpanTone } from './frame/line.ts';

const CODES: Readonly<Record<Exclude<SpanTone, 'plain'>, readonly [open: string, close: string]>> = {
  good: ['32', '39'],
  bad: ['31', '39'],
  warn: ['33', '39'],
  accent: ['36', '39'],
  strong: ['1', '22'],
  dim: ['2', '22'],
  inverse: ['7', '27'],
};
/** Those that are no colours stay where colours are not wanted. */
const UNCOLOURED: ReadonlySet<SpanTone> = new Set<SpanTone>(['strong', 'inverse']);

/** Sanitized once more, which changes nothing of what was: no span that forgot it reaches the terminal. */
const harmless = (text: string): string => sanitize(text, undefined, { shown: true });

export const ansiLine = (line: CellLine, isColoured: boolean): string =>
  line
    .map(({ text, tone }) => {
      if (tone === 'plain' || !(isColoured || UNCOLOURED.has(tone))) return harmless(text);
      const [open, close] = CODES[tone];
      return `\u001b[${open}m${harmless(text)}\u001b[${close}m`;
    })
    .join('');
