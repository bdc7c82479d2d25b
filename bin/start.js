import { existsSync } from 'node:fs';
import { enableCompileCache } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
// Beside the code and with its owner: in a shared temporary directory another user could plant compiled code.
enableCompileCache(join(root, 'dist', '.cache'));
if (existsSync(join(root, 'dist', 'cli', 'main.js'))) {
  const { main } = await import('../dist/cli/main.js');
  await main(process.argv.slice(2), { root, commands: join(root, 'dist', 'commands'), extension: '.js' });
} else {
  process.stderr.write('entangle is not built here. Run `npm run build` in its folder.\n');
  process.exitCode = 7;
}
