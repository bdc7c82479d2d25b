/** The full screen, or lines, over a person's node. */

import type { Alert, Theme } from '../../core/command-words.ts';
import { inSlices } from '../../core/in-slices.ts';
import { replyToQuestion, showQuestion } from '../../services/user/answers.ts';
import { showApproval } from '../../services/user/approval-view.ts';
import { decideAll, type WantedDecision } from '../../services/user/approvals.ts';
import { ask, cancel } from '../../services/user/ask.ts';
import { grantRepeats, proposeGrant, revokeGrant } from '../../services/user/grants.ts';
import { liveView, sessionById, subscribe } from '../../services/user/live.ts';
import { pick, pickQuestion } from '../../services/user/pick.ts';
import { giveVerdict, showReview } from '../../services/user/reviewing.ts';
import { sessionTree } from '../../services/user/tree.ts';
import type { User } from '../../services/user/user.ts';
import type { Bindings } from '../../tui/acts.ts';
import type { SeenRequest } from '../../tui/state.ts';
import type { ScreenSource } from '../../tui/store.ts';
import { withoutInterrupts } from '../kit/interrupt.ts';
import { failureOf, themeOn } from '../kit/report.ts';
import { quietMs } from './alert-flags.ts';
import { writeInEditor } from './editor.ts';
import type { OpeningScreen } from './opening-screen.ts';
import { showInPager } from './pager.ts';
import type { WatchSurface } from './watch-flags.ts';

const WAIT_MS = 30_000;

/** `withOpen`: what is drawn anew may show a line that has not ended; what is appended may not. */
const sourceOf = (
  user: User,
  { withOpen, notes, bound }: Pick<ScreenSource, 'notes' | 'bound'> & { withOpen: boolean },
): ScreenSource => {
  const { home } = user;
  const approval = (id: string) => pick(home, 'approvals', id);
  const review = (id: string) => home.tables.get('reviews', id);
  const wantedOf = (id: string, seen: SeenRequest | null): WantedDecision[] =>
    [{ id, shown: seen?.shown, request: seen?.request }, ...(seen?.alike ?? [])].map(
      ({ id: of, ...one }) => ({ approval: approval(of), ...one }),
    );
  return {
    now: () => home.clock.now(),
    live: () => liveView(user, { withOpen }),
    session: (id) => sessionById(user, id),
    tree: (id) => sessionTree(user, id),
    subscribe: (signal, tell) => subscribe(user, signal, tell),
    async load(id, terms) {
      const asked = review(id);
      if (asked) return showReview(user, asked, WAIT_MS);
      const view = await showApproval(user, approval(id), WAIT_MS);
      return terms ? { ...view, grant: await proposeGrant(user, approval(id), terms) } : view;
    },
    async approve(id, seen) {
      const asked = review(id);
      if (asked) await giveVerdict(user, asked, 'pass', { shown: seen.shown });
      else if (seen.grant)
        await grantRepeats(
          user,
          { approval: approval(id), shown: seen.shown, request: seen.request },
          seen.grant,
        );
      else await decideAll(user, wantedOf(id, seen), 'approved');
    },
    notes,
    bound,
    async ask(agent, task) {
      return (await ask(user, agent, task)).session;
    },
    cancel: (session, reason) => cancel(user, pick(home, 'sessions', session), reason),
    async question(id) {
      return (await showQuestion(user, pickQuestion(home, id), WAIT_MS)).text;
    },
    async reply(question, text) {
      await replyToQuestion(user, pickQuestion(home, question), text);
    },
    async revoke(id) {
      await revokeGrant(user, id);
    },
    async answer(id, answer, reason, seen) {
      const asked = review(id);
      if (asked) await giveVerdict(user, asked, 'changes', { reason, ...(seen && { shown: seen.shown }) });
      else await decideAll(user, wantedOf(id, seen), answer, reason);
    },
    slices: (steps) => inSlices(home.clock, steps),
    page: (text, signal) => withoutInterrupts(() => showInPager(text, signal)),
    edit: (text, signal) => withoutInterrupts(() => writeInEditor(text, signal)),
    words(error) {
      const { message, hint = null } = failureOf(error);
      return { why: message, hint };
    },
  };
};

type AtTerminal = Extract<WatchSurface, { to: 'screen' | 'inline' }>;

export type Watching = {
  signal: AbortSignal;
  note: readonly string[] | undefined;
  theme: Theme;
  alert: Alert;
  'quiet-hours': string | undefined;
  bound: Bindings;
};

/** True where Ctrl-C ended it. */
export const watchAsPerson = async (
  user: User,
  how: AtTerminal & Watching,
  { onSaid, opened }: OpeningScreen,
): Promise<boolean> => {
  const { stdin, stdout } = process;
  const { signal, note: notes = [], bound } = how;
  const source = sourceOf(user, { withOpen: how.to === 'screen', notes, bound });
  const alerts = { alert: how.alert, isQuiet: () => quietMs(how['quiet-hours'], new Date(source.now())) > 0 };
  const shared = { source, alerts, signal, theme: themeOn(stdout, how.theme), onSaid, stdout, stdin };
  try {
    if (how.to === 'screen')
      return await (await import('../../tui/app.ts')).showScreen({ ...shared, first: opened() });
    const { showLines } = await import('../../tui/inline/terminal.ts');
    return await showLines({ ...shared, surface: how.surface, hasLive: how.hasLive });
  } finally {
    onSaid(null);
  }
};
