/** An observation as text: what others signed apart from what is the word of a runner alone. */
import type { TraceEntry } from '../../core/host-api/shapes.ts';
import { entryWords, isProved } from '../../services/host/trace-words.ts';
import type { Paint } from '../kit/render.ts';
import { traceRowText } from '../kit/trace-row.ts';

/** `width`: where the terminal would wrap a row itself. */
export const entryText = (entry: TraceEntry, paint: Paint, width: number): string => {
  const isSigned = isProved(entry);
  return traceRowText(
    entry.at,
    {
      mark: isSigned ? '✓ signed ' : '≈ claimed',
      token: isSigned ? 'good' : 'dim',
      text: entryWords(entry),
    },
    paint,
    width,
  );
};
