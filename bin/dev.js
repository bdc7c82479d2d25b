#!/usr/bin/env node
'use strict';
// The same command line from source, without a build.
const { existsSync } = require('node:fs');
const { dirname, join } = require('node:path');
const { pathToFileURL } = require('node:url');
const { register } = require('tsx/esm/api');

register();
const root = dirname(__dirname);
const load = (path) => import(pathToFileURL(path).href);
const commands = join(root, 'src', 'commands');
const layout = { root, commands, extension: '.ts', has: existsSync, load };
load(join(root, 'src', 'cli', 'kit', 'main.ts')).then(({ main }) => main(process.argv.slice(2), layout));
