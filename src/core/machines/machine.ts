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

/** The fewest inputs that lead from the initial state to this one, in order; null where none do. */
export const inputsTo = <S extends string, I extends string>(machine: Machine<S, I>, to: S): I[] | null => {
  const ways = new Map<S, I[]>([[machine.initial, []]]);
  // A map goes on with what is added while it is walked: nearest states first.
  for (const [state, way] of ways)
    for (const [input, after] of Object.entries(machine.moves[state]) as [I, S][])
      if (!ways.has(after)) ways.set(after, [...way, input]);
  return ways.get(to) ?? null;
};
