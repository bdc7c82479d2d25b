/** Lines as text with colours: the only escapes that the screen holds are these. */
import { coloured } from '../core/encoding/colours.ts';
import { sanitize } from '../core/encoding/sanitize.ts';
import type { CellLine } from './frame/line.ts';

/** Sanitized once more, which changes nothing of what was: no span that forgot it reaches the terminal. */
const harmless = (text: string): string => sanitize(text, undefined, { shown: true });

/** Where colours are not wanted, what is strong stays so. */
export const ansiLine = (line: CellLine, isColoured: boolean): string =>
  line
    .map(({ text, tone }) =>
      tone === 'plain' || !(isColoured || tone === 'strong')
        ? harmless(text)
        : coloured(tone, harmless(text)),
    )
    .join('');

/** No escape at all. */
export const plainLine = (line: CellLine): string => line.map(({ text }) => harmless(text)).join('');
