/** The person's own pager: found as they named it, with nothing of ours but the text. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { showInPager } from './pager.ts';

let here: string;
beforeEach(() => {
  here = mkdtempSync(join(tmpdir(), 'pager-'));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(here, { recursive: true });
});
const never = new AbortController().signal;

test('it gets the text and its words, and of our environment what tells it of the terminal', async () => {
  const program = join(here, 'pager');
  writeFileSync(program, '#!/bin/sh\n{ cat; echo "$@"; env; } > "$1"\n', { mode: 0o755 });
  vi.stubEnv('ENTANGLE_SECRET', 'x');
  const env = { PAGER: ` ${program}  ${here}/out  -R `, TERM: 'xterm', ENTANGLE_SECRET: 'x', LESSOPEN: '|x' };
  await showInPager('one\n', never, env);
  const got = readFileSync(join(here, 'out'), 'utf8');
  expect(got).toContain(`one\n${here}/out -R\n`);
  expect(got).toContain('TERM=xterm');
  expect(got).not.toMatch(/ENTANGLE|LESSOPEN/);
});

test('that it is not there is said; where none is named, it is less', async () => {
  vi.stubEnv('PATH', here);
  await expect(showInPager('', never, {})).rejects.toThrow('no program "less" to page with');
  await expect(showInPager('', never, { PAGER: 'no-such-pager' })).rejects.toThrow(
    'no program "no-such-pager"',
  );
});

test('one that leaves before it took all of the text broke nothing; one that is stopped is told of', async () => {
  const long = 'x'.repeat(4_000_000);
  await showInPager(long, never, { PAGER: 'true' });
  await expect(showInPager('', never, { PAGER: stopping() })).rejects.toThrow('was stopped');
});
const stopping = (): string => {
  const program = join(here, 'stopping');
  writeFileSync(program, '#!/bin/sh\nkill -KILL $$\n', { mode: 0o755 });
  return program;
};
