/** A row of a trace as text: what was signed apart from what is only claimed, and no row of theirs that reads as ours. */
import type { Traced } from '../../services/user/trace.ts';
import type { Paint } from '../kit/render.ts';
import { type TraceWords, traceRowText } from '../kit/trace-row.ts';

const words = (row: Traced): TraceWords => {
  switch (row.is) {
    case 'signed': {
      const detail = row.detail === null ? '' : `: ${row.detail}`;
      return { mark: '✓ signed ', token: 'good', text: `${row.type} by ${row.signer}${detail}` };
    }
    case 'printed':
      return { mark: '≈ claimed', token: 'dim', text: `${row.signer}: ${row.text}` };
    case 'missed':
      return {
        ...{ mark: '… missing', token: 'dim' },
        text: `${row.bytes} bytes that ${row.signer} printed were not received`,
      };
  }
};

/** `width`: where the terminal would wrap a row itself, and it then began like ours. */
export const traceText = (row: Traced, paint: Paint, width: number): string =>
  traceRowText(row.at, words(row), paint, width);
