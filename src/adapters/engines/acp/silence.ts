/** How long an agent may say nothing; while it waits for us, as long as it likes. */
export class Silence {
  readonly #tell: (words: string) => void;
  #timer: NodeJS.Timeout | undefined;
  #begin: () => void = () => undefined;
  #waits = 0;

  constructor(tell: (words: string) => void) {
    this.#tell = tell;
  }

  /** From now on so long; begins again whenever something is heard. */
  allow(ms: number, words: string): void {
    this.#begin = () => {
      this.#timer = setTimeout(() => this.#tell(`${words}: ${ms / 1000} s`), ms);
    };
    clearTimeout(this.#timer);
    if (this.#waits === 0) this.#begin();
  }

  heard(): void {
    if (this.#waits === 0) this.#timer?.refresh();
  }

  /** The agent cannot know how long that takes. */
  async during<T>(answer: Promise<T>): Promise<T> {
    this.#waits += 1;
    clearTimeout(this.#timer);
    try {
      return await answer;
    } finally {
      this.#waits -= 1;
      if (this.#waits === 0) this.#begin();
    }
  }

  end(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#begin = () => undefined;
  }
}
