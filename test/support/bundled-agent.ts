/** The agents of the tests as one file each, which a fence can show without all packages. */
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundledProgram } from './bundled-program.ts';

export const bundleAgent = (outfile: string, agent: 'acp' | 'canary' = 'acp'): void =>
  copyFileSync(bundledProgram(join(import.meta.dirname, `${agent}-agent.ts`)), outfile);
