/** What something writes to stdout and stderr in this process while it runs, and nothing that waits. */
export const captured = (work: () => unknown): string => {
  let bytes = '';
  const streams = [process.stdout, process.stderr] as const;
  const before = streams.map((stream) => stream.write);
  for (const stream of streams)
    stream.write = (chunk: Uint8Array | string): boolean => {
      bytes += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString('utf8');
      return true;
    };
  try {
    const value = work();
    return bytes + (typeof value === 'string' ? value : '');
  } finally {
    streams.forEach((stream, i) => {
      stream.write = before[i]!;
    });
  }
};
