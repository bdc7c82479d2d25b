/** The end of what an engine printed, as the last event of a turn tells it. */
export const TAIL_BYTES = 8192;

/** At most `TAIL_BYTES` bytes as text. A broken character takes more room as text than as a byte: the bound holds for the text. */
export const tailText = (tail: Buffer): string => {
  const text = tail.toString('utf8');
  return Buffer.byteLength(text) <= TAIL_BYTES
    ? text
    : Buffer.from(text).subarray(-TAIL_BYTES).toString('utf8').slice(3);
};
