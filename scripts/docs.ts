/** Writes the documents that derive from tables; with `--check` it only says whether they are up to date. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeHostApi } from '../src/core/host-api/describe.ts';
import { openApiOf } from '../src/core/host-api/openapi.ts';
import { describeProtocol } from '../src/core/protocol/describe.ts';
import { withAgentTable } from './agents/table.ts';
import { describeCommands } from './cli-reference.ts';

const root = join(import.meta.dirname, '..');
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
const DOCUMENTS: Readonly<Record<string, () => string | Promise<string>>> = {
  'protocol.md': describeProtocol,
  'cli.md': () => describeCommands(root),
  'guide.md': () => withAgentTable(textOf(join(root, 'docs/guide.md'))),
  'host-api.md': describeHostApi,
  'host-api.openapi.json': () => `${JSON.stringify(openApiOf(version), null, 2)}\n`,
};

const textOf = (path: string): string => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
};

mkdirSync(join(root, 'docs'), { recursive: true });
for (const [name, make] of Object.entries(DOCUMENTS)) {
  const path = join(root, 'docs', name);
  const text = await make();
  if (!process.argv.includes('--check')) writeFileSync(path, text);
  else if (textOf(path) !== text) {
    console.error(`docs/${name} is stale: run \`npm run docs\``);
    process.exitCode = 1;
  }
}
