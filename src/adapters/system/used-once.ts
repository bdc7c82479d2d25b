/** What was used once, a line each in one private file: durable before anybody is let in by it. */
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { SIGNED_REQUESTS } from '../../core/bounds.ts';
import { EntangleError } from '../../core/errors.ts';
import type { Clock, UsedOnce } from '../../ports/index.ts';
import { systemFiles } from './files.ts';

const LINE = /^([0-9a-f]{64}) ([0-9]{1,12})$/;
/** So much longer than it is good: the clock may be set back. */
const KEPT_SECONDS = 60;
const FLAGS = constants.O_WRONLY | constants.O_APPEND | (constants.O_NOFOLLOW ?? 0);

/** A torn line at the end is of a use that nobody was let in by. Another one that is none: what is missing nobody knows. */
const readUses = (path: string, text: string): Map<string, number> =>
  new Map(
    text
      .split('\n')
      .slice(0, -1)
      .map((line) => {
        const [, use, until] = LINE.exec(line) ?? [];
        if (use === undefined)
          throw new EntangleError('invalid', `${path} is damaged`, {
            hint: `remove it two minutes after this Host served last, and not sooner: ${path}`,
          });
        return [use, Number(until)];
      }),
  );

export const openUsedOnce = async (
  path: string,
  clock: Pick<Clock, 'now'>,
  most: number = SIGNED_REQUESTS.most,
): Promise<UsedOnce> => {
  const uses = readUses(path, (await systemFiles.read(path)) ?? '');
  const rewritten = async () => {
    const before = Math.floor(clock.now() / 1000) - KEPT_SECONDS;
    for (const [use, until] of uses) if (until < before) uses.delete(use);
    await systemFiles.write(path, [...uses].map(([use, until]) => `${use} ${until}\n`).join(''));
    return open(path, FLAGS);
  };
  let file = await rewritten();
  let written = uses.size;
  const pending = new Set<string>();
  let last: Promise<unknown> = Promise.resolve();

  const makeRoom = async (): Promise<void> => {
    if (written < most) return;
    await file.close();
    file = await rewritten();
    written = uses.size;
    if (written >= most)
      throw new EntangleError('unavailable', 'too many signed requests at once', {
        hint: 'try again in a minute',
      });
  };
  const remember = async (use: string, until: number): Promise<void> => {
    await makeRoom();
    await file.write(`${use} ${until}\n`);
    await file.datasync();
    written += 1;
    uses.set(use, until);
  };
  return {
    has: (use) => uses.has(use) || pending.has(use),
    async use(use, until) {
      if (uses.has(use) || pending.has(use)) return false;
      pending.add(use);
      const mine = last.then(() => remember(use, until));
      last = mine.catch(() => undefined);
      try {
        await mine;
        return true;
      } finally {
        pending.delete(use);
      }
    },
    async close() {
      await last;
      await file.close();
    },
  };
};
