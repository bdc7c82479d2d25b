/** What an engine may ask for while it runs. Free text is never authority: a directive is checked against the routes. */
import * as z from 'zod';
import { DIRECTIVES, type Directive, directiveForms } from '../../core/directives.ts';
import { readShape } from '../../core/encoding/read-shape.ts';
import { parseStrict } from '../../core/encoding/strict-json.ts';
import type { Budget } from '../../core/graph/model.ts';
import type { RowOf } from '../../core/projection/rows.ts';
import type { BodyOf } from '../../core/protocol/table.ts';
import type { Hands } from '../../ports/index.ts';
import { artifact } from './artifact.ts';
import { askPerson } from './ask-person.ts';
import { allowed } from './budget.ts';
import { delegate } from './delegate.ts';
import { type DirectingTurn, type DirectiveAnswer, refused } from './directive.ts';
import { escalate } from './escalate.ts';
import { HANDED_OFF, handedOn, handoff } from './handoff.ts';
import { requestReview } from './request-review.ts';
import { review } from './review.ts';
import { runCommand } from './run-command.ts';
import type { Runner } from './runner.ts';

type Answering = (turn: DirectingTurn) => Promise<DirectiveAnswer>;

/** Null for what does not have its shape. */
const answered =
  <S extends z.ZodType>(
    { shape }: { shape: S },
    answer: (turn: DirectingTurn, said: z.output<S>) => Promise<DirectiveAnswer>,
  ) =>
  (said: unknown): Answering | null => {
    const read = readShape(shape, said);
    return read.success ? (turn) => answer(turn, read.data) : null;
  };

/** What is done about each. */
const ANSWERS: Readonly<Record<Directive, (said: unknown) => Answering | null>> = {
  delegate: answered(DIRECTIVES.delegate, delegate),
  handoff: answered(DIRECTIVES.handoff, handoff),
  ask: answered(DIRECTIVES.ask, askPerson),
  escalate: answered(DIRECTIVES.escalate, escalate),
  request_review: answered(DIRECTIVES.request_review, requestReview),
  artifact: answered(DIRECTIVES.artifact, artifact),
  run: answered(DIRECTIVES.run, runCommand),
  review: answered(DIRECTIVES.review, review),
};
const isDirective = (word: string): word is Directive => Object.hasOwn(DIRECTIVES, word);

type AnsweredTurn = {
  session: RowOf<'sessions'>;
  turn: number;
  request: BodyOf<'task.request'>;
  task: string;
  own: Budget | undefined;
} & Pick<DirectingTurn, 'soFar' | 'fileOf' | 'tell' | 'permit' | 'isOver'>;

/** Answers the directives of one turn; its allowance of turns is counted down as it gives work away. */
export const answerer = (
  runner: Runner,
  { session, turn: n, request, task, own, ...made }: AnsweredTurn,
  signal: AbortSignal,
) => {
  const said = new Map<string, number>();
  const ordinalOf = (what: string) => {
    const count = (said.get(what) ?? 0) + 1;
    const take = () => {
      said.set(what, count);
      return () => {
        if (said.get(what) === count) said.set(what, count - 1);
      };
    };
    return { ordinal: `${n}.${count}`, take };
  };
  const allowance = allowed(request.budget, own, n);
  const turn: DirectingTurn = { runner, session, task, allowance, ordinalOf, ...made, signal };
  return async (line: string, hands?: Hands): Promise<string> => {
    const read = readDirective(line);
    if (!read) return JSON.stringify(refused('bad_directive', `one line of JSON: ${directiveForms()}`));
    const answer = handedOn(runner, session) ? HANDED_OFF : await read.answer({ ...turn, hands });
    return JSON.stringify({ id: read.id, ...answer });
  };
};

const envelope = z.looseObject({ id: z.union([z.string().max(64), z.int()]).optional() });

/** One word, and nothing beside it but an id. */
const readDirective = (line: string): { id: string | number | undefined; answer: Answering } | null => {
  try {
    const parsed = readShape(envelope, parseStrict(line, { maxDepth: 8 }));
    if (!parsed.success) return null;
    const { id, ...rest } = parsed.data;
    const [[word, said] = ['', null], ...more] = Object.entries(rest);
    const answer = more.length === 0 && isDirective(word) ? ANSWERS[word](said) : null;
    return answer && { id, answer };
  } catch {
    return null;
  }
};
