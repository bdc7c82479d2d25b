/** A row of a trace as a line: what was signed apart from what is only claimed. */
import type { Traced } from '../../services/user/trace.ts';
import { oneLine, type Token } from '../kit/render.ts';

type Paint = (token: Token, text: string) => string;

const words = (row: Traced, paint: Paint): string => {
  switch (row.is) {
    case 'signed':
      return `${paint('good', '✓ signed')}  ${row.type} by ${row.signer}${row.detail === null ? '' : `: ${oneLine(row.detail)}`}`;
    case 'printed':
      return `≈ claimed ${row.signer}: ${oneLine(row.text)}`;
    case 'missed':
      return paint('dim', `… ${row.bytes} bytes of what ${row.signer} printed did not come`);
  }
};

export const traceText = (row: Traced, paint: Paint): string =>
  `${paint('dim', row.at.slice(11, 19))} ${words(row, paint)}`;
