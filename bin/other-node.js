// Reached where the running Node is too old: hands over to the packaged one. Same terminal, same exit code.
'use strict';
const { spawn } = require('node:child_process');
const { existsSync } = require('node:fs');
const { constants } = require('node:os');
const { dirname, join } = require('node:path');

const name = process.platform === 'win32' ? 'node.cmd' : 'node';

/** Beside this package's own dependencies, or hoisted beside the package. */
function findNode(from) {
  for (let at = from; ; at = dirname(at)) {
    const found = join(at, 'node_modules', '.bin', name);
    if (existsSync(found)) return found;
    if (dirname(at) === at) return undefined;
  }
}

const entry = join(__dirname, 'run.js');
const node = findNode(dirname(dirname(entry)));
if (node === undefined) {
  process.stderr.write(
    `entangle needs Node 22.12 or newer and this is ${process.version}. Run \`npm install\` in its folder, or install Node 24.\n`,
  );
  process.exitCode = 7;
} else {
  const child = spawn(node, [entry].concat(process.argv.slice(2)), { stdio: 'inherit' });
  // A terminal signals the whole group by itself, and a second SIGINT would end the child without cleaning up.
  const toGroup = process.stdin.isTTY === true;
  process.on('SIGINT', () => toGroup || child.kill('SIGINT'));
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => {
    process.stderr.write(`entangle: ${node} cannot be started: ${error.message}\n`);
    process.exitCode = 7;
  });
  child.on('exit', (code, signal) =>
    process.exit(code === null ? 128 + (constants.signals[signal] || 1) : code),
  );
}
