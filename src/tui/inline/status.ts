/** The line that stays below what is appended, and the line that is typed where none stays. */
import type { InboxItem } from '../../services/user/live.ts';
import { DIGEST_LENGTH } from '../approval.ts';
import { bodyOf } from '../approval-body.ts';
import { actLine } from '../approval-pane.ts';
import { type CellLine, endOfLine, fitLine, ours, theirs } from '../frame/line.ts';
import { approvalHeight, bodyWidth, troubleCount } from '../layout.ts';
import type { Screen } from '../state.ts';
import { isLooking, typedHead } from '../typing.ts';
import { surfaceWords } from './words.ts';

const waiting = ({ live }: Screen, what: InboxItem['what']): number =>
  live.items.filter((one) => one.what === what).length;

const standing = (screen: Screen): CellLine => {
  const { graph, me, relays, revision, unsent } = screen.live;
  const [waits, questions] = [waiting(screen, 'approval'), waiting(screen, 'question')];
  const reviews = waiting(screen, 'review');
  return [
    ours(`${waits} to approve`, waits > 0 ? 'warn' : 'dim'),
    ...(questions > 0 ? [ours(` · ${questions} to answer`, 'warn')] : []),
    ...(reviews > 0 ? [ours(` · ${reviews} to review`, 'warn')] : []),
    ours(troubleCount(screen.live), 'warn'),
    ours(
      ` · relays ${relays.open}/${relays.all}${relays.open === 0 ? ', this may be old' : ''}`,
      relays.open < relays.all ? 'warn' : 'dim',
    ),
    ours(` · rev ${revision ?? 'none yet'} · unsent ${unsent} · `, 'dim'),
    theirs(`${graph}/${me}`, 'dim'),
  ];
};

const whereIn = (screen: Screen): string => {
  const { approval, size, surface } = screen;
  if (!approval?.view || approval.phase.name !== 'reading') return '';
  const rows = bodyOf(approval.view, bodyWidth(size), surface).length;
  return ` · rows ${approval.top + 1} to ${Math.min(rows, approval.top + approvalHeight(screen))} of ${rows}`;
};

/** What is typed, behind what it is for; null where nothing is. */
export const typedText = (screen: Screen): string | null => {
  const { typing, approval } = screen;
  const { text } = surfaceWords(screen);
  if (typing)
    return `${text(isLooking(typing) ? `${typing.what}: ` : typedHead(typing)).text}${text(typing.text).text}`;
  if (approval?.phase.name !== 'armed') return null;
  return `first ${DIGEST_LENGTH} of the digest: ${approval.phase.typed}`;
};

/** Cells below the width by one: the cursor never waits at the edge of a row. */
export const statusLine = (screen: Screen, now: number): CellLine => {
  const { size, typing, approval } = screen;
  const width = Math.max(1, size.width - 1);
  if (typing) return fitted([ours(endOfLine(`${typedText(screen)}_`, width))], width);
  if (approval) return fitted([...actLine(screen, approval, now), ours(whereIn(screen), 'dim')], width);
  return fitted(standing(screen), width);
};
/** Cut, and not filled: a terminal that becomes narrower has nothing to wrap. */
const fitted = (line: CellLine, width: number): CellLine => {
  const cut = fitLine(line, width);
  const last = cut.at(-1);
  return last && /^ +$/.test(last.text) && last.tone === 'plain' ? cut.slice(0, -1) : cut;
};
