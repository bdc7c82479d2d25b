/** What a terminal shows from the moment a person's key is read until their record is open, and where what is logged goes meanwhile. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Theme } from '../../core/command-words.ts';
import type { FirstFrame } from '../../tui/shell/first-frame.ts';
import { stderrLog } from '../kit/logging.ts';
import { themeOn } from '../kit/report.ts';
import type { WireOptions } from '../wiring/serving.ts';

type Log = WireOptions['log'];
type Tell = (text: string) => void;
export type OpeningScreen = {
  log: Log;
  /** Paints the screen that is being opened: from then on what is logged belongs on it. Undefined where there is none. */
  unlocked: (() => Promise<void>) | undefined;
  /** The painted frame, for whoever takes its place; null where none was. */
  opened(): FirstFrame | null;
  /** Whom to tell what would have gone to stderr, first of all what was said while it was opened; nobody with null. */
  onSaid(next: Tell | null): void;
  /** `work` from its beginning: painted before it, where a key in this directory is read without asking. Where nothing took the frame's place the terminal is as it was, and what was said goes where it always does. */
  during<T>(directory: string, work: () => Promise<T>): Promise<T>;
};

/** A key that is no secret of a passphrase or of a keyring, which may have a window of its own. */
const asksNothing = (directory: string): boolean => {
  const isThere = (name: string) => existsSync(join(directory, 'keys', name));
  return isThere('user.key') && !isThere('user.ncryptsec');
};

export const openingScreen = (
  { quiet, theme }: { quiet?: boolean; theme: Theme },
  stdout: NodeJS.WriteStream | null,
  elsewhere: Log = stderrLog({ quiet: quiet === true }),
): OpeningScreen => {
  let tell: Tell | null = null;
  let frame: FirstFrame | null = null;
  let isOpening = false;
  const said: Parameters<Log>[] = [];
  const paint = async (terminal: NodeJS.WriteStream): Promise<void> => {
    if (frame !== null) return;
    // Few of what the screen needs: the rest is loaded while this is looked at
    const [{ paintFirst }, { openingLines }] = await Promise.all([
      import('../../tui/shell/first-frame.ts'),
      import('../../tui/opening.ts'),
    ]);
    const linesOf = (text: string | null) =>
      openingLines({ width: terminal.columns, height: terminal.rows }, text);
    const painted = paintFirst(terminal, linesOf(null), themeOn(terminal, theme));
    frame = painted;
    isOpening = true;
    tell = (text) => painted.repaint(linesOf(text));
  };
  const close = (): void => {
    frame?.takeBack();
    tell = null;
    for (const one of said.splice(0)) elsewhere(...one);
  };
  return {
    log(level, text) {
      if (tell === null) return elsewhere(level, text);
      tell(text);
      if (isOpening) said.push([level, text]);
    },
    unlocked: stdout === null ? undefined : () => paint(stdout),
    opened: () => frame,
    onSaid(next) {
      isOpening = false;
      tell = next;
      if (next !== null) for (const [, text] of said.splice(0)) next(text);
    },
    async during(directory, work) {
      try {
        if (stdout !== null && asksNothing(directory)) await paint(stdout);
        return await work();
      } finally {
        close();
      }
    },
  };
};
