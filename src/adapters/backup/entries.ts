/** What a backup holds, one after the other: `<bytes> <name>` as a line, then the bytes. */
import { EntangleError } from '../../core/errors.ts';

export type BackupEntry = { name: string; size: number; bytes: AsyncIterable<Uint8Array> };

const NEWLINE = 0x0a;
const MAX_HEAD_BYTES = 256;
const HEAD = /^(0|[1-9]\d{0,14}) ([a-z0-9][a-z0-9./-]{0,200})$/;

export async function* writeEntries(entries: AsyncIterable<BackupEntry>): AsyncGenerator<Uint8Array> {
  for await (const { name, size, bytes } of entries) {
    yield Buffer.from(`${size} ${name}\n`);
    let given = 0;
    for await (const some of bytes) {
      given += some.length;
      yield some;
    }
    if (given !== size) throw new EntangleError('unavailable', `${name} changed while it was read`);
  }
}

const malformed = (): EntangleError =>
  new EntangleError('invalid', 'this backup is not one that this version understands', {
    hint: 'use the version that made it, or a newer one',
  });

/** In their order; the bytes of one are read before the next is asked for. */
export async function* readEntries(source: AsyncIterable<Uint8Array>): AsyncGenerator<BackupEntry> {
  const pieces = source[Symbol.asyncIterator]();
  let rest: Uint8Array = new Uint8Array(0);
  /** False at the end. */
  const more = async (): Promise<boolean> => {
    const { done, value } = await pieces.next();
    if (!done) rest = rest.length === 0 ? value : Buffer.concat([rest, value]);
    return !done;
  };
  const head = async (): Promise<string | null> => {
    for (;;) {
      const stop = rest.subarray(0, MAX_HEAD_BYTES).indexOf(NEWLINE);
      if (stop !== -1) {
        const line = Buffer.from(rest.subarray(0, stop)).toString('latin1');
        rest = rest.subarray(stop + 1);
        return line;
      }
      if (rest.length >= MAX_HEAD_BYTES) throw malformed();
      if (await more()) continue;
      if (rest.length > 0) throw malformed();
      return null;
    }
  };
  async function* take(size: number): AsyncGenerator<Uint8Array> {
    for (let left = size; left > 0; ) {
      if (rest.length === 0 && !(await more())) throw malformed();
      const some = rest.subarray(0, left);
      rest = rest.subarray(some.length);
      left -= some.length;
      yield some;
    }
  }
  for (let line = await head(); line !== null; line = await head()) {
    const [, size, name] = HEAD.exec(line) ?? [];
    if (size === undefined || name === undefined) throw malformed();
    yield { name, size: Number(size), bytes: take(Number(size)) };
  }
}
