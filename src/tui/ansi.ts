/** Lines as text with colours: the only escapes that the screen holds are these. */

import type { Alert, Theme } from '../core/command-words.ts';
import { coloured } from '../core/encoding/colours.ts';
import { sanitize } from '../core/encoding/sanitize.ts';
import type { CellLine } from './frame/line.ts';

/** Sanitized once more, which changes nothing of what was: no span that forgot it reaches the terminal. */
const harmless = (text: string): string => sanitize(text, undefined, { shown: true });

export const ansiLine = (line: CellLine, theme: Theme): string =>
  line
    .map(({ text, tone, syntax }) => {
      const shown = syntax === undefined ? harmless(text) : coloured(syntax, harmless(text), theme);
      return tone === 'plain' ? shown : coloured(tone, shown, theme);
    })
    .join('');

/** No escape at all. */
export const plainLine = (line: CellLine): string => line.map(({ text }) => harmless(text)).join('');

/** What asks a terminal to put a text where its person pastes from (OSC 52): nothing of it is drawn. */
export const copying = (text: string): string =>
  `\u001b]52;c;${Buffer.from(text, 'utf8').toString('base64')}\u0007`;

/** Of no text of others: a terminal hands these to the desktop. */
const WAITS = 'entangle: something waits for you';
/** What a person who looks elsewhere is told with: nothing of it is drawn, and nothing moves. */
export const ALERT_BYTES: Readonly<Record<Alert, string>> = {
  none: '',
  bell: '\u0007',
  osc9: `\u001b]9;${WAITS}\u0007`,
  osc777: `\u001b]777;notify;entangle;${WAITS}\u0007`,
};
