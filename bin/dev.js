#!/usr/bin/env node
'use strict';
// The same command line from source, without a build.
const { dirname, join } = require('node:path');
const { pathToFileURL } = require('node:url');
const { register } = require('tsx/esm/api');

register();
const root = dirname(__dirname);
const load = (path) => import(pathToFileURL(path).href);
const layout = { root, commands: join(root, 'src', 'commands'), extension: '.ts', load };
load(join(root, 'src', 'cli', 'kit', 'main.ts')).then(({ main }) => main(process.argv.slice(2), layout));
