/** A command for one Host of several in a home: its name goes along, unless it is the one that is taken without. */
import { basename, dirname } from 'node:path';
import { readUpState } from '../kit/repository-home.ts';
import { DEFAULT_NAME } from '../kit/settings.ts';

/** `directory`: of the Host. */
export const forHost = (directory: string, command: string): string => {
  const name = basename(directory);
  return name === DEFAULT_NAME ? command : `${command} --host ${name}`;
};

/** What serves it again; one that `entangle up` made is served by that, with its relay and its runner. */
export const serveHost = (directory: string): string => {
  const up = readUpState(dirname(dirname(directory)));
  return up === null ? forHost(directory, 'entangle host serve') : 'entangle up';
};
