/** Questions of engines to who launched their task, and what was answered. */
import type { BodyOf } from '../../protocol/table.ts';
import type { LedgerMessage } from '../ledger-message.ts';
import type { Tables } from '../rows.ts';
import { nameText } from './blobs.ts';

export const reduceQuestion = (tables: Tables, told: LedgerMessage<BodyOf<'question'>>): void => {
  const { question, session, attempt, step, text, whole } = told.body;
  nameText(tables, told);
  const before = tables.get('questions', question);
  // One id, one question: of two that arrive in any order the same one stands
  if (before && before.message <= told.id) return;
  const line = before?.line ?? told.line;
  tables.put('questions', {
    ...{ id: question, session, attempt, step, node: told.from, words: text, rest: whole ? 1 : 0 },
    ...{ message: told.id, at: told.at, line },
  });
};

export const reduceReply = (tables: Tables, told: LedgerMessage<BodyOf<'reply'>>): void => {
  nameText(tables, told);
  tables.put('replies', { question: told.body.question, message: told.id, by: told.from });
};
