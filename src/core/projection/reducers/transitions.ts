/** Signed states of whatever has states, kept as a set: what they amount to is a fold in their owner's order. */
import type { ApprovalState, ArtifactState, SessionState } from '../../vocabulary.ts';
import type { ArtifactDetail, RequestDetail, ResultDetail, RowOf, Tables } from '../rows.ts';

type Stated = {
  session: { state: SessionState; detail: RequestDetail | ResultDetail | null };
  approval: { state: ApprovalState; detail: null };
  artifact: { state: ArtifactState; detail: ArtifactDetail };
};
/** A row of the table as its kind has it. */
export type Transition<K extends keyof Stated = keyof Stated> = {
  [One in K]: Omit<RowOf<'transitions'>, 'kind' | keyof Stated[One]> & { kind: One } & Stated[One];
}[K];

/** Only `putTransition` writes the table, so the kind tells the rest. */
export const isOf =
  <K extends keyof Stated>(kind: K) =>
  (row: RowOf<'transitions'>): row is RowOf<'transitions'> & Transition<K> =>
    row.kind === kind;

const wordsOf = ({ state, reason, detail }: RowOf<'transitions'>): string =>
  JSON.stringify([state, reason, detail]);

/** An owner that gives one step two meanings is heard as one and the same of them, whichever arrives first. */
export const putTransition = (tables: Tables, transition: Transition): void => {
  const { kind, id, attempt, step, by } = transition;
  const before = tables.get('transitions', kind, id, attempt, step, by);
  if (!before || wordsOf(transition) < wordsOf(before)) tables.put('transitions', transition);
};
