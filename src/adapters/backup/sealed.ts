/**
 * Bytes of any length under a key: pieces of equal length, each sealed for its place, the last one as the last (STREAM,
 * as age has it). What is cut off, put elsewhere or changed does not open.
 */
import { createCipheriv, createDecipheriv } from 'node:crypto';
import { EntangleError } from '../../core/errors.ts';

const CIPHER = 'chacha20-poly1305';
const PIECE_BYTES = 1_048_576;
const TAG_BYTES = 16;
/** Each place once under a key that seals one backup: 11 bytes of number, then whether it is the last. */
const nonceOf = (n: number, isLast: boolean): Uint8Array => {
  const nonce = new Uint8Array(12);
  new DataView(nonce.buffer).setBigUint64(3, BigInt(n));
  nonce[11] = Number(isLast);
  return nonce;
};
const OPTIONS = { authTagLength: TAG_BYTES };

/** In pieces of so many bytes, of which the last one is told, and may be shorter or empty. */
async function* inPieces(
  source: AsyncIterable<Uint8Array>,
  bytes: number,
): AsyncGenerator<{ piece: Buffer; isLast: boolean }> {
  let gathered: Uint8Array[] = [];
  let length = 0;
  for await (const some of source) {
    gathered.push(some);
    length += some.length;
    // More than one piece: what is here is not the last
    if (length <= bytes) continue;
    let rest: Buffer = Buffer.concat(gathered);
    for (; rest.length > bytes; rest = rest.subarray(bytes))
      yield { piece: rest.subarray(0, bytes), isLast: false };
    gathered = [rest];
    length = rest.length;
  }
  yield { piece: Buffer.concat(gathered), isLast: true };
}

/** `about` is bound to each piece, and not in it. */
export async function* sealPieces(
  source: AsyncIterable<Uint8Array>,
  key: Uint8Array,
  about: Uint8Array,
): AsyncGenerator<Uint8Array> {
  let n = 0;
  for await (const { piece, isLast } of inPieces(source, PIECE_BYTES)) {
    const cipher = createCipheriv(CIPHER, key, nonceOf(n++, isLast), OPTIONS);
    cipher.setAAD(about, { plaintextLength: piece.length });
    yield Buffer.concat([cipher.update(piece), cipher.final(), cipher.getAuthTag()]);
  }
}

export async function* openPieces(
  source: AsyncIterable<Uint8Array>,
  key: Uint8Array,
  about: Uint8Array,
): AsyncGenerator<Uint8Array> {
  let n = 0;
  for await (const { piece, isLast } of inPieces(source, PIECE_BYTES + TAG_BYTES))
    yield openPiece(piece, nonceOf(n++, isLast), key, about);
}

const openPiece = (piece: Buffer, nonce: Uint8Array, key: Uint8Array, about: Uint8Array): Uint8Array => {
  try {
    const sealed = piece.subarray(0, -TAG_BYTES);
    const decipher = createDecipheriv(CIPHER, key, nonce, OPTIONS);
    decipher.setAAD(about, { plaintextLength: sealed.length });
    decipher.setAuthTag(piece.subarray(-TAG_BYTES));
    return Buffer.concat([decipher.update(sealed), decipher.final()]);
  } catch (cause) {
    throw new EntangleError('invalid', 'the backup is damaged, or cut off', {
      hint: 'use another copy of it, or an older backup',
      cause,
    });
  }
};
