/** What a person does at the screen of a node, in words of a story. */
import type { TerminalScreen } from './screen.ts';

const leftOf = (text: string): string | undefined => /(\d+) rows? (?:was|were) not shown/.exec(text)?.[1];
/** Page by page to its end, as slowly as a person. */
export const readToEnd = async (screen: TerminalScreen): Promise<void> => {
  await screen.until('── rows');
  for (;;) {
    const text = await screen.until((all) => / not shown yet|all of it was shown/.test(all));
    if (text.includes('all of it was shown')) return;
    // As slowly as a person: each page counts by itself
    const left = leftOf(text);
    await screen.press(' ', (all) => leftOf(all) !== left);
  }
};
export const PASTED = 'what is pasted is no key';
/**
 * A key that must count once: sent when keys count again, which one that does nothing shows. On a busy machine it may be
 * read together with that one, and then it was none.
 */
export const strike = async (screen: TerminalScreen, key: string, words: string): Promise<string> => {
  await screen.press('z', 'z does nothing here');
  screen.send(key);
  const text = await screen.until((all) => all.includes(words) || all.includes(PASTED));
  if (text.includes(words)) return text;
  screen.send(key);
  return screen.until(words);
};

const QUESTION = /, type ([0-9a-f]{4}): /;
/** Asks to approve, and gives what is to be typed: a frame comes in pieces. `all`: where one decision signs several. */
export const arm = async (screen: TerminalScreen, all = ''): Promise<string> => {
  await strike(screen, 'A', `to sign${all}, type`);
  return QUESTION.exec(await screen.until((text) => QUESTION.test(text)))![1]!;
};
