/** The approval on its screen: the change, and below it, always, what is signed and how. */
import type { ApprovalState } from '../core/vocabulary.ts';
import { isOfCommit } from '../services/user/bound-words.ts';
import { type ApprovalScreen, armDenial, DIGEST_LENGTH, type Phase, subjectHex } from './approval.ts';
import { bodyOf, unreadGroups } from './approval-body.ts';
import { ASIDES, asideRows } from './aside.ts';
import { ASK_WORDS, type AskedChange, allOf, decidingWords, isSeveral } from './asked.ts';
import { type CellLine, ours, type Span, theirs } from './frame/line.ts';
import { keyOf } from './keys.ts';
import { approvalHeight, bodyWidth, isTooSmall } from './layout.ts';
import { signedLines } from './signed-lines.ts';
import type { Screen } from './state.ts';
import { syntaxLines } from './syntax-lines.ts';

/** Why it waits for this person no more. */
const ENDED: Readonly<Record<ApprovalState, string>> = {
  pending: 'you decided this in another place',
  approved: 'this was approved in another place',
  rejected: 'this was rejected in another place',
  superseded: 'changes of this were wanted in another place',
  expired: 'this expired',
  withdrawn: 'its node does not ask for this any more',
  invalidated: 'this is void: the graph, the node or the branch is another now',
};
const CLOSED = 'this was decided or closed in another place';
/** Why an approval waits for this person no more, as far as that is known. */
export const closedText = ({ as, ofSeveral }: Extract<Phase, { name: 'closed' }>): string => {
  if (ofSeveral) return 'one of them was decided or closed meanwhile, nothing was signed: open what is left';
  return as === null ? CLOSED : ENDED[as];
};

/** Of a file that is shown by its digest alone nobody saw the content here. */
const byDigest = (view: AskedChange): number =>
  isOfCommit(view) ? view.files.filter(({ shown }) => shown !== 'hunks').length : 0;
export const readAllOf = (view: AskedChange): string => {
  const hidden = byDigest(view);
  return hidden === 0
    ? 'all of it was shown'
    : `all was shown but the content of ${hidden} ${hidden === 1 ? 'file' : 'files'}, by digest alone`;
};

const NOTHING = { length: 0, groups: [] };
/** Why `A` would not do anything now, in words. */
export const denialOf = (screen: Screen, approval: ApprovalScreen, now: number): string | null => {
  const { view } = approval;
  const body = view ? bodyOf(view, bodyWidth(screen.size), screen.surface) : NOTHING;
  const groups = unreadGroups(body, approval.shown);
  const isSmall = isTooSmall(screen, view, now);
  return armDenial(approval, body.length, groups, isSmall, now, keyOf(screen, 'page-down'));
};

/** The one line that says what a key would do now. */
export const actLine = (screen: Screen, approval: ApprovalScreen, now: number): CellLine => {
  const { phase, view, what } = approval;
  switch (phase.name) {
    case 'armed': {
      const left = Math.max(0, Math.ceil((phase.until - now) / 1000));
      const first = view ? subjectHex(view).slice(0, DIGEST_LENGTH) : '';
      return [
        ours(` to sign${view && isSeveral(view) ? ` all ${allOf(view).length}` : ''}, type `, 'warn'),
        ours(`${first}: ${phase.typed}_`, 'strong'),
        ours(`  (next key within ${left} s; esc cancels) first ${DIGEST_LENGTH} of digest`, 'dim'),
      ];
    }
    case 'closed':
      return [ours(` ${closedText(phase)}; ${keyOf(screen, 'back')} goes back`, 'warn')];
    case 'signing':
      return [ours(' signing …', 'warn')];
    case 'decided': {
      const isOut = screen.session?.artifacts.some(
        ({ approval: of, isSigned, state }) => of === view?.id && isSigned && state === 'published',
      );
      const [back, pane] = [keyOf(screen, 'back'), keyOf(screen, 'pane-2')];
      const next = isOut ? `published: ${back}, and ${pane} tells how to take it` : `${back} goes back`;
      return [ours(` ${ASK_WORDS[what].decided[phase.what]} by you: ✓ signed; ${next}`, 'good')];
    }
    default: {
      const denial = denialOf(screen, approval, now);
      const said: Span = denial
        ? theirs(` ${denial}`, 'warn')
        : ours(
            view ? ` ${readAllOf(view)}: ${decidingWords(view, (act) => keyOf(screen, act))}` : '',
            'good',
          );
      return [said];
    }
  }
};

const without = ({ phase, id, what }: ApprovalScreen): CellLine[] => {
  if (phase.name !== 'unverifiable') return [[theirs(` waiting for the change of ${what} ${id} …`, 'dim')]];
  return [
    [ours(` this cannot be ${ASK_WORDS[what].decided.approved}:`, 'bad')],
    [theirs(` ${phase.why}`)],
    ...(phase.hint ? [[theirs(` ${phase.hint}`, 'dim')]] : []),
  ];
};

export const approvalLines = (screen: Screen, approval: ApprovalScreen, now: number): CellLine[] => {
  const { view } = approval;
  if (!view) return without(approval);
  const height = approvalHeight(screen);
  const { title, seen, count, top, mark } = shownRows(screen, approval, height);
  const body = Array.from({ length: height }, (_, row): CellLine => {
    const line = seen[row];
    return line ? [top + row === mark ? ours('>', 'accent') : ours(' '), ...line] : [];
  });
  const last = Math.min(count, top + height);
  const where = `── ${title}rows ${Math.min(top + 1, last)} to ${last} of ${count} `;
  const rule: CellLine = [ours(where.padEnd(screen.size.width, '─'), 'dim')];
  const act: CellLine = approval.aside
    ? [ours(` ${keyOf(screen, 'back')} goes back to the change; nothing is signed from here`, 'warn')]
    : actLine(screen, approval, now);
  return [...body, rule, ...signedLines(view, now), act];
};

type Shown = { title: string; seen: readonly CellLine[]; count: number; top: number; mark: number | null };
const shownRows = (screen: Screen, approval: ApprovalScreen, height: number): Shown => {
  const { view, aside, top, find } = approval;
  if (aside) {
    const rows = asideRows(approval, screen.size);
    const seen = rows.slice(aside.top, aside.top + height);
    return { title: `${ASIDES[aside.what]} · `, seen, count: rows.length, top: aside.top, mark: null };
  }
  const body = view && bodyOf(view, bodyWidth(screen.size), screen.surface);
  const seen = body ? syntaxLines(body, top, top + height) : [];
  return { title: '', seen, count: body?.length ?? 0, top, mark: find.row };
};
