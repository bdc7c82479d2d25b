/** Where a Host listens. Apart from what serves it: whoever only asks loads none of that. */
import { join } from 'node:path';
import type { HomePaths as Paths } from '../kit/settings.ts';

export const hostSocket = (paths: Paths): string => join(paths.host, 'api.sock');
