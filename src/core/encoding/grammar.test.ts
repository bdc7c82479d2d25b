import { expect, test } from 'vitest';
import { NAME } from '../grammars.ts';
import { requireFit } from './grammar.ts';

test('an error repeats at most eighty characters of what does not fit, and says what would', () => {
  const hint = `write ${NAME.rule}`;
  const message = (text: string) => `"${text}" is not ${NAME.what}`;
  const exact = `${'x'.repeat(79)}!`;
  expect(() => requireFit(NAME, exact)).toThrow(expect.objectContaining({ message: message(exact), hint }));
  expect(() => requireFit(NAME, `${exact}!`)).toThrow(
    expect.objectContaining({ message: message(`${exact}…`), hint }),
  );
});
