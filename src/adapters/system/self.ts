/** How this program is started again: Node with the file that it began with, or the one file that is both. */
import { isSea } from 'node:sea';

export type SelfCommand = readonly [program: string, ...args: string[]];

export const isOneFile = (): boolean => isSea();

export const selfCommand = (): SelfCommand =>
  isOneFile() ? [process.execPath] : [process.execPath, process.argv[1]!];

/** What the one file takes for a program that belongs to it (bin/one-file.cjs), and not for a command. */
export const ownProgram = (name: 'askpass' | 'eval'): string => `@${name}`;

/** With which word a Node runs the text after it: the one file is Node too, and takes no options of it. */
export const evalWord = (program: string): string =>
  isOneFile() && program === process.execPath ? ownProgram('eval') : '-e';
