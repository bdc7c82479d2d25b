/** What somebody with a stolen key says in a random history, though nothing lets them. */
import type { LieName } from './histories.ts';
import { liesAtTheDoor } from './lies-at-the-door.ts';
import { liesOfHost } from './lies-host.ts';
import type { TellLie } from './lies-kit.ts';
import { liesOfPeople } from './lies-people.ts';
import { liesOfRunners } from './lies-runners.ts';

export const tellLie: Record<LieName, TellLie> = {
  ...liesOfPeople,
  ...liesOfRunners,
  ...liesOfHost,
  ...liesAtTheDoor,
};
