// Not by import: that would load more of Node than is used, which takes as long as a small command.
const { existsSync } = process.getBuiltinModule('node:fs');
const { enableCompileCache } = process.getBuiltinModule('node:module');
const { dirname, join } = process.getBuiltinModule('node:path');
const { setFlagsFromString } = process.getBuiltinModule('node:v8');

const root = dirname(import.meta.dirname);
// Beside the code and with its owner: in a shared temporary directory another user could plant compiled code.
enableCompileCache(join(root, 'dist', '.cache'));
// Optimizing SQLite's two largest functions costs a small command a quarter of its processor time; a serving one still gets there.
setFlagsFromString('--wasm-tiering-budget=1000000000');
// Little of what a small command loads dies young: a young generation that grows in one step copies it less often.
// What serves is there for long, and mostly waits: it has no more memory than it needs.
setFlagsFromString(process.argv[3] === 'serve' ? '--optimize-for-size' : '--semi-space-growth-factor=16');
if (existsSync(join(root, 'dist', 'cli', 'kit', 'main.js'))) {
  const { main } = await import('../dist/cli/kit/main.js');
  await main(process.argv.slice(2), { root, commands: join(root, 'dist', 'commands'), extension: '.js' });
} else {
  process.stderr.write('entangle is not built here. Run `npm run build` in its folder.\n');
  process.exitCode = 7;
}
