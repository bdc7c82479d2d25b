/** What all runners of one process share: places for turns, and memory for their engines. */

export type Work = {
  stop: AbortController;
  /** Answers that its engine waits for; it holds no place meanwhile. */
  waits: number;
  /** Memory that its engine takes, in MiB. */
  need: number;
  isOver: boolean;
  ended: Promise<void>;
};
/** Its answer is there, and is given to it when there is a place. */
type Returning = { work: Work; hasPlace: () => boolean; enter: () => void };

const working = (works: ReadonlySet<Work>): number => [...works].filter(({ waits }) => waits === 0).length;

/** So many of them may work, and have so much memory. */
export class Places {
  readonly works = new Set<Work>();
  #capacity: number;
  #memory: number;

  constructor(capacity = Number.POSITIVE_INFINITY, memory = Number.POSITIVE_INFINITY) {
    this.#capacity = capacity;
    this.#memory = memory;
  }

  resize(capacity: number, memory: number): void {
    this.#capacity = capacity;
    this.#memory = memory;
  }

  get hasPlace(): boolean {
    return working(this.works) < this.#capacity;
  }

  /** No engine beyond so many, whether it works or waits. */
  isFullWith(more: number): boolean {
    return this.works.size >= this.#capacity + more;
  }

  /** That is left for engines, in MiB: one that waits for an answer keeps what it has. */
  memoryLeft(isWaitedFor: boolean): number {
    const all = [...this.works].filter(({ waits }) => !isWaitedFor || waits === 0);
    return all.reduce((left, { need }) => left - need, this.#memory);
  }
}

export class TurnRoom extends Places {
  readonly #returning: Returning[] = [];
  readonly #others = new Map<object, () => void>();

  /** Resolves when there is a place for it; `hasPlace`: of its own runner. */
  entered(by: object, work: Work, hasPlace: () => boolean): Promise<void> {
    return new Promise((enter) => {
      this.#returning.push({ work, hasPlace, enter });
      this.enter(by);
    });
  }

  /** `freed`: called when another runner may have left a place. */
  join(runner: object, freed: () => void): void {
    this.#others.set(runner, freed);
  }

  leave(runner: object): void {
    this.#others.delete(runner);
  }

  /** In their order; who is ending needs no place, nor who waits for another answer still. */
  enter(by: object): void {
    const mayEnter = ({ work, hasPlace }: Returning) =>
      work.isOver || work.stop.signal.aborted || work.waits > 1 || (hasPlace() && this.hasPlace);
    for (;;) {
      const at = this.#returning.findIndex(mayEnter);
      const [next] = at < 0 ? [] : this.#returning.splice(at, 1);
      if (!next) break;
      next.work.waits -= 1;
      next.enter();
    }
    for (const [other, freed] of this.#others) if (other !== by) freed();
  }
}
