/** Where a serving process says what happens: one line on stderr, time first, text made harmless. */
import { sanitize } from '../../core/encoding/sanitize.ts';
import { isoTime } from '../../core/encoding/time.ts';
import type { LogLevel } from '../../core/vocabulary.ts';

export const stderrLog =
  (quiet: boolean) =>
  (level: LogLevel, text: string): void => {
    if (quiet && level === 'info') return;
    process.stderr.write(`${isoTime(Date.now())} ${level} ${sanitize(text, 2000)}\n`);
  };
