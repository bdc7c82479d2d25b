/** What of a Host somebody should mend, as rows of its status: none of what is as it should be. */
import { takenOffText } from '../../core/graph/change/placement.ts';
import { gapText } from '../../core/graph/named-principals.ts';
import { exposedText, missingText } from '../../core/graph/named-secrets.ts';
import { unenforcedText } from '../../core/graph/tried.ts';
import type { OutputOf } from '../../core/host-api/table.ts';

type Status = OutputOf<'status.show'>;

const lines = (all: readonly string[]): string | null => all.join('\n') || null;

export const amissRows = ({ missing, principals, exposed, unenforced, takenOff }: Status) =>
  [
    ['missing', lines(missing.map(missingText))],
    ['principals', lines(principals.map(gapText))],
    ['exposed', lines(exposed.map(exposedText))],
    ['taken off', lines(takenOff.map(takenOffText))],
    ['not enforced', lines(unenforced.map(unenforcedText))],
  ] as const;
