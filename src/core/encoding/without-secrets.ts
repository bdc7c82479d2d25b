/** A text without the values of secrets: each exact value, also as JSON writes it, is its name instead. */
import { fromUtf8 } from './bytes.ts';

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

export const withoutSecrets = (secrets: readonly Secret[], text: string): string =>
  secrets
    .flatMap(valuesOf)
    .filter(({ value }) => value !== '')
    // One value may begin with another
    .sort((a, b) => b.value.length - a.value.length)
    .reduce((rest, { name, value }) => rest.replaceAll(value, () => `[secret ${name}]`), text);
