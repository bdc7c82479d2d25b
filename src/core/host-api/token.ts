/** Bearer tokens of operators: made where they are used, known to a Host by their digest. */

import type { RandomBytes, Suite } from '../crypto/suite.ts';
import { toHex, utf8 } from '../encoding/bytes.ts';

/** 32 random bytes, under a prefix by which scanners for leaked secrets can know it. */
export const newToken = (random: RandomBytes): string => `ent_${toHex(random(32))}`;

export const tokenDigest = (suite: Pick<Suite, 'sha256'>, token: string): string =>
  toHex(suite.sha256(utf8(token)));

/** As long as one that is not guessed, and written as its header takes it. */
export const isToken = (text: string): boolean => /^[A-Za-z0-9._~+/=-]{32,256}$/.test(text);
