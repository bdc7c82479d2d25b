/** The repeats of a call that are granted with it: which of them is gone through by one key, and all of it is read anew. */
import { bindingUngranted } from '../core/protocol/granting.ts';
import { GRANT_REACHES } from '../core/vocabulary.ts';
import { isOfCommit } from '../services/user/bound-words.ts';
import { GRANT_TERMS } from '../services/user/grants.ts';
import { openApproval } from './approval.ts';
import { grantIn } from './asked.ts';
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
