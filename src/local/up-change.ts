/** Other wishes than last time: what they cost is said before anything happens. */

import { confirmOrStop, isInteractive } from '../cli/kit/confirm.ts';
import { counted } from '../cli/kit/render.ts';
import { EntangleError } from '../core/errors.ts';
import type { Processes } from '../ports/index.ts';
import type { inbox } from '../services/user/views.ts';
import type { UpState } from './up-state.ts';

export type Consent = { yes: boolean; noInput: boolean };

/** All that is open, whatever fits on one page of the inbox. */
const openWork = async (processes: Processes): Promise<{ sessions: number; approvals: number }> => {
  const open = { sessions: 0, approvals: 0 };
  let cursor: string | null = null;
  do {
    const from: string[] = cursor === null ? [] : ['--cursor', cursor];
    const args = ['user', 'inbox', '--sync', '0', ...from];
    const page: ReturnType<typeof inbox> = await processes.run(args);
    for (const { what } of page.items) {
      if (what === 'session') open.sessions += 1;
      if (what === 'approval') open.approvals += 1;
    }
    cursor = page.next;
  } while (cursor !== null);
  return open;
};

/** What makes another node of it, as people call it. */
const CHANGES = { agent: 'agent', engine: 'engine', sandbox: 'sandbox', base: 'branch' } as const;
/** One that goes since an agent comes is not told beside it. */
const isChanged = (name: keyof typeof CHANGES, before: UpState, state: UpState): boolean =>
  name === 'engine' && state.agent !== null
    ? false
    : JSON.stringify(before[name]) !== JSON.stringify(state[name]);

/** A node with another engine, sandbox or branch is another node: it begins open tasks anew, and what it asked is void. */
export const confirmChange = async (
  processes: Processes,
  before: UpState | null,
  state: UpState,
  consent: Consent,
): Promise<void> => {
  if (before === null || consent.yes) return;
  const changed = Object.keys(CHANGES).filter((name) =>
    isChanged(name as keyof typeof CHANGES, before, state),
  );
  if (changed.length === 0) return;
  const { sessions, approvals } = await openWork(processes);
  if (sessions === 0) return;
  const open = sessions === 1 ? '1 open task starts' : `${sessions} open tasks start`;
  const becomes = approvals === 1 ? 'becomes' : 'become';
  const pending = approvals === 0 ? '' : `, and ${counted(approvals, 'pending approval')} ${becomes} void`;
  const what = changed.map((name) => CHANGES[name as keyof typeof CHANGES]).join(' and ');
  const cost = `with another ${what} ${open} again${pending}`;
  if (!isInteractive(consent.noInput))
    throw new EntangleError('usage', cost, {
      hint: changed.includes('base')
        ? `confirm with --yes, or go back: \`git switch ${before.base}\``
        : 'confirm with --yes, or leave the flag out',
    });
  await confirmOrStop(consent.noInput, `W${cost.slice(1)}. Continue?`);
};
