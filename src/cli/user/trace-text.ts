/** A row of a trace as text: what was signed apart from what is only claimed, and no row of theirs that reads as ours. */
import type { Traced } from '../../services/user/trace.ts';
import { oneLine, type Paint, type Token, wrapCells } from '../kit/render.ts';

/** As wide as time and mark, which no row that goes on begins with. */
const INDENT = ' '.repeat(19);

const words = (row: Traced): { mark: string; token: Token; text: string } => {
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
export const traceText = (row: Traced, paint: Paint, width: number): string => {
  const { mark, token, text } = words(row);
  const [first = '', ...rest] = wrapCells(oneLine(text), Math.max(1, width - INDENT.length));
  const head = `${paint('dim', row.at.slice(11, 19))} ${paint(token, mark)} ${first}`;
  return [head, ...rest.map((more) => `${INDENT}${more}`)].join('\n');
};
