/** Which of the answers that an agent offers may be given: one that allows this once, where it is the only one. */
import type { PermissionOption } from './shapes.ts';

export type OfferedOption = { id: string; kind: string; name: string };
type Choice = { option: OfferedOption } | { why: string };

const MAX_NAME = 256;
/** The single option of the kind; its id stands for nothing else that is offered. */
const single = (options: readonly PermissionOption[], kind: string): Choice => {
  const found = options.filter((option) => option.kind === kind);
  const [only] = found;
  if (only === undefined) return { why: `it offers no ${kind}` };
  // One of them may switch the mode as well: their names do not tell
  if (found.length > 1) return { why: `it offers several ${kind}` };
  const { optionId, name } = only;
  if (options.filter((option) => option.optionId === optionId).length > 1)
    return { why: `its ${kind} has the id of another option` };
  // It is signed, and shown whole
  if (name.length > MAX_NAME) return { why: `its ${kind} has a name of more than ${MAX_NAME} characters` };
  return { option: { id: optionId, kind, name } };
};

/** Never an `always`, whose effect outlives what was decided. */
export const allowOnce = (options: readonly PermissionOption[]): Choice => single(options, 'allow_once');

/** Null where the request can only be cancelled. */
export const rejectOnce = (options: readonly PermissionOption[]): string | null => {
  const choice = single(options, 'reject_once');
  return 'option' in choice ? choice.option.id : null;
};
