/** Rules of what a node puts to a person under an id that it made: it stays what it was, is no approval, and is of its own session. */
import { expect } from 'vitest';
import { questionOf, taskOf, withSibling } from './introductions.ts';
import type { Forged } from './message-kit.ts';
import type { RuleRow } from './rule-rows.ts';

/** The nth of them, of the nth session, which the person did not launch. */
type Put<C> = (n: number, changed?: C) => Forged;
type Sentences<C> = {
  /** Under the id of an earlier one. */
  changed: [rule: string, change: C];
  /** Under the id of an approval. */
  taken: [rule: string, change: (id: string) => C];
  /** Of a session that the person gave to another node. */
  elsewhere: string;
};

export const ownIdRows = <C>(put: Put<C>, { changed, taken, elsewhere }: Sentences<C>): RuleRow[] => [
  {
    rule: changed[0],
    reason: 'wrong_subject',
    given: async (kit) => {
      expect(await kit.tell(put(1))).toBe('accepted');
      return { refused: put(1, changed[1]), allowed: put(2) };
    },
  },
  {
    rule: taken[0],
    reason: 'wrong_subject',
    given: async (kit) => {
      const body = questionOf(kit, 1);
      await kit.send({ type: 'approval.request', from: 'node', to: 'alice', body });
      return { refused: put(1, taken[1](body.approval)), allowed: put(1) };
    },
  },
  {
    rule: elsewhere,
    reason: 'not_yours',
    given: async (kit) => {
      await withSibling(kit);
      await kit.send({ type: 'task.request', from: 'alice', to: 'sibling', body: taskOf(1) });
      return { refused: put(1), allowed: put(2) };
    },
  },
];
