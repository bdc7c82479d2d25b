import { createHash } from 'node:crypto';
import { sha256 } from '@noble/hashes/sha2.js';
import { toHex } from '../../core/encoding/bytes.ts';

/** In characters. A longer one takes longer here than Node's own hashes take to be loaded, which is a tenth of a small command. */
const SHORT = 32_768;

/** sha256 of its UTF-8, in lower-case hex. */
export const sha256Text = (text: string): string =>
  text.length > SHORT
    ? createHash('sha256').update(text).digest('hex')
    : toHex(sha256(Buffer.from(text, 'utf8')));
