/** Lends the terminal to another program, and takes it back with nothing in it that was typed meanwhile. */
import { setImmediate as turn } from 'node:timers/promises';
import type { useApp } from 'ink';

export type Suspend = ReturnType<typeof useApp>['suspendTerminal'];

export const lend = async (
  suspend: Suspend,
  stdin: NodeJS.ReadStream,
  work: () => Promise<void>,
): Promise<void> => {
  // Not while the key is still being read that asked for it
  await turn();
  await suspend(async () => {
    await turn();
    // Ink listens no more, but node would go on reading: keys would be shared by two programs
    stdin.pause();
    await work();
  });
  // What was typed for the other program, and is there still, is read before any key counts
  await turn();
  await turn();
};
