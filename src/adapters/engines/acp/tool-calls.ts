/** The calls of one turn, over however many connections: bounded, and none lost that an agent gave up too early. */
import { MAX_DIRECTIVE, MAX_TOOLS } from '../../../core/bounds.ts';
import { utf8Length } from '../../../core/encoding/bytes.ts';
import { refusedDirective } from '../line-answers.ts';

type Calling = {
  /** Of the runner. */
  answer(directive: string): Promise<string>;
  /** The agent is waiting for us, not silent. */
  waiting<T>(answer: Promise<T>): Promise<T>;
};

export class ToolCalls {
  readonly #calling: Calling;
  /** By what was asked, the answers that nobody waits for: the same asked again is not done again. */
  readonly #left = new Map<string, Promise<string>[]>();
  #made = 0;
  #underWay = 0;

  constructor(calling: Calling) {
    this.#calling = calling;
  }

  /** The answer, or null once it is left. */
  make(directive: string): { answer: Promise<string | null>; leave(): void } {
    const answer = this.#left.get(directive)?.shift() ?? this.#begin(directive);
    const { promise: left, resolve } = Promise.withResolvers<null>();
    const leave = () => {
      this.#left.set(directive, [...(this.#left.get(directive) ?? []), answer]);
      resolve(null);
    };
    return { answer: this.#calling.waiting(Promise.race([answer, left])), leave };
  }

  async #begin(directive: string): Promise<string> {
    if (utf8Length(directive) > MAX_DIRECTIVE)
      return refusedDirective('too_large', `a directive has at most ${MAX_DIRECTIVE} bytes`);
    if (this.#underWay >= MAX_TOOLS.atOnce)
      return refusedDirective('too_many', `at most ${MAX_TOOLS.atOnce} calls at once`);
    if (this.#made >= MAX_TOOLS.calls)
      return refusedDirective('too_many', `at most ${MAX_TOOLS.calls} calls in one turn`);
    this.#made += 1;
    this.#underWay += 1;
    try {
      return await this.#calling.answer(directive);
    } catch (error) {
      return refusedDirective('failed', error instanceof Error ? error.message : String(error));
    } finally {
      this.#underWay -= 1;
    }
  }
}
