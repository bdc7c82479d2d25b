/** Whether two addresses are of one repository: people clone by ssh or https what a node pushes to by the other. */
import { EntangleError } from '../errors.ts';
import { parseRemote } from '../source/remote.ts';

const placeOf = (address: string): string | null => {
  try {
    const { host, path } = parseRemote(address);
    return `${host ?? ''} ${path.replace(/^\/+|\.git$/g, '')}`;
  } catch (error) {
    if (error instanceof EntangleError) return null;
    throw error;
  }
};

export const sameRemote = (one: string, two: string): boolean => {
  const place = placeOf(one);
  return one === two || (place !== null && place === placeOf(two));
};
