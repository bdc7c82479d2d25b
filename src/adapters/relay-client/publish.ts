/** Events on their way to one relay, each until its OK, its time-out or the end of the connection. */
import type { SignedEvent } from '../../core/nostr/event.ts';
import type { Clock, PublishOutcome } from '../../ports/index.ts';
import { asksForAuth } from './frames.ts';

const OK_MS = 5_000;

type Result = Omit<PublishOutcome, 'url'>;
type Publication = { event: SignedEvent; settle: (result: Result) => void; result: Promise<Result> };

export class Publications {
  readonly #clock: Clock;
  readonly #send: (frame: unknown[]) => void;
  readonly #open = new Map<string, Publication>();

  constructor(clock: Clock, send: (frame: unknown[]) => void) {
    this.#clock = clock;
    this.#send = send;
  }

  publish(event: SignedEvent): Promise<Result> {
    const same = this.#open.get(event.id);
    if (same !== undefined) return same.result;
    const timer = new AbortController();
    let settle: (result: Result) => void = () => {};
    const result = new Promise<Result>((resolve) => {
      settle = (answer) => {
        timer.abort();
        this.#open.delete(event.id);
        resolve(answer);
      };
    });
    this.#open.set(event.id, { event, settle, result });
    this.#send(['EVENT', event]);
    void this.#clock
      .sleep(OK_MS, timer.signal)
      .then(() => settle({ result: 'unknown', detail: 'no answer' }));
    return result;
  }

  /** `canAuthenticate`: an `auth-required` is not final yet, because `resend` will follow. */
  onOk(id: string, accepted: boolean, words: string, canAuthenticate: boolean): void {
    const publication = this.#open.get(id);
    if (publication === undefined) return;
    if (accepted || /^\s*duplicate:/.test(words)) publication.settle({ result: 'stored' });
    else if (!(canAuthenticate && asksForAuth(words)))
      publication.settle({ result: 'refused', detail: words });
  }

  /** After authenticating: what the relay refused or ignored before. The same id again does no harm (NIP-01). */
  resend(): void {
    for (const { event } of this.#open.values()) this.#send(['EVENT', event]);
  }

  end(): void {
    for (const { settle } of [...this.#open.values()])
      settle({ result: 'unknown', detail: 'connection lost' });
  }
}
