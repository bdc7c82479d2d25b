/**
 * Where a serving process says what happens: one line an event on stderr, for whatever keeps and rotates lines there. As text it has the
 * time first and is made harmless; as JSON it is one value with what was said to the letter, escaped where a terminal would obey it.
 */
import * as Flags from '@oclif/core/flags';
import { LOG_FORMATS, type LogFormat } from '../../core/command-words.ts';
import { cutMarked } from '../../core/encoding/cut.ts';
import { safeJson, sanitize } from '../../core/encoding/sanitize.ts';
import { isoTime } from '../../core/encoding/time.ts';
import { LOG_LEVELS, type LogLevel } from '../../core/vocabulary.ts';

export const logFlags = {
  'log-format': Flags.option({
    description: 'how lines are written to stderr: json is one value a line, with `time`, `level` and `msg`',
    env: 'ENTANGLE_LOG_FORMAT',
    options: LOG_FORMATS,
    default: 'text',
  })(),
  'log-level': Flags.option({
    description:
      'what is written to stderr: this level and what is worse (default: info; with --quiet warning)',
    env: 'ENTANGLE_LOG_LEVEL',
    options: LOG_LEVELS,
  })(),
};
type Given = { quiet: boolean; 'log-format'?: LogFormat; 'log-level'?: LogLevel | undefined };

const MOST = 2_000;
const LINES: Readonly<Record<LogFormat, (time: string, level: LogLevel, text: string) => string>> = {
  text: (time, level, text) => `${time} ${level} ${sanitize(text, MOST)}`,
  json: (time, level, text) => safeJson({ time, level, msg: cutMarked(text, MOST) }),
};

export const stderrLog = ({ quiet, 'log-format': format = 'text', 'log-level': least }: Given) => {
  const from = LOG_LEVELS.indexOf(least ?? (quiet ? 'warning' : 'info'));
  return (level: LogLevel, text: string): void => {
    if (LOG_LEVELS.indexOf(level) < from) return;
    process.stderr.write(`${LINES[format](isoTime(Date.now()), level, text)}\n`);
  };
};
