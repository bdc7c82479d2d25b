#!/usr/bin/env node
// The same command line from source, without a build.
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { register } from 'tsx/esm/api';

register();
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const { main } = await import('../src/cli/kit/main.ts');
await main(process.argv.slice(2), { root, commands: join(root, 'src', 'commands'), extension: '.ts' });
