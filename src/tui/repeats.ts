/** The repeats of a call that are granted with it: which of them is gone through by one key, and all of it is read anew. */

import { MAX_GRANT } from '../core/bounds.ts';
import { bindingUngranted } from '../core/protocol/granting.ts';
import { GRANT_REACHES } from '../core/vocabulary.ts';
import { isOfCommit } from '../services/user/bound-words.ts';
import { GRANT_TERMS } from '../services/user/grants.ts';
import { openApproval } from './approval.ts';
import { grantIn } from './asked.ts';
import { keyOf } from './keys.ts';
import { signedGrant } from './signed-lines.ts';
import { only, type Screen, type ScreenStep } from './state.ts';

/** None, those of its session, those of its node, none again. */
export const repeats = (screen: Screen): ScreenStep => {
  const { approval } = screen;
  const { view, phase } = approval ?? {};
  if (!approval || !view || phase?.name !== 'reading')
    return only({ ...screen, notice: 'nothing is read here of which repeats could be granted' });
  if (isOfCommit(view)) return only({ ...screen, notice: 'there is no repeat of a commit' });
  const why = bindingUngranted(view.binding);
  if (why !== null) return only({ ...screen, notice: `no repeats can be granted: ${why}` });
  const reached = grantIn(view)?.reach;
  const reach = GRANT_REACHES[reached === undefined ? 0 : GRANT_REACHES.indexOf(reached) + 1];
  return only(
    { ...screen, approval: openApproval(approval.id, approval.what) },
    { do: 'load', id: approval.id, ...(reach && { grant: { ...GRANT_TERMS, reach } }) },
  );
};

const HOUR = 3_600_000;
/** What one key goes through; what is given otherwise is between two of them. */
const USES = [2, 3, 5, 10, 20, 50, MAX_GRANT.uses];
const TIMES = [HOUR / 6, HOUR / 2, HOUR, 2 * HOUR, 4 * HOUR, 8 * HOUR, MAX_GRANT.ms];
const nextOf = (steps: readonly number[], now: number, by: 1 | -1): number =>
  (by === 1 ? steps.find((one) => one > now) : steps.findLast((one) => one < now)) ?? now;

/** Its scope is the same, and so is what is typed; what is signed is said anew, and stands below what is read. */
export const termed =
  (what: 'uses' | 'ms', by: 1 | -1) =>
  (screen: Screen): ScreenStep => {
    const { approval } = screen;
    const { view, phase } = approval ?? {};
    const grant = view ? grantIn(view) : null;
    if (!approval || !view || !grant || phase?.name !== 'reading')
      return only({ ...screen, notice: `there is no grant here yet: ${keyOf(screen, 'repeats')} makes one` });
    const value = nextOf(what === 'uses' ? USES : TIMES, grant[what], by);
    const other = { ...view, grant: { ...grant, [what]: value } } as typeof view;
    const notice = value === grant[what] ? 'no further' : signedGrant({ ...grant, [what]: value });
    return only({ ...screen, approval: { ...approval, view: other }, notice });
  };
