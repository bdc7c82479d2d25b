/** Who uses a store of git while it is cleaned: nobody. Users go together; a cleaning begins only while there are none. */
import type { Git, Repository } from '../../ports/index.ts';

export class StoreGate {
  readonly #users = new Map<string, number>();
  readonly #cleanings = new Map<string, Promise<unknown>>();

  /** Waits for a cleaning, and for nobody else: so one use inside another cannot wait for itself. Call what it gives once. */
  async enter(store: string): Promise<() => void> {
    if (!this.#users.has(store)) await this.#cleanings.get(store);
    this.#count(store, 1);
    return () => this.#count(store, -1);
  }

  async use<T>(store: string, work: () => Promise<T>): Promise<T> {
    const leave = await this.enter(store);
    try {
      return await work();
    } finally {
      leave();
    }
  }

  /** False where the store is used now: nobody is waited for. */
  async clean(store: string, work: () => Promise<unknown>): Promise<boolean> {
    if (this.#users.has(store) || this.#cleanings.has(store)) return false;
    const mine = work();
    this.#cleanings.set(
      store,
      mine.catch(() => undefined),
    );
    await mine.finally(() => this.#cleanings.delete(store));
    return true;
  }

  #count(store: string, change: number): void {
    const users = (this.#users.get(store) ?? 0) + change;
    if (users === 0) this.#users.delete(store);
    else this.#users.set(store, users);
  }
}

/** Each call is a use of its store. */
export const throughGate = (git: Git, gate: StoreGate): Git => {
  const used =
    <A extends unknown[], T>(call: (repository: Repository, ...more: A) => Promise<T>) =>
    (repository: Repository, ...more: A): Promise<T> =>
      gate.use(repository.store, () => call(repository, ...more));
  return {
    ...git,
    fetch: used(git.fetch),
    remoteHead: used(git.remoteHead),
    resolve: used(git.resolve),
    withLine: used(git.withLine),
    checkout: used(git.checkout),
    commit: used(git.commit),
    rebase: used(git.rebase),
    pack: used(git.pack),
    unpack: used(git.unpack),
    objection: used(git.objection),
    push: used(git.push),
    changes: async function* (repository, from, to) {
      const leave = await gate.enter(repository.store);
      try {
        yield* git.changes(repository, from, to);
      } finally {
        leave();
      }
    },
  };
};
