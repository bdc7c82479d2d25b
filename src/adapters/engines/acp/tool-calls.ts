/** The calls of one turn, over however many connections: bounded, and none lost that an agent gave up too early. */
import { hash } from 'node:crypto';
import { isToolError } from '../../../core/acp/tools.ts';
import { MAX_DIRECTIVE, MAX_TOOLS } from '../../../core/bounds.ts';
import { utf8Length } from '../../../core/encoding/bytes.ts';
import { refusedDirective } from '../line-answers.ts';

type Calling = {
  /** Of the runner. */
  answer(directive: string): Promise<string>;
  /** The agent is waiting for us, not silent. */
  waiting<T>(answer: Promise<T>): Promise<T>;
};

type Call = { answer: Promise<string | null>; leave(): void };

export class ToolCalls {
  readonly #calling: Calling;
  /** By the digest of what was asked, the answers that nobody waits for: the same asked again is not done again. */
  readonly #left = new Map<string, Promise<string>[]>();
  #made = 0;
  #refused = 0;
  #underWay = 0;

  constructor(calling: Calling) {
    this.#calling = calling;
  }

  /** So many calls were made of what is not done that no connection is served any more that makes another. */
  get isRefusing(): boolean {
    return this.#refused > MAX_TOOLS.refusals;
  }

  /** The answer, or null once it is left. */
  make(directive: string): Call {
    const digest = hash('sha256', directive);
    const answer = this.#left.get(digest)?.shift() ?? this.#begin(directive);
    // Nothing was begun, so nothing is kept of it
    if (typeof answer === 'string') return { answer: Promise.resolve(answer), leave: () => undefined };
    const { promise: left, resolve } = Promise.withResolvers<null>();
    let isLeft = false;
    const leave = () => {
      if (!isLeft) this.#keep(digest, answer);
      isLeft = true;
      resolve(null);
    };
    return { answer: this.#calling.waiting(Promise.race([answer, left])), leave };
  }

  /** Until it turns out that nothing was done: who asks again may be let. */
  #keep(digest: string, answer: Promise<string>): void {
    this.#left.set(digest, [...(this.#left.get(digest) ?? []), answer]);
    void answer.then((given) => {
      if (!isToolError(given)) return;
      this.#left.set(digest, this.#left.get(digest)?.filter((one) => one !== answer) ?? []);
    });
  }

  /** Or the refusal of a call that is not begun. */
  #begin(directive: string): Promise<string> | string {
    const refusal = this.#refusalOf(directive);
    if (refusal === null) return this.#done(directive);
    this.#refused += 1;
    return refusal;
  }

  #refusalOf(directive: string): string | null {
    if (utf8Length(directive) > MAX_DIRECTIVE)
      return refusedDirective('too_large', `a directive has at most ${MAX_DIRECTIVE} bytes`);
    if (this.#underWay >= MAX_TOOLS.atOnce)
      return refusedDirective('too_many', `at most ${MAX_TOOLS.atOnce} calls at once`);
    if (this.#made >= MAX_TOOLS.calls)
      return refusedDirective('too_many', `at most ${MAX_TOOLS.calls} calls in one turn`);
    return null;
  }

  async #done(directive: string): Promise<string> {
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
