const STREAMS = [process.stdout, process.stderr] as const;
/** What is written from now on, until `end` gives it. */
const capture = () => {
  let bytes = '';
  const before = STREAMS.map((stream) => stream.write);
  for (const stream of STREAMS)
    stream.write = (chunk: Uint8Array | string, ...more: unknown[]): boolean => {
      bytes += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString('utf8');
      const done = more.at(-1);
      if (typeof done === 'function') queueMicrotask(() => done());
      return true;
    };
  return {
    end: (): string => {
      STREAMS.forEach((stream, i) => {
        stream.write = before[i]!;
      });
      return bytes;
    },
  };
};

/** What something writes to stdout and stderr in this process while it runs, and nothing that waits. */
export const captured = (work: () => unknown): string => {
  const capturing = capture();
  let value: unknown;
  try {
    value = work();
  } finally {
    capturing.end();
  }
  return capturing.end() + (typeof value === 'string' ? value : '');
};

let last: Promise<unknown> = Promise.resolve();
/** The same of work that waits in between, to its end: one after the other, since all write to the same streams. */
export const capturedToEnd = (work: () => Promise<unknown>): Promise<string> => {
  const next = last.then(async () => {
    const capturing = capture();
    await work().finally(() => capturing.end());
    return capturing.end();
  });
  last = next.catch(() => undefined);
  return next;
};
