/** The vocabulary of the wire: roles, kinds, the opened message. */
import type { SignedEvent } from '../nostr/event.ts';
import type { Role } from '../vocabulary.ts';

/** Kind of the events of each signing identity. */
export const KIND = { host: 24156, runner: 24157, user: 24158, node: 24159 } as const satisfies Record<
  Role,
  number
>;
/** What a person consents to: a remote signer grants by kind, so a device can be asked for consent and nothing else. */
export const CONSENT_KIND = 24160;
/** Ledger-only records: signed by the home's own key, never sent. */
export const RECORD_KIND = 24155;
export const WIRE_VERSION = 'entangle/1';

/** Host epoch: a counter and the random name of the boot that claimed it. */
export type Epoch = { n: number; boot: string };

/** A message that came through `open()`: genuine, addressed to us, well-formed. Not yet authorized. */
export type Message<B = unknown> = {
  readonly id: string;
  readonly type: string;
  readonly role: Role;
  /** Signer's and recipient's public keys, hex; of the Host the one that names it, whichever signed. */
  readonly from: string;
  readonly to: string;
  readonly graph: string;
  readonly dedup: string;
  /** Absent on ephemeral messages. */
  readonly seq: { readonly stream: string; readonly n: number } | null;
  readonly epoch: Epoch;
  readonly rev: number | null;
  /** Id of the event this one answers. */
  readonly re: string | null;
  readonly session: string | null;
  readonly conversation: string | null;
  /** Unix seconds, or null. */
  readonly expiration: number | null;
  readonly createdAt: number;
  readonly ephemeral: boolean;
  readonly body: B;
  readonly event: SignedEvent;
  /** What is kept to open it again while it is held. */
  readonly seal: SignedEvent;
};
