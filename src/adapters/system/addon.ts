/** Code for this machine, loaded so that no addon is taken for another. */
import { closeSync, openSync } from 'node:fs';
import { devNull } from 'node:os';
import { isOneFile } from './self.ts';

/** Other threads open files meanwhile, but not so many. */
const APART = 16;
let taken = -1;

/**
 * What lies in the one file Node loads from memory, under the number of a descriptor that it closes. The next one gets the same number,
 * and the system, which knows libraries by name, has that one already: the first addon again. Each gets a number that none had before.
 */
export const loadAddon = <T>(load: () => T): T => {
  if (!isOneFile()) return load();
  const held: number[] = [];
  try {
    do held.push(openSync(devNull, 'r'));
    while (held.at(-1)! <= taken);
    taken = held.at(-1)! + APART;
    return load();
  } finally {
    for (const descriptor of held) closeSync(descriptor);
  }
};
