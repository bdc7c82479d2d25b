/** A command for one Host of several in a home: its name goes along, unless it is the one that is taken without. */
import { basename } from 'node:path';
import { DEFAULT_NAME } from '../kit/settings.ts';

/** `directory`: of the Host. */
export const forHost = (directory: string, command: string): string => {
  const name = basename(directory);
  return name === DEFAULT_NAME ? command : `${command} --host ${name}`;
};
