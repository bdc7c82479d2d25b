/** Graph values as text for people: plans in colour, explanations with the line that decides. */

import { formatDuration } from '../../core/encoding/time.ts';
import { type PlanLine, planText, type Tone } from '../../core/graph/change/render.ts';
import type { Explanation } from '../../core/graph/explain.ts';
import type { Timeouts } from '../../core/graph/timeouts.ts';
import type { HeldPolicy } from '../../core/graph/tried.ts';
import { oneLine, paint, type Token } from '../kit/render.ts';
import { hasColour } from '../kit/report.ts';
import { shownName } from '../kit/text-file.ts';

const TOKENS: Readonly<Record<Tone, Token | null>> = {
  add: 'good',
  remove: 'bad',
  change: 'warn',
  warn: 'warn',
  heading: 'strong',
  plain: null,
};

/** Signs in the first column, as in a diff. */
export const paintedPlan = (lines: readonly PlanLine[], isColoured: boolean): string => {
  if (!isColoured) return planText(lines);
  return lines
    .map((line) => {
      const token = TOKENS[line.tone];
      const text = planText([line]);
      return token ? paint(token, text, true) : text;
    })
    .join('\n');
};

/** Coloured where the stream is a terminal. */
export const colouredPlan = (lines: readonly PlanLine[], stream: NodeJS.WriteStream): string =>
  paintedPlan(lines, hasColour(stream));

/** `yes: …` or `no: …`, then the deciding line of the file. */
export const explanationText = ({
  allowed,
  reason,
  sentence,
  place,
  caveat,
  policies = [],
  waits,
}: Explanation & { caveat?: string; policies?: readonly HeldPolicy[]; waits?: Timeouts }): string => {
  const note = caveat ? `\n  ${caveat}` : '';
  const where = place
    ? `\n  ${shownName(place.filename ?? 'graph')}:${place.line}: ${oneLine(place.text)}`
    : '';
  const held = policies.map(({ operation, words }) => `\n  ${operation}: ${oneLine(words)}`).join('');
  const waited = waits
    ? `\n  its agent is waited for: ${formatDuration(waits.start)} to start, ${formatDuration(waits.silence)} without a word, ${formatDuration(waits.cancel)} to end a turn`
    : '';
  return `${allowed ? 'yes' : 'no'} (${reason}): ${sentence}${where}${note}${held}${waited}`;
};
