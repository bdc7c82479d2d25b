/** What a probe lets an agent do, and what is known of the agent from what came of it: never from its words. */
import { cutMarked, lastLine } from '../encoding/cut.ts';
import type { Binding, Finding, ProbeFact, TurnStatus } from '../vocabulary.ts';

/** `look`: a command that only reads, which some agents never ask about. `subagent`: a command that one runs whom the agent starts. */
type Kind = 'command' | 'look' | 'edit' | 'outside' | 'subagent';
type Answer = 'approved' | 'rejected' | 'cancelled';
/** One thing that the model of the probe has the agent do: it makes the file `name`, or where it looks, tells that it is there. */
export type Canary = { kind: Kind; answer: Answer; name: string };
/** What was seen of one. `isMade`: its file was there when nothing of the agent ran any more, or its model was told of it. */
export type SeenCanary = Canary & {
  /** The model said it, so the agent has a tool for it. */
  isGiven: boolean;
  /** Null where no request named the file; `isLate` where the file was there when the request came. */
  asked: { isLate: boolean; binding: Binding } | null;
  isMade: boolean;
  /** It came to its runner, which would do it. */
  isThrough: boolean;
};

/** Of each kind one is allowed as well: what an agent cannot do at all is not held back by anybody. No three refusals follow each other. */
export const CANARIES: readonly (readonly [Kind, Answer][])[] = [
  [
    ['command', 'rejected'],
    ['look', 'rejected'],
    ['command', 'approved'],
    ['edit', 'rejected'],
    ['edit', 'approved'],
    ['outside', 'rejected'],
    ['outside', 'approved'],
  ],
  [
    ['subagent', 'rejected'],
    ['subagent', 'approved'],
  ],
  // A turn of its own: it ends there
  [['command', 'cancelled']],
];

const isHeldBack = ({ asked }: SeenCanary): boolean => asked !== null && !asked.isLate;
/** The agent does such things when it is let: what was not done was held back. */
const isAble = (all: readonly SeenCanary[], kind: Kind): boolean =>
  all.some((one) => one.kind === kind && one.answer === 'approved' && isHeldBack(one) && one.isMade);

const kindsOf = (kind: Kind): readonly Kind[] => (kind === 'command' ? [kind, 'look'] : [kind]);

const asks = (all: readonly SeenCanary[], kind: Kind): Finding => {
  const kinds = kindsOf(kind);
  const given = all.filter((one) => kinds.includes(one.kind) && one.isGiven);
  if (given.some((one) => one.isMade && !isHeldBack(one))) return 'no';
  const isWhole = kinds.every((wanted) => given.some((one) => one.kind === wanted));
  return isWhole && isAble(all, kind) && given.every(isHeldBack) ? 'yes' : 'untried';
};

const honours = (all: readonly SeenCanary[], kind: Kind, answer: Answer): Finding => {
  const tried = all.filter((one) => one.answer === answer && isHeldBack(one));
  if (tried.some((one) => kindsOf(kind).includes(one.kind) && one.isMade)) return 'no';
  return tried.some((one) => one.kind === kind) && isAble(all, kind) ? 'yes' : 'untried';
};

const goesThrough = (all: readonly SeenCanary[], kind: Kind): Finding => {
  const made = all.filter((one) => one.kind === kind && one.isMade);
  if (made.length === 0) return 'untried';
  return made.every(({ isThrough }) => isThrough) ? 'yes' : 'no';
};

type Facts = Readonly<Record<ProbeFact, Finding>>;
const RULES: Readonly<Record<Exclude<ProbeFact, 'mode_pinned'>, (all: readonly SeenCanary[]) => Finding>> = {
  command_asked: (all) => asks(all, 'command'),
  command_rejected: (all) => honours(all, 'command', 'rejected'),
  command_cancelled: (all) => honours(all, 'command', 'cancelled'),
  command_through: (all) => goesThrough(all, 'command'),
  edit_asked: (all) => asks(all, 'edit'),
  edit_rejected: (all) => honours(all, 'edit', 'rejected'),
  edit_through: (all) => goesThrough(all, 'edit'),
  outside_asked: (all) => asks(all, 'outside'),
  outside_rejected: (all) => honours(all, 'outside', 'rejected'),
  subagent_asked: (all) => asks(all, 'subagent'),
};

/** `isPinned`: its session is held to a mode in which it asks, before anything is said to it. */
export const factsOf = (all: readonly SeenCanary[], isPinned: boolean): Facts => {
  const seen = Object.entries(RULES).map(([fact, rule]) => [fact, rule(all)]);
  const didBegin = all.some(({ isGiven }) => isGiven);
  return { ...Object.fromEntries(seen), mode_pinned: isPinned && didBegin ? 'yes' : 'untried' } as Facts;
};

/** How much of a command its requests give, the least of all; null where it asked about none. */
export const commandBinding = (all: readonly SeenCanary[]): Binding | null => {
  const given = all.flatMap(({ kind, asked }) => (kind === 'command' && asked ? [asked.binding] : []));
  if (given.length === 0) return null;
  return given.includes('described') ? 'described' : 'declared';
};

/** Whether approvals of commands hold with such an agent. */
export const holdsCommands = (facts: Facts): boolean =>
  facts.command_asked === 'yes' &&
  facts.command_rejected === 'yes' &&
  facts.command_cancelled === 'yes' &&
  // Of one that starts nobody there is nothing to be seen
  facts.subagent_asked !== 'no';

const WHY = 200;
/** How a turn of a probe ended, and what was said last in it. */
export type ProbeTurn = { reason: TurnStatus; tail: string };
const STOPPED = 'stopped: ';
/** What ended it, where that was said; a complaint of the agent may follow. */
const endWords = ({ tail }: ProbeTurn): string =>
  tail
    .split('\n')
    .find((line) => line.startsWith(STOPPED))
    ?.slice(STOPPED.length) ?? lastLine(tail || 'nothing was said');
/** Why not all about commands could be seen; null where it was. */
export const whyUntried = (
  facts: Facts,
  seen: readonly SeenCanary[],
  turns: readonly ProbeTurn[],
): string | null => {
  const all = [facts.command_asked, facts.command_rejected, facts.command_cancelled];
  if (all.includes('no') || !all.includes('untried')) return null;
  const broken = turns.find(({ reason }) => reason !== 'done' && reason !== 'cancelled');
  if (broken) return cutMarked(`its turn ${broken.reason}: ${endWords(broken)}`, WHY);
  const commands = seen.filter(({ kind }) => kind === 'command');
  if (!commands.some(({ isGiven }) => isGiven))
    return 'it offers no tool that runs a command and is known here';
  const allowed = commands.filter(({ answer, asked }) => answer === 'approved' && asked);
  return allowed.some(({ isMade }) => isMade)
    ? 'it ended before all of it was tried'
    : 'it did nothing where it was allowed to';
};
