/** The guide's table of agents is that of their rows. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { agentTable } from '../scripts/agents/table.ts';
import { AGENT_PROFILES } from '../src/core/vocabulary.ts';

test('it is current: `npm run docs` writes it', () => {
  const guide = readFileSync(join(resolve(import.meta.dirname, '..'), 'docs/guide.md'), 'utf8');
  expect(guide).toContain(`\n${agentTable()}\n`);
  for (const profile of AGENT_PROFILES) expect(agentTable()).toContain(`| \`${profile}\` | `);
  expect(agentTable()).toContain(' | `~/.kimi-code/config.toml` | ');
});
