/** What is in the way of this person's work, in the order in which it is shown: nothing in it is asked of them. */
import { behindRows } from './behind.ts';
import { conflictRows } from './host-conflict.ts';
import { mutedRows } from './muted.ts';
import { type Sender, unsentRows } from './unsent.ts';

export const troublesOf = (sender: Sender) => [
  ...conflictRows(sender).map((row) => ({ what: 'conflict' as const, ...row })),
  ...behindRows(sender.home).map((row) => ({ what: 'behind' as const, ...row })),
  ...mutedRows(sender.home).map((row) => ({ what: 'muted' as const, ...row })),
  ...unsentRows(sender).map((row) => ({ what: 'unsent' as const, ...row })),
];
export type TroubleItem = ReturnType<typeof troublesOf>[number];
