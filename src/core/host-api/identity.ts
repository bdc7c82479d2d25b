/** What issuers say of workloads: which of it an operator is bound to, and the keys by which it is checked. */
import * as z from 'zod';
import { MAX_CLAIMS, MAX_ISSUER_KEYS } from '../bounds.ts';
import { once } from '../encoding/once.ts';
import { readShape } from '../encoding/read-shape.ts';
import { matching, text } from '../encoding/schema.ts';
import { CLAIM_NAME } from '../grammars.ts';
import { ISSUER_KEY_TYPES } from '../vocabulary.ts';

/** Every one of them has to be in the token, as that text. An issuer has many customers: without any, all of them fit. */
export const claims = once(() =>
  z
    .record(matching(CLAIM_NAME), text(255))
    .refine((all) => Object.keys(all).length >= 1, 'must be at least one claim')
    .refine((all) => Object.keys(all).length <= MAX_CLAIMS, `must be at most ${MAX_CLAIMS} claims`),
);
export type Claims = Readonly<Record<string, string>>;

const LOOPBACK = ['localhost', '127.0.0.1', '[::1]'];

/** Whether it is what can be fetched from: https, or this machine; nothing of a user, no query, no fragment. */
export const isFetchable = (text: string): boolean => {
  if (!URL.canParse(text) || /[?#@\\\s]/.test(text)) return false;
  const { protocol, hostname } = new URL(text);
  return protocol === 'https:' || (protocol === 'http:' && LOOPBACK.includes(hostname));
};

/** Taken letter by letter, as tokens have it. */
export const issuerUrl = once(() =>
  text(255).refine(isFetchable, 'must be an https URL without query or fragment'),
);
export const audienceText = text(255).min(1);

const part = once(() => text(2_048).exactOptional());
/** The public members of RFC 7518 §6 and what says of whom a key is; everything else of it is left out. */
const issuerKey = once(() =>
  z.object({
    kty: z.enum(ISSUER_KEY_TYPES),
    ...{ kid: text(255).exactOptional(), alg: text(16).exactOptional(), use: text(16).exactOptional() },
    ...{ n: part(), e: part(), crv: part(), x: part(), y: part() },
  }),
);
export type IssuerKey = z.output<ReturnType<typeof issuerKey>>;
export type IssuerKeys = IssuerKey[];
export const issuerKeys = once(() => z.array(issuerKey()).min(1).max(MAX_ISSUER_KEYS));

const hasPrivatePart = (key: unknown): boolean =>
  typeof key === 'object' && key !== null && ('d' in key || 'k' in key);
const keySet = once(() => z.object({ keys: z.array(z.unknown()).max(MAX_ISSUER_KEYS) }));

/** The keys of a JWK set (RFC 7517) that sign; null for what is none, or has a secret in it, or no key that is one here. */
export const readKeySet = (value: unknown): IssuerKeys | null => {
  const read = readShape(keySet(), value);
  if (!read.success || read.data.keys.some(hasPrivatePart)) return null;
  const found = read.data.keys.flatMap((key) => {
    const one = readShape(issuerKey(), key);
    return one.success && one.data.use !== 'enc' ? [one.data] : [];
  });
  return found.length === 0 ? null : found;
};

/** Numbers and what is true or false count by how JSON writes them; nothing that has members fits a text. */
const isSaid = (value: unknown, wanted: string): boolean =>
  (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') &&
  String(value) === wanted;

export const fitsClaims = (said: Readonly<Record<string, unknown>>, wanted: Claims): boolean =>
  Object.entries(wanted).every(([name, value]) => Object.hasOwn(said, name) && isSaid(said[name], value));
