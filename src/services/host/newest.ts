/** What a slow reader of a stream gets: of all that came since it looked last, the last. */

/** A sign of life (null) never takes the place of an event. */
export async function* newest<V>(stream: AsyncIterable<V | null>): AsyncGenerator<V | null, void, void> {
  let held: { value: V | null } | undefined;
  let isOver = false;
  let wake: () => void = () => undefined;
  const read = async (): Promise<void> => {
    try {
      for await (const value of stream) {
        if (value !== null || held === undefined) held = { value };
        wake();
      }
    } finally {
      isOver = true;
      wake();
    }
  };
  const reading = read();
  // Told below, when what came before was read
  reading.catch(() => undefined);
  for (;;) {
    if (held === undefined && !isOver)
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    if (held === undefined) return reading;
    const { value } = held;
    held = undefined;
    yield value;
  }
}
