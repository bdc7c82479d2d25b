/** Keys that a person chose: each is `action=key`, and none that signs is one that a hand gives without looking. */
import { nearest } from '../core/encoding/nearest.ts';
import { EntangleError } from '../core/errors.ts';
import type { Act, Bindings } from './acts.ts';
import { HEX_DIGITS } from './approval.ts';
import { KEY_NAMES } from './key-names.ts';
import { KEYS, withBindings } from './keys.ts';

const ACTS: readonly Act[] = KEYS.map(({ act }) => act);
/** What they begin is signed. */
const SIGNING: ReadonlySet<Act> = new Set(['arm', 'reject', 'change', 'cancel', 'reply', 'ask']);

/** With Ctrl, a terminal sends these as other keys, and one of them ends everything. */
const isControl = (key: string): boolean => /^ctrl-[a-z]$/.test(key) && !/[chijm]$/.test(key);
const isPrintable = (key: string): boolean => /^[^\p{C}\p{Z}]$/u.test(key);

const wrong = (why: string, hint: string): never => {
  throw new EntangleError('usage', why, { hint });
};

const requireAct = (text: string): Act => {
  const act = ACTS.find((one) => one === text);
  if (act) return act;
  const meant = nearest(text, ACTS);
  return wrong(
    `"${text}" is nothing that a key does`,
    meant ? `use ${meant}` : `use one of ${ACTS.join(', ')}`,
  );
};

const requireKey = (act: Act, key: string): string => {
  const isNamed = KEY_NAMES.has(key) || isControl(key);
  if (!isNamed && !isPrintable(key))
    return wrong(
      `"${key}" is no key for "${act}"`,
      'use one character, or a name as help shows it, as in pagedown or ctrl-f',
    );
  // Who reads on, or ends a line, gives these; and the digest that is typed next is of the others
  if (SIGNING.has(act) && isNamed)
    return wrong(`${key} cannot be the key of "${act}": what it begins is signed`, 'use one character');
  if (act === 'arm' && HEX_DIGITS.includes(key))
    return wrong(
      `${key} cannot be the key of "arm": a digest is typed with it`,
      'use a character that is no digit of one',
    );
  return key;
};

/** A key does one thing in one place. */
const requireApart = (bound: Bindings): Bindings => {
  const taken = new Map<string, Act>();
  for (const { keys, places, act } of withBindings(bound))
    for (const place of places)
      for (const key of keys) {
        const other = taken.get(`${place} ${key}`);
        if (other && other !== act)
          wrong(
            `${key} would be the key of "${other}" and of "${act}"`,
            `use another key for "${act}", or one for "${other}" too`,
          );
        taken.set(`${place} ${key}`, act);
      }
  return bound;
};

/** Several of one action are keys of it, in place of all that it had. */
export const bindingsOf = (given: readonly string[]): Bindings => {
  const bound: Partial<Record<Act, string[]>> = {};
  for (const one of given) {
    const at = one.indexOf('=');
    const act = requireAct(at === -1 ? one : one.slice(0, at));
    bound[act] = [...(bound[act] ?? []), requireKey(act, at === -1 ? '' : one.slice(at + 1))];
  }
  return requireApart(bound);
};
