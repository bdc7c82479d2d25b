/** The text in which a turn's trace and transcript tell what an agent does: its words as they come, all else a line each. */
import type * as z from 'zod';
import { cutText } from '../encoding/cut.ts';
import type { Call } from './calls.ts';
import type { planned, used } from './shapes.ts';

/** What is told next, and whether the line before it is open. */
type Part = { is: 'text' | 'thought' | 'line'; text: string };
export type ToldSoFar = { text: string; after: Part['is'] | null; isOpen: boolean };
export const NOTHING_TOLD: ToldSoFar = { text: '', after: null, isOpen: false };

const LINE = 500;
/** Of these the line is made: it does not take as long as the word is. */
const LOOKED_AT = 10 * LINE;
/** Of an agent's word within a line of ours: no line of its own. */
export const withinLine = (text: string): string =>
  cutText(
    cutText(text, LOOKED_AT)
      .replace(/[\s\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ')
      .trim(),
    LINE,
  );

/** The part as it follows what was told before. */
export const tellPart = ({ after, isOpen }: ToldSoFar, { is, text }: Part): ToldSoFar => {
  const goesOn = is === after && is !== 'line';
  const start = isOpen && !goesOn ? '\n' : '';
  const label = is === 'thought' && !goesOn ? 'thinks: ' : '';
  const end = is === 'line' ? '\n' : '';
  const whole = `${start}${label}${text}${end}`;
  return { text: whole, after: is, isOpen: whole === '' ? isOpen : !whole.endsWith('\n') };
};

export const callLine = ({ title, kind, status }: Call): string =>
  `call: ${withinLine(title)} (${withinLine(kind)}): ${withinLine(status)}`;

export const planLine = ({ entries }: z.output<typeof planned>): string =>
  `plan: ${entries.map(({ content, status }) => `${withinLine(content)} (${withinLine(status)})`).join('; ')}`;

export const usageLine = ({ used: tokens, size, cost }: z.output<typeof used>): string => {
  const price = cost ? `, ${cost.amount} ${withinLine(cost.currency)}` : '';
  return `usage: ${tokens} of ${size} tokens${price}`;
};

/** Of a further turn: whether its agent still knows what came before; `why` not. */
export const sessionLine = (why: string | null): string =>
  why === null ? 'session: goes on' : `session: begins anew with the whole task: ${withinLine(why)}`;

export const modeLine = (change: string): string => `mode: ${withinLine(change)}`;

export const answerLine = (title: string, answer: string): string =>
  `asked: ${withinLine(title)}: ${withinLine(answer)}`;

export const writtenLine = (path: string, bytes: number): string =>
  `wrote: ${withinLine(path)} (${bytes} bytes)`;
