/** The one door in: bytes become a Message only here, by named checks in order. */

import { Nip44Error } from '../crypto/nip44.ts';
import { EntangleError } from '../errors.ts';
import type { Message } from './message.ts';
import type { DoorStep, OpenContext, OpenState } from './open-checks.ts';
import { OPEN_STEPS, SEAL_STEPS } from './open-checks.ts';

/** A wrap that relays keep and whose id and signature were right, so that it is known again by its id. */
export type GenuineWrap = {
  readonly id: string;
  readonly me: string;
  /** Who its seal says it is, unproven; null where it came to no seal. */
  readonly signer: string | null;
};

/** Why bytes were not let in: the reason code of the check, and the signer where one is proven. */
export class Rejected extends Error {
  readonly reason: string;
  readonly signer: string | null;
  /** Null also where the fault may be ours: then nothing is known of the wrap. */
  readonly wrap: GenuineWrap | null;
  constructor(reason: string, state: OpenState, cause?: unknown) {
    super(reason, cause === undefined ? undefined : { cause });
    this.name = 'Rejected';
    this.reason = reason;
    this.signer = state.proven;
    const { wrap, isGenuine, seal, me, ephemeral } = state;
    const isKnownAgain = wrap && isGenuine && me && !ephemeral && (cause === undefined || isOfBytes(cause));
    this.wrap = isKnownAgain ? { id: wrap.id, me, signer: seal?.pubkey ?? null } : null;
  }
}

/** What decrypting throws for bytes that are none of ours; anything else that is thrown may be our own fault. */
const isOfBytes = (error: unknown): boolean =>
  error instanceof Nip44Error || (error instanceof EntangleError && error.code === 'invalid');

/** A client of another age is told apart from damage: it is the one that can be mended by an update. */
const isOtherVersion = (error: unknown): boolean =>
  error instanceof Nip44Error && error.reason === 'unsupported_version';

/** A check that stumbles over what it looks at refuses it: nothing but `Rejected` leaves the door. */
const tried = (step: DoorStep, state: OpenState, door: OpenContext): Rejected | null => {
  try {
    if ('into' in step) step.into(state, door);
    else if (!step.test(state, door)) return new Rejected(step.reason, state);
    return null;
  } catch (error) {
    return new Rejected(isOtherVersion(error) ? 'unsupported_version' : 'malformed', state, error);
  }
};

const run = (state: OpenState, door: OpenContext, steps: readonly DoorStep[]): Message => {
  for (const step of steps) {
    const objection = tried(step, state, door);
    if (objection) throw objection;
  }
  return state.message as Message;
};

/** Opens the text of a gift wrap. Throws only `Rejected`. */
export const open = (text: string, door: OpenContext, steps: readonly DoorStep[] = OPEN_STEPS): Message =>
  run({ text, proven: null }, door, steps);

/** Opens a seal that was let in before and held; `me` is the key it was wrapped for. */
export const openSeal = (
  sealText: string,
  me: string,
  ephemeral: boolean,
  door: OpenContext,
  steps: readonly DoorStep[] = SEAL_STEPS,
): Message => run({ text: '', proven: null, me, ephemeral, sealText }, door, steps);
