/** Code for this machine, loaded so that no addon is taken for another. */
import { closeSync, openSync } from 'node:fs';
import { devNull } from 'node:os';
import { isOneFile } from './self.ts';

/** The highest number under which one was loaded. */
let taken = -1;

/**
 * What lies in the one file Node loads from memory, under the number of a descriptor that it closes again: the lowest that is free. The
 * next one gets the same, and the system, which knows libraries by name, has that one already: the first addon again. So each is loaded
 * when a higher number is the lowest. Whoever asks keeps what is loaded, for each costs a number.
 */
export const loadAddon = <T>(load: () => T, isInFile = isOneFile()): T => {
  if (!isInFile) return load();
  const held: number[] = [];
  try {
    let lowest = openSync(devNull, 'r');
    while (lowest <= taken) {
      held.push(lowest);
      lowest = openSync(devNull, 'r');
    }
    closeSync(lowest);
    const addon = load();
    taken = lowest;
    return addon;
  } finally {
    for (const descriptor of held) closeSync(descriptor);
  }
};
