/** Lines on their way to the terminal: together with what stands below them, when the keys that were there are read. */
import type { Theme } from '../../core/command-words.ts';
import type { CellLine } from '../frame/line.ts';
import type { Screen, ScreenEvent } from '../state.ts';
import { statusLine, typedText } from './status.ts';
import { liveWriter, plainWriter } from './writer.ts';

type Terminal = {
  stdout: NodeJS.WriteStream;
  hasLive: boolean;
  theme: Theme;
  now(): number;
  /** The terminal took them: rows of an approval were shown, as the screen then was. */
  onTaken(screen: Screen, drawn: Extract<ScreenEvent, { what: 'drawn' }>): void;
};

export type Appender = {
  append(lines: readonly CellLine[], screen: Screen): void;
  /** Gives the terminal back as it was, below the last of them. */
  end(): void;
};

export const createAppender = ({ stdout, hasLive, theme, now, onTaken }: Terminal): Appender => {
  const writer = hasLive ? liveWriter(theme) : plainWriter();
  let lines: CellLine[] = [];
  let screens: Screen[] = [];
  const flush = () => {
    const [those, last] = [screens, screens.at(-1)];
    if (!last) return;
    const below = { status: statusLine(last, now()), typed: typedText(last) };
    const bytes = writer.write(lines, below);
    [lines, screens] = [[], []];
    stdout.write(bytes, () => {
      for (const screen of those) {
        const { approval, size } = screen;
        if (approval?.view) onTaken(screen, { what: 'drawn', id: approval.id, top: approval.top, size });
      }
    });
  };
  stdout.write(writer.begin());
  return {
    append(more, screen) {
      lines.push(...more);
      screens.push(screen);
      // Not at once: a key that is typed when this is seen was not there to be read with the one before
      if (screens.length === 1) setImmediate(flush);
    },
    end() {
      flush();
      stdout.write(writer.end());
    },
  };
};
