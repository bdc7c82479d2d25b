/** What engines ask people in words: who launched their task, or whom an edge lets them escalate to; and what was answered. */
import type { BodyOf } from '../../protocol/table.ts';
import type { QuestionKind } from '../../vocabulary.ts';
import type { LedgerMessage } from '../ledger-message.ts';
import { isEscalationClosed, replyTo } from '../queries.ts';
import type { Tables } from '../rows.ts';
import { nameText } from './blobs.ts';

type Asked = BodyOf<'question'> | BodyOf<'escalation'>;
const asking =
  (kind: QuestionKind) =>
  (tables: Tables, told: LedgerMessage<Asked>): void => {
    const { question, session, attempt, step, text, whole } = told.body;
    const path = 'path' in told.body ? [...told.body.path] : [];
    nameText(tables, told);
    const before = tables.get('questions', question);
    // One id, one question: of two that arrive in any order the same one stands
    if (before && before.message <= told.id) return;
    const line = before?.line ?? told.line;
    tables.put('questions', {
      ...{ id: question, kind, session, attempt, step, node: told.from, asked: told.to },
      ...{ words: text, rest: whole ? 1 : 0, path, message: told.id, at: told.at, open: 0, line },
    });
    foldEscalation(tables, question);
  };

export const reduceQuestion = asking('question');
export const reduceEscalation = asking('escalation');

export const reduceReply = (tables: Tables, told: LedgerMessage<BodyOf<'reply'>>): void => {
  nameText(tables, told);
  tables.put('replies', { question: told.body.question, message: told.id, by: told.from });
  foldEscalation(tables, told.body.question);
};

export const reduceEscalationClosed = (
  tables: Tables,
  { body }: LedgerMessage<BodyOf<'escalation.closed'>>,
): void => foldEscalation(tables, body.question);

const foldEscalation = (tables: Tables, id: string): void => {
  const row = tables.get('questions', id);
  if (row?.kind !== 'escalation') return;
  const isOver = replyTo(tables, id) !== null || isEscalationClosed(tables, row);
  tables.put('questions', { ...row, open: isOver ? 0 : 1 });
};
