/** RFC 8785 canonical JSON and digests of it. */
import serialize from 'canonicalize';
import type { Suite } from '../crypto/suite.ts';
import { EntangleError } from '../errors.ts';
import { toHex, utf8 } from './bytes.ts';

/** Canonical text of a JSON value; throws `invalid` for what JSON cannot carry (undefined, NaN, cycles, lone surrogates). */
export function canonicalize(value: unknown): string {
  let text: string | undefined;
  try {
    text = serialize(value);
  } catch (cause) {
    throw new EntangleError('invalid', 'value has no canonical JSON form', { cause });
  }
  if (text === undefined) throw new EntangleError('invalid', 'value has no canonical JSON form');
  return text;
}

/** sha256 (hex) of the canonical form. */
export const digestOf = (suite: Pick<Suite, 'sha256'>, value: unknown): string =>
  toHex(suite.sha256(utf8(canonicalize(value))));
