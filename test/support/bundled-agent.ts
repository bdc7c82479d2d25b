/** The agent of the tests as one file, which a fence can show without all packages. */
import { join } from 'node:path';
import { build } from 'esbuild';

export const bundleAgent = async (outfile: string): Promise<void> => {
  const entryPoints = [join(import.meta.dirname, 'acp-agent.ts')];
  await build({ entryPoints, outfile, bundle: true, format: 'esm', platform: 'node' });
};
