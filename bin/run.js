#!/usr/bin/env node
// Old syntax on purpose: a Node that is too old must get as far as the packaged one.
var version = process.versions.node.split('.').map(Number);
if (version[0] < 22 || (version[0] === 22 && version[1] < 12)) {
  require('./other-node.js');
} else {
  require('./start.js').start();
}
