/** A state machine as data: `state × input → state`; states without moves are terminal. */
export type Machine<S extends string, I extends string> = {
  readonly initial: S;
  readonly moves: Readonly<Record<S, Partial<Readonly<Record<I, S>>>>>;
};

/** The next state, or null for an illegal move. */
export const next = <S extends string, I extends string>(
  machine: Machine<S, I>,
  state: S,
  input: I,
): S | null => (Object.hasOwn(machine.moves[state], input) ? machine.moves[state][input] : undefined) ?? null;

export const isTerminal = <S extends string, I extends string>(machine: Machine<S, I>, state: S): boolean =>
  Object.keys(machine.moves[state]).length === 0;

/** Folds inputs in order; illegal ones change nothing. */
export const foldInputs = <S extends string, I extends string>(
  machine: Machine<S, I>,
  inputs: readonly I[],
): S => inputs.reduce((state, input) => next(machine, state, input) ?? state, machine.initial);
