/** What an operator asked of the Host, as text. */
import type { AuditEntry } from '../../core/host-api/shapes.ts';
import { auditWords } from '../../services/host/audit-words.ts';
import type { Paint } from '../kit/render.ts';
import { traceRowText } from '../kit/trace-row.ts';

/** The Host signed each of them itself. */
export const auditText = (entry: AuditEntry, paint: Paint, width: number): string =>
  traceRowText(entry.at, { mark: '✓ signed ', token: 'good', text: auditWords(entry) }, paint, width);
