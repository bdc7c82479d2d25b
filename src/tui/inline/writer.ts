/** The bytes of lines: with one line below them that is rewritten in place, or with nothing that moves a cursor at all. */
import type { Theme } from '../../core/command-words.ts';
import { ansiLine, plainLine } from '../ansi.ts';
import type { CellLine } from '../frame/line.ts';

/** `typed`: a line that is being typed, as far as it is. */
export type Below = { status: CellLine; typed: string | null };

export type LineWriter = {
  begin(): string;
  write(lines: readonly CellLine[], below: Below): string;
  end(): string;
};

/** The cursor stands at the beginning of the line that stays: wherever a terminal wraps it, all of it is after that. */
const ERASE = '\r\u001b[J';
/** No cursor that blinks there, and what is pasted comes in brackets. */
const BEGIN = '\u001b[?25l\u001b[?2004h';
const END = '\u001b[?2004l\u001b[?25h';

export const liveWriter = (theme: Theme): LineWriter => {
  let shown = '';
  return {
    begin: () => BEGIN,
    write(lines, { status }) {
      const next = ansiLine(status, theme);
      if (lines.length === 0 && next === shown) return '';
      shown = next;
      return `${ERASE}${lines.map((line) => `${ansiLine(line, theme)}\n`).join('')}${next}\r`;
    },
    end: () => `${ERASE}${END}`,
  };
};

/** What is typed goes on where it ended; after a character was taken back the line is written again, on a row of its own. */
export const plainWriter = (): LineWriter => {
  let open: string | null = null;
  return {
    begin: () => '',
    write(lines, { typed }) {
      const isKept = open !== null && lines.length === 0 && typed?.startsWith(open) === true;
      if (isKept && typed !== null && open !== null) {
        const more = typed.slice(open.length);
        open = typed;
        return more;
      }
      const ended = open === null ? '' : '\n';
      open = typed;
      return `${ended}${lines.map((line) => `${plainLine(line)}\n`).join('')}${typed ?? ''}`;
    },
    end: () => (open === null ? '' : '\n'),
  };
};
