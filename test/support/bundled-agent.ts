/** The agents of the tests as one file each, which a fence can show without all packages. */
import { join } from 'node:path';
import { build } from 'esbuild';

export const bundleAgent = async (outfile: string, agent: 'acp' | 'canary' = 'acp'): Promise<void> => {
  const entryPoints = [join(import.meta.dirname, `${agent}-agent.ts`)];
  await build({ entryPoints, outfile, bundle: true, format: 'esm', platform: 'node' });
};
