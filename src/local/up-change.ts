/** Other wishes than last time: what they cost is said before anything happens. */

import { confirmOrStop, isInteractive } from '../cli/kit/confirm.ts';
import { count } from '../cli/kit/render.ts';
import { EntangleError } from '../core/errors.ts';
import type { Processes } from '../ports/index.ts';
import type { inbox } from '../services/user/views.ts';
import type { UpState } from './up-state.ts';

export type Consent = { yes: boolean; noInput: boolean };

/** A node with another engine or sandbox is another node: it begins open tasks anew, and what it asked is void. */
export const confirmChange = async (
  processes: Processes,
  before: UpState | null,
  state: UpState,
  consent: Consent,
): Promise<void> => {
  if (before === null || consent.yes) return;
  const changed = (['engine', 'sandbox'] as const).filter((name) => before[name] !== state[name]);
  if (changed.length === 0) return;
  const { items } = await processes.run<ReturnType<typeof inbox>>(['user', 'inbox', '--sync', '0']);
  const sessions = items.filter((one) => one.what === 'session').length;
  if (sessions === 0) return;
  const approvals = items.length - sessions;
  const open = sessions === 1 ? '1 open task starts' : `${sessions} open tasks start`;
  const becomes = approvals === 1 ? 'becomes' : 'become';
  const pending = approvals === 0 ? '' : `, and ${count(approvals, 'pending approval')} ${becomes} void`;
  const cost = `with another ${changed.join(' and ')} ${open} again${pending}`;
  if (!isInteractive(consent.noInput))
    throw new EntangleError('usage', cost, { hint: 'confirm with --yes, or leave the flag out' });
  await confirmOrStop(consent.noInput, `W${cost.slice(1)}. Continue?`);
};
