/** NIP-42 on the client's side: every identity answers the relay's challenge on one connection. */
import { MAILBOX_CHALLENGE } from '../../core/nostr/mailbox.ts';
import type { Clock, RelayIdentity } from '../../ports/index.ts';

const AUTH_KIND = 22242;
const OK_MS = 10_000;

export type Refusals = { refused: { pubkey: string; words: string }[]; taken: number };

export class Authentication {
  readonly #url: string;
  readonly #clock: Clock;
  readonly #send: (frame: unknown[]) => void;
  #challenge: string | undefined;
  /** By key: the words with which the relay refused it, or null where it took it. */
  readonly #answered = new Map<string, string | null>();
  readonly #waiting = new Map<string, (refusal: string | null) => void>();
  #running: Promise<void> | undefined;

  /** `url` is the configured one: what we sign names no other relay, whatever this one says of itself (docs/threats.md T61). */
  constructor(url: string, clock: Clock, send: (frame: unknown[]) => void) {
    this.#url = url;
    this.#clock = clock;
    this.#send = send;
  }

  get isRunning(): boolean {
    return this.#running !== undefined;
  }
  /** Whether the relay deletes wraps for their recipients. */
  get isMailbox(): boolean {
    return this.#challenge?.startsWith(MAILBOX_CHALLENGE) === true;
  }
  get hasChallenge(): boolean {
    return this.#challenge !== undefined;
  }
  /** True when it is a new one; some relays repeat theirs with each refusal, and what was answered stays so. */
  challenge(text: string): boolean {
    if (text === this.#challenge) return false;
    this.#challenge = text;
    this.#answered.clear();
    return true;
  }
  /** Whether some of these have not yet answered the challenge. */
  isOpenFor(identities: readonly RelayIdentity[]): boolean {
    return this.hasChallenge && identities.some(({ pubkey }) => !this.#answered.has(pubkey));
  }
  /** Those for which the relay may serve: all, until it has taken some; then only these. */
  readers(identities: readonly RelayIdentity[]): string[] {
    const taken = identities.filter(({ pubkey }) => this.#answered.get(pubkey) === null);
    return (taken.length > 0 ? taken : identities).map(({ pubkey }) => pubkey);
  }
  /** Those of these that the relay refused, and with which words; how many keys it took on this connection. */
  refusals(identities: readonly RelayIdentity[]): Refusals {
    const refused = identities.flatMap(({ pubkey }) => {
      const words = this.#answered.get(pubkey);
      return typeof words === 'string' ? [{ pubkey, words }] : [];
    });
    return { refused, taken: [...this.#answered.values()].filter((words) => words === null).length };
  }

  /** Resolves when the relay has answered for each of them, or did not in time. One run at a time. */
  async run(identities: () => readonly RelayIdentity[], signal: AbortSignal): Promise<void> {
    if (this.#running !== undefined) return this.#running;
    this.#running = this.#answerAll(identities, signal);
    await this.#running;
    this.#running = undefined;
  }

  /** True when the OK was about one of our authentications. */
  onOk(id: string, accepted: boolean, words: string): boolean {
    const settle = this.#waiting.get(id);
    settle?.(accepted ? null : words);
    return settle !== undefined;
  }

  async #answerAll(identities: () => readonly RelayIdentity[], signal: AbortSignal): Promise<void> {
    // Again, while it ran, identities were added or the relay chose a new challenge.
    while (this.isOpenFor(identities()) && !signal.aborted) {
      const open = identities().filter(({ pubkey }) => !this.#answered.has(pubkey));
      await Promise.all(open.map((identity) => this.#answer(identity, signal)));
    }
  }

  async #answer(identity: RelayIdentity, signal: AbortSignal): Promise<void> {
    const challenge = this.#challenge ?? '';
    const event = identity.sign({
      kind: AUTH_KIND,
      created_at: Math.floor(this.#clock.now() / 1000),
      tags: [
        ['relay', this.#url],
        ['challenge', challenge],
      ],
      content: '',
    });
    const timer = new AbortController();
    const refusal = await new Promise<string | null>((resolve) => {
      this.#waiting.set(event.id, resolve);
      this.#send(['AUTH', event]);
      // No answer: whether it was taken shows when we read.
      void this.#clock.sleep(OK_MS, AbortSignal.any([timer.signal, signal])).then(() => resolve(null));
    });
    timer.abort();
    this.#waiting.delete(event.id);
    if (challenge === this.#challenge) this.#answered.set(identity.pubkey, refusal);
  }
}
