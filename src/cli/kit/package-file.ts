/** What the package's own file says, for the version and for each command: apart from oclif, which takes longer to load. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export const readPackage = (root: string) => JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

export const userAgentOf = (version: string): string =>
  `entangle/${version} ${process.platform}-${process.arch} node-${process.version}`;
