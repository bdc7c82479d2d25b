/** Takes what is told, one by one; the next one waits for a promise: a slow reader is told later, and fills no memory. */
export type Tell<V> = (value: V) => unknown;
