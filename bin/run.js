#!/usr/bin/env node
// Old syntax on purpose: a Node that is too old must reach the message below.
var version = process.versions.node.split('.').map(Number);
if (version[0] < 22 || (version[0] === 22 && version[1] < 12)) {
  process.stderr.write(
    'entangle needs Node 22.12 or newer and this is ' +
      process.version +
      '. Use `npm start` or `npx entangle` in its folder, or install Node 24.\n',
  );
  process.exitCode = 7;
} else {
  import('./start.js');
}
