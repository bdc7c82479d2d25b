/** Dials what a list names, at an address that was looked up once for this connection. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { partsOf } from '../../../core/graph/network.ts';
import type { NetworkOutcome } from '../../../core/vocabulary.ts';
import { addressesOf, type Lookup } from './addresses.ts';

export class NotReached extends Error {
  readonly outcome: Exclude<NetworkOutcome, 'opened'>;
  constructor(outcome: Exclude<NetworkOutcome, 'opened'>) {
    super(outcome);
    this.outcome = outcome;
  }
}

type DialOptions = { list: readonly string[]; lookup: Lookup; dialMs: number; signal: AbortSignal };
/** Addresses of one name that are tried. */
const MOST_TRIED = 4;

export class Dialling {
  readonly #options: DialOptions;
  constructor(options: DialOptions) {
    this.#options = options;
  }

  /** Where nobody listens at the first address, somebody may at the second. */
  async dial(target: string): Promise<Socket> {
    const { list, lookup, dialMs, signal } = this.#options;
    if (!list.includes(target)) throw new NotReached('not_listed');
    const within = AbortSignal.any([signal, AbortSignal.timeout(dialMs)]);
    const found = await orAborted(addressesOf(target, list, lookup), within);
    if (found === null) throw new NotReached('unreachable');
    if (found.dialled.length === 0 && found.isHeldBack) throw new NotReached('private_address');
    for (const address of found.dialled.slice(0, MOST_TRIED)) {
      const socket = await open(address, partsOf(target).port, within);
      if (socket !== null) return socket;
    }
    throw new NotReached('unreachable');
  }
}

/** Null where it fails, or is not there in time. */
const orAborted = <T>(promise: Promise<T>, signal: AbortSignal): Promise<T | null> =>
  new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve(null), { once: true });
    promise.then(resolve, () => resolve(null));
  });

const open = async (host: string, port: number, signal: AbortSignal): Promise<Socket | null> => {
  if (signal.aborted) return null;
  const socket = connect({ host, port, allowHalfOpen: true });
  try {
    await once(socket, 'connect', { signal });
    return socket;
  } catch {
    socket.destroy();
    return null;
  }
};
