/** Waits for bytes that a runner serves. */
import { concat, toHex } from '../../core/encoding/bytes.ts';
import { EntangleError } from '../../core/errors.ts';
import type { Clock } from '../../ports/index.ts';
import { fetchBlob, isNotKept } from '../messaging/blobs.ts';
import type { User } from './user.ts';

const POLL_MS = 200;

/** What `look` finds, which asks for it where it is not here; `unavailable` from the deadline (monotonic) on. */
export const arrived = async <T>(
  clock: Clock,
  what: string,
  deadline: number,
  look: () => Promise<T | null>,
): Promise<T> => {
  for (;;) {
    const found = await look();
    if (found !== null) return found;
    if (clock.monotonic() >= deadline)
      throw new EntangleError('unavailable', `${what} has not arrived yet`, {
        hint: 'try again when the runner is online',
      });
    await clock.sleep(POLL_MS);
  }
};

const notKept = (what: string): EntangleError =>
  new EntangleError(
    'not_found',
    `${what} is not kept any more: its session is over, and newer ones needed the room`,
    {
      hint: 'see what was signed of it: `entangle user trace`',
    },
  );

/** Each of them, in their order; all are asked for at once. */
export const arrivedBlobs = async (
  { home, exchange }: User,
  what: string,
  digests: readonly string[],
  deadline: number,
): Promise<Uint8Array[]> => {
  const parts: Uint8Array[] = [];
  for (const digest of digests) {
    const bytes = await arrived(home.clock, what, deadline, async () => {
      const here = await home.blobs.get(digest);
      if (here) return here;
      for (const one of digests) await fetchBlob(home, exchange, one);
      const came = await home.blobs.get(digest);
      if (!came && isNotKept(home, digest)) throw notKept(what);
      return came ?? null;
    });
    if (toHex(home.suite.sha256(bytes)) !== digest) throw new EntangleError('invalid', `${what} is damaged`);
    parts.push(bytes);
  }
  return parts;
};

type Named = { size: number; sha256: string; blobs: readonly string[] };
/** All of what a node named by its digest; refuses other bytes. */
export const arrivedBytes = async (
  user: User,
  what: string,
  { blobs, size, sha256 }: Named,
  waitMs: number,
): Promise<Uint8Array> => {
  const { clock, suite } = user.home;
  const bytes = concat(...(await arrivedBlobs(user, what, blobs, clock.monotonic() + waitMs)));
  if (bytes.length === size && toHex(suite.sha256(bytes)) === sha256) return bytes;
  throw new EntangleError('invalid', `${what} is not the one that its node signed; nothing was kept`);
};
