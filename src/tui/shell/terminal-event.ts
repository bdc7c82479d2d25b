/** What a terminal tells of itself and of its keys. */
import type { Size } from '../frame/box.ts';

export type TerminalEvent =
  /** `together`: it came in one piece with the key before, so no hand typed it after that. */
  | { what: 'key'; key: string; together?: boolean }
  | { what: 'paste'; text: string }
  | { what: 'resize'; size: Size }
  /** The terminal reads keys now: what it had before was typed for something else. */
  | { what: 'mounted' }
  | { what: 'redraw' }
  | { what: 'tick' };
