/** A text without the values of secrets: each exact value, also as JSON writes it, is its name instead. */
import { fromUtf8, utf8 } from './bytes.ts';

type Secret = { name: string; bytes: Uint8Array };

/** A file of one line is said without its end as often as with it; what is no text stands in none. */
const valuesOf = ({ name, bytes }: Secret): { name: string; value: string }[] => {
  let text: string;
  try {
    text = fromUtf8(bytes).replace(/[\r\n]+$/, '');
  } catch {
    return [];
  }
  const quoted = JSON.stringify(text).slice(1, -1);
  return [...new Set([text, quoted])].map((value) => ({ name, value }));
};

/** Byte by byte, whatever the bytes are: one character for each. */
const raw = (bytes: Uint8Array): string => new TextDecoder('latin1').decode(bytes);

/** The name of one whose value stands in the bytes, or null. */
export const secretIn = (secrets: readonly Secret[], bytes: Uint8Array): string | null => {
  const all = raw(bytes);
  const values = secrets.flatMap(valuesOf).filter(({ value }) => value !== '');
  return values.find(({ value }) => all.includes(raw(utf8(value))))?.name ?? null;
};

export const withoutSecrets = (secrets: readonly Secret[], text: string): string =>
  secrets
    .flatMap(valuesOf)
    .filter(({ value }) => value !== '')
    // One value may begin with another
    .sort((a, b) => b.value.length - a.value.length)
    .reduce((rest, { name, value }) => rest.replaceAll(value, () => `[secret ${name}]`), text);
