/** Answers about values that never change are worked out once for each value, and are forgotten with it. */

/** The same function. It must hang on nothing but what the value is. */
export const remembered = <K extends object, V>(work: (value: K) => V): ((value: K) => V) => {
  const known = new WeakMap<K, { readonly answer: V }>();
  return (value) => {
    let found = known.get(value);
    if (found === undefined) {
      found = { answer: work(value) };
      known.set(value, found);
    }
    return found.answer;
  };
};
