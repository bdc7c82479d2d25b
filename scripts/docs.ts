/** Writes docs/protocol.md from the message table; with `--check` it only says whether that is up to date. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describeProtocol } from '../src/core/protocol/describe.ts';

const path = join(import.meta.dirname, '..', 'docs', 'protocol.md');
const text = describeProtocol();
const written = (): string => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
};

if (process.argv.includes('--check')) {
  if (written() !== text) {
    console.error('docs/protocol.md is stale: run `npm run docs`');
    process.exitCode = 1;
  }
} else {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}
